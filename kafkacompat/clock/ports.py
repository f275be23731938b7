"""The two ports of time: what time is it, and call me then.

There are two clocks (see `docs/decisions`): *real time* is what a connection waits for; the *domain clock* is what the
cluster decides by, and tests freeze and advance it.  Both come through these ports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """Says what time it is."""

    def now_ms(self) -> int:
        """Return milliseconds since the Unix epoch."""


class Deadline(Protocol):
    """A call that has been asked for."""

    def cancel(self) -> None:
        """Forget the call; harmless once it has been made."""


class Deadlines(Clock, Protocol):
    """Says what time it is, and calls back."""

    def call_at(self, when_ms: int, callback: Callable[[], None]) -> Deadline:
        """Call `callback` once, not before `when_ms`; never from within this call."""
