"""The options that all of librdkafka's clients take."""

import time

from session import translated

SECURITY = {
    "protocol": "security.protocol",
    "mechanism": "sasl.mechanism",
    "username": "sasl.username",
    "password": "sasl.password",
    "ca": "ssl.ca.location",
    "certificate": "ssl.certificate.location",
    "key": "ssl.key.location",
    "token": lambda token: {"oauth_cb": lambda _: (token, time.time() + 3600)},
}


def options(start):
    named = {} if start.client_id is None else {"client.id": start.client_id}
    return {"bootstrap.servers": start.bootstrap, **named, **translated(start.security, SECURITY)}
