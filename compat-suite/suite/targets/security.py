"""Listeners that ask who is there: the settings of the server, and what clients are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from suite.failures import TargetError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Security:
    """A kind of listener; the plain one asks for nothing."""

    kind: str | None

    def settings(self, folder: Path) -> dict[str, str]:  # noqa: ARG002 - certificates are made there
        """Return the server's settings."""
        return {}

    def kafka_settings(self) -> dict[str, str]:
        """Return what only the real Kafka must be told, whose brokers connect to one another by the same listener."""
        return {}

    def client(self, folder: Path) -> dict[str, str]:  # noqa: ARG002 - likewise
        """Return what clients are told by `--security`."""
        return {}

    def administrator(self, folder: Path) -> dict[str, str]:  # noqa: ARG002 - likewise
        """Return librdkafka's settings for the runner's own administrator."""
        return {}


def security_of(kind: str | None) -> Security:
    """Return the kind of listener with this name; None is the plain one."""
    if kind is not None:
        raise TargetError(f"there is no kind of listener {kind!r}")
    return Security(kind)
