"""How kcat is started: the options of librdkafka, by -X."""

from session import translated

SECURITY = {
    "protocol": "security.protocol",
    "mechanism": "sasl.mechanism",
    "username": "sasl.username",
    "password": "sasl.password",
    "ca": "ssl.ca.location",
    "certificate": "ssl.certificate.location",
    "key": "ssl.key.location",
}


def command(start, mode, options=None):
    """The words that start kcat; the rest of its arguments follow."""
    named = {} if start.client_id is None else {"client.id": start.client_id}
    properties = named | translated(start.security, SECURITY) | (options or {})
    words = ["kcat", mode, "-b", start.bootstrap]
    for name, value in properties.items():
        words += ["-X", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return words
