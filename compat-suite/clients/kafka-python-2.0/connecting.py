"""The options that all clients of kafka-python 2.0 and 1.4 take, and the age of Kafka that they are to see."""

import os

from kafka.oauth import AbstractTokenProvider
from session import translated

# With API_VERSION (0.9) they speak as to a Kafka of that age, which knew no headers.
API_VERSION = tuple(int(part) for part in os.environ.get("API_VERSION", "").split(".") if part) or None
KNOWS_HEADERS = API_VERSION is None or API_VERSION >= (0, 11)

SECURITY = {
    "protocol": "security_protocol",
    "mechanism": "sasl_mechanism",
    "username": "sasl_plain_username",
    "password": "sasl_plain_password",
    "ca": "ssl_cafile",
    "certificate": "ssl_certfile",
    "key": "ssl_keyfile",
    "token": lambda token: {"sasl_oauth_token_provider": GivenToken(token)},
}


class GivenToken(AbstractTokenProvider):
    """A token that the program was started with."""

    def __init__(self, token):
        self._token = token

    def token(self):
        return self._token


def options(start):
    """The administrator has no use for an age: its calls are newer."""
    named = {} if start.client_id is None else {"client_id": start.client_id}
    return {"bootstrap_servers": start.bootstrap.split(","), **named, **translated(start.security, SECURITY)}
