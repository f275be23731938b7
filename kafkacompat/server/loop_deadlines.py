"""Deadlines over an event loop: the real ones."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class LoopDeadline:
    """A call that the loop will make."""

    __slots__ = ("handle",)

    handle: asyncio.TimerHandle

    def cancel(self) -> None:
        """Forget the call."""
        self.handle.cancel()


class MonotonicDeadlines:
    """Real time: never jumps, so that nobody waits longer than asked; milliseconds since the epoch as of the start."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._origin = time() - loop.time()

    def now_ms(self) -> int:
        """Return the current time."""
        return int((self._origin + self._loop.time()) * 1000)

    def call_at(self, when_ms: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `callback` at `when_ms`, or in the next turn of the loop if that is past."""
        # One millisecond later than asked: `now_ms` rounds down, and a deadline must not find itself early.
        return self._loop.call_at((when_ms + 1) / 1000 - self._origin, callback)


class WallDeadlines:
    """The domain clock of a server that nobody freezes: the machine's own time, jumps included."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now_ms(self) -> int:
        """Return milliseconds since the epoch."""
        return int(time() * 1000)

    def call_at(self, when_ms: int, callback: Callable[[], None]) -> LoopDeadline:
        """Call `callback` once the machine's clock says `when_ms`."""
        deadline = LoopDeadline()

        def check() -> None:
            missing_ms = when_ms - time() * 1000
            if missing_ms <= 0:
                callback()
            else:
                deadline.handle = self._loop.call_later(missing_ms / 1000, check)

        deadline.handle = self._loop.call_later(max(0.0, when_ms / 1000 - time()), check)
        return deadline
