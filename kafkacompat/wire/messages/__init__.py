"""The messages of the protocol: one module an API key, imported when the key is first used."""
