"""Something that servers can be had from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from suite.targets.server import Server, Wanted


class Target(Protocol):
    """A kind of server: ours, the real Kafka, or one that runs somewhere."""

    name: str

    def refusal(self, wanted: Wanted) -> str | None:
        """Return why there can be no such server, or None."""

    def open(self, wanted: Wanted) -> Server:
        """Start one; TargetError with one sentence if it does not start."""
