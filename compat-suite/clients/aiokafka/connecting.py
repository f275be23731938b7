"""The options that all of aiokafka's clients take."""

from aiokafka.abc import AbstractTokenProvider
from aiokafka.helpers import create_ssl_context
from session import translated

SECURITY = {
    "protocol": "security_protocol",
    "mechanism": "sasl_mechanism",
    "username": "sasl_plain_username",
    "password": "sasl_plain_password",
    "token": lambda token: {"sasl_oauth_token_provider": GivenToken(token)},
}
FILES = {"ca": "cafile", "certificate": "certfile", "key": "keyfile"}


class GivenToken(AbstractTokenProvider):
    """A token that the program was started with."""

    def __init__(self, token):
        self._token = token

    async def token(self):
        return self._token


def options(start):
    files = {FILES[name]: path for name, path in start.security.items() if name in FILES}
    rest = {name: value for name, value in start.security.items() if name not in FILES}
    named = {} if start.client_id is None else {"client_id": start.client_id}
    trust = {"ssl_context": create_ssl_context(**files)} if files else {}
    return {"bootstrap_servers": start.bootstrap, **named, **trust, **translated(rest, SECURITY)}
