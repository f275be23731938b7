"""The options that all of kafka-python's clients take."""

from session import translated

from kafka.net.sasl.oauth import AbstractTokenProvider

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
    named = {} if start.client_id is None else {"client_id": start.client_id}
    return {"bootstrap_servers": start.bootstrap.split(","), **named, **translated(start.security, SECURITY)}
