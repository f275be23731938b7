"""The options that all clients of kafka-python 2.0 and 1.4 take, and the age of Kafka that they are to see."""

import os

from kafka.oauth import AbstractTokenProvider
from session import translated

# With API_VERSION (0.9) they speak as to a Kafka of that age, which knew neither headers nor times.
API_VERSION = tuple(int(part) for part in os.environ.get("API_VERSION", "").split(".") if part) or None
KNOWS_HEADERS = API_VERSION is None or API_VERSION >= (0, 11)
KNOWS_TIMES = API_VERSION is None or API_VERSION >= (0, 10, 1)

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
    """What producers, consumers and the administrator have in common."""
    named = {} if start.client_id is None else {"client_id": start.client_id}
    patient = {"api_version_auto_timeout_ms": 15_000}  # its two seconds are too few for a busy machine
    return {"bootstrap_servers": start.bootstrap.split(","), **patient, **named, **translated(start.security, SECURITY)}
