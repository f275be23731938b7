"""What a coordinator brings to the runtime, and what the runtime offers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from kafkacompat.coordination.decision import Decision

S_co = TypeVar("S_co", covariant=True)


class RecordCodec(Protocol):
    """Turns a coordinator's records into keys and values of its log, and back."""

    def encode(self, record: Any) -> tuple[bytes | None, bytes | None]:
        """Return the key and the value (None: a tombstone) of a record."""

    def decode(self, key: bytes | None, value: bytes | None) -> Any | None:
        """Return the record that `encode` was given, or None for one that this build does not know and skips."""


class Timers(Protocol[S_co]):
    """Named deadlines of one shard, by the domain clock.

    A deadline fires a decision, carried out as any other; its reply goes nowhere.  Deadlines are soft state: when a
    shard is unloaded or dropped they are forgotten, and whoever loads it sets those that the hard state calls for.
    """

    def schedule(self, name: Hashable, when_ms: int, decider: Callable[[S_co], Decision[Any]]) -> None:
        """Decide by `decider` at `when_ms`, in place of what was scheduled under `name`."""

    def cancel(self, name: Hashable) -> None:
        """Forget a deadline; harmless if there is none."""

    def scheduled(self, name: Hashable) -> bool:
        """Tell whether a deadline of this name is still to fire."""
