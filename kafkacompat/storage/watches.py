"""Waiting for logs to grow: readers park until one of their logs wakes them or their time is up."""

from __future__ import annotations

from asyncio import get_running_loop
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Sequence

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.storage.partition_log import EmbeddedLog


class Watchers:
    """Who waits for one log; a log has one of these only while somebody does, so that waking nobody costs nothing."""

    __slots__ = ("_log", "_waiting")

    def __init__(self, log: EmbeddedLog[Any]) -> None:
        self._log = log
        self._waiting: set[Future[None]] = set()

    def add(self, waiting: Future[None]) -> None:
        """Have a reader woken."""
        self._waiting.add(waiting)

    def discard(self, waiting: Future[None]) -> None:
        """Forget a reader."""
        self._waiting.discard(waiting)
        if not self._waiting:
            self._log.watchers = None

    def wake(self) -> None:
        """Wake all, once: the log has none of them any more."""
        self._log.watchers = None
        for waiting in self._waiting:
            wake(waiting)


async def park(logs: Sequence[EmbeddedLog[Any]], until_ms: int, real_time: Deadlines) -> None:
    """Suspend until one of the logs wakes its watchers or real time is `until_ms`; cancellation leaves no trace."""
    waiting: Future[None] = get_running_loop().create_future()
    watchers = [watch(log, waiting) for log in logs]
    deadline = real_time.call_at(until_ms, lambda: wake(waiting))
    try:
        await waiting
    finally:
        deadline.cancel()
        for watched in watchers:
            watched.discard(waiting)


def watch(log: EmbeddedLog[Any], waiting: Future[None]) -> Watchers:
    """Put a reader among those that a log will wake."""
    watchers = log.watchers
    if watchers is None:
        watchers = log.watchers = Watchers(log)
    watchers.add(waiting)
    return watchers


def wake(waiting: Future[None]) -> None:
    """Let a reader go on, unless it does already."""
    if not waiting.done():
        waiting.set_result(None)
