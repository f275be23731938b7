"""Listeners that ask who is there: the settings of the server, and what clients are told.

The settings are Kafka's own and the same for every target.  Two users may come, by whatever means the listener asks
for: `admin`, who is the runner's own administrator, and `alice`, who is the client under test.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from suite.failures import TargetError
from suite.targets.certificates import make_certificates

if TYPE_CHECKING:
    from pathlib import Path

PASSWORDS: Final = {"admin": "admin-secret", "alice": "alice-secret"}
LISTENER: Final = "listener.name.plaintext"
"""The listener that servers are started with has this name, whatever its protocol."""
TOKEN_S: Final = 3600
AUTHORIZER: Final = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:admin;User:ANONYMOUS",  # ANONYMOUS: the controllers among themselves
}


@dataclass(frozen=True)
class Security:
    """A kind of listener: its protocol, the mechanism by which alice comes, and settings of its own."""

    protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    client_certificates: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    def settings(self, folder: Path) -> dict[str, str]:
        """Return the server's settings; files that they name are made in the folder."""
        if self.protocol == "PLAINTEXT":
            return {}
        settings = {"listener.security.protocol.map": f"PLAINTEXT:{self.protocol},CONTROLLER:PLAINTEXT", **self.extra}
        if self.mechanism:
            settings |= self._sasl_settings(self.mechanism)
        if self.protocol.endswith("SSL"):
            settings |= self._tls_settings(folder)
        return settings

    @staticmethod
    def _sasl_settings(mechanism: str) -> dict[str, str]:
        users = " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items())
        module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        settings = {
            # PLAIN is always there, for the runner's own administrator and for brokers among themselves.
            "sasl.enabled.mechanisms": ",".join(dict.fromkeys(["PLAIN", mechanism])),
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            f"{LISTENER}.plain.sasl.jaas.config": f'{module} username="admin" password="{PASSWORDS["admin"]}" {users};',
        }
        if mechanism.startswith("SCRAM"):
            scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            settings[f"{LISTENER}.{mechanism.lower()}.sasl.jaas.config"] = scram
        if mechanism == "OAUTHBEARER":
            bearer = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;"
            settings[f"{LISTENER}.oauthbearer.sasl.jaas.config"] = bearer
        return settings

    def _tls_settings(self, folder: Path) -> dict[str, str]:
        made = make_certificates(folder)
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(made.server),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(made.authority),
            "ssl.client.auth": "required" if self.client_certificates else "none",
        }

    def client(self, folder: Path) -> dict[str, str]:
        """Return what clients are told by `--security`: they are alice."""
        if self.protocol == "PLAINTEXT":
            return {}
        told = {"protocol": self.protocol} | self._authority(folder)
        if self.mechanism == "OAUTHBEARER":
            told |= {"mechanism": self.mechanism, "token": unsecured_token("alice")}
        elif self.mechanism:
            told |= {"mechanism": self.mechanism, "username": "alice", "password": PASSWORDS["alice"]}
        if self.client_certificates:
            made = make_certificates(folder)
            told |= {"certificate": str(made.client_certificate), "key": str(made.client_key)}
        return told

    def _authority(self, folder: Path) -> dict[str, str]:
        return {"ca": str(make_certificates(folder).authority)} if self.protocol.endswith("SSL") else {}

    def administrator(self, folder: Path) -> dict[str, str]:
        """Return librdkafka's settings for the runner's own administrator."""
        if self.protocol == "PLAINTEXT":
            return {}
        told = {"security.protocol": self.protocol}
        if self.mechanism:
            told |= {"sasl.mechanism": "PLAIN", "sasl.username": "admin", "sasl.password": PASSWORDS["admin"]}
        if authority := self._authority(folder):
            told["ssl.ca.location"] = authority["ca"]
        if self.client_certificates:
            made = make_certificates(folder)
            told |= {
                "ssl.certificate.location": str(made.client_certificate),
                "ssl.key.location": str(made.client_key),
            }
        return told

    @property
    def scram_users(self) -> dict[str, str]:
        """The users that must be made, with their passwords, before SCRAM lets them in."""
        return PASSWORDS if (self.mechanism or "").startswith("SCRAM") else {}


KINDS: Final = {
    "sasl_plain": Security("SASL_PLAINTEXT", "PLAIN"),
    "sasl_scram_256": Security("SASL_PLAINTEXT", "SCRAM-SHA-256"),
    "sasl_scram_512": Security("SASL_PLAINTEXT", "SCRAM-SHA-512"),
    "oauthbearer": Security("SASL_PLAINTEXT", "OAUTHBEARER"),
    "tls": Security("SSL"),
    "mutual_tls": Security("SSL", client_certificates=True),
    "sasl_over_tls": Security("SASL_SSL", "PLAIN"),
    "acls": Security("SASL_PLAINTEXT", "PLAIN", extra=AUTHORIZER),
}


def security_of(kind: str | None) -> Security:
    """Return the kind of listener with this name; None is the plain one."""
    if kind is None:
        return Security()
    if kind not in KINDS:
        raise TargetError(f"there is no kind of listener {kind!r}: there are {', '.join(KINDS)}")
    return KINDS[kind]


def unsecured_token(user: str, lifetime_s: int = TOKEN_S) -> str:
    """Return a bearer token without a signature (RFC 7515, alg "none"), which Kafka's default validator takes."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": user, "iat": now, "exp": now + lifetime_s})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return f"{'.'.join(encoded)}."
