"""One module an API key; `routes` is the table."""
