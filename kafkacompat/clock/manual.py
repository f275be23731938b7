"""A clock that moves only when it is told to."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_START_MS: Final = 1_700_000_000_000


class ManualDeadline:
    """A call that a `ManualClock` will make."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Forget the call."""
        self.callback = None


class ManualClock:
    """Both ports of time, standing still until `advance`."""

    def __init__(self, now_ms: int = DEFAULT_START_MS) -> None:
        self._now_ms = now_ms
        self._order = count()
        self._waiting: list[tuple[int, int, ManualDeadline]] = []

    def now_ms(self) -> int:
        """Return the time last set."""
        return self._now_ms

    def call_at(self, when_ms: int, callback: Callable[[], None]) -> ManualDeadline:
        """Call `callback` when the clock reaches `when_ms`; calls due together are made in order of asking."""
        deadline = ManualDeadline(callback)
        heappush(self._waiting, (when_ms, next(self._order), deadline))
        return deadline

    def advance(self, by_ms: int) -> None:
        """Move on, making every call that falls due, each at its own time."""
        target = self._now_ms + by_ms
        while self._waiting and self._waiting[0][0] <= target:
            when_ms, _, deadline = heappop(self._waiting)
            self._now_ms = max(self._now_ms, when_ms)
            callback, deadline.callback = deadline.callback, None
            if callback is not None:
                callback()
        self._now_ms = target

    def pending(self) -> int:
        """Return how many calls are still to be made."""
        return sum(deadline.callback is not None for _, _, deadline in self._waiting)
