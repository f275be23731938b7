"""Named deadlines of one shard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from kafkacompat.clock.ports import Deadline, Deadlines
    from kafkacompat.coordination.decision import Decision

S = TypeVar("S")


class _Timer(Generic[S]):
    """One name's deadline: when it is due, and when the clock will call (no later than that)."""

    __slots__ = ("armed_ms", "deadline", "decider", "due_ms")

    def __init__(self, due_ms: int, decider: Callable[[S], Decision[Any]]) -> None:
        self.due_ms = due_ms
        self.armed_ms = due_ms
        self.decider = decider
        self.deadline: Deadline | None = None


class ShardTimers(Generic[S]):
    """The runtime's side of `ports.Timers`.

    Pushing a deadline out, as every heartbeat does, only notes the new time: the clock's call that was asked for first
    finds it is early, and asks again.
    `hold` may take a deadline that is due and call it again later; in the meantime it can be pushed out or cancelled.
    """

    __slots__ = ("_clock", "_fire", "_hold", "_timers")

    def __init__(
        self,
        clock: Deadlines,
        fire: Callable[[Callable[[S], Decision[Any]]], None],
        hold: Callable[[Callable[[], None]], bool] = lambda _: False,
    ) -> None:
        self._clock = clock
        self._fire = fire
        self._hold = hold
        self._timers: dict[Hashable, _Timer[S]] = {}

    def schedule(self, name: Hashable, when_ms: int, decider: Callable[[S], Decision[Any]]) -> None:
        """See `ports.Timers`."""
        timer = self._timers.get(name)
        if timer is None:
            timer = self._timers[name] = _Timer(when_ms, decider)
            self._arm(name, timer)
            return
        timer.due_ms = when_ms
        timer.decider = decider
        if when_ms < timer.armed_ms:
            self._disarm(timer)
            self._arm(name, timer)

    def cancel(self, name: Hashable) -> None:
        """See `ports.Timers`."""
        timer = self._timers.pop(name, None)
        if timer is not None:
            self._disarm(timer)

    def scheduled(self, name: Hashable) -> bool:
        """See `ports.Timers`."""
        return name in self._timers

    def clear(self) -> None:
        """Forget all."""
        for timer in self._timers.values():
            self._disarm(timer)
        self._timers.clear()

    def _arm(self, name: Hashable, timer: _Timer[S]) -> None:
        timer.armed_ms = timer.due_ms
        timer.deadline = self._clock.call_at(timer.due_ms, lambda: self._called(name, timer))

    def _disarm(self, timer: _Timer[S]) -> None:
        if timer.deadline is not None:
            timer.deadline.cancel()
            timer.deadline = None

    def _called(self, name: Hashable, timer: _Timer[S]) -> None:
        if self._timers.get(name) is not timer:
            return
        if timer.due_ms > timer.armed_ms:
            self._arm(name, timer)
            return
        if self._hold(lambda: self._called(name, timer)):
            return
        self._disarm(timer)
        del self._timers[name]
        self._fire(timer.decider)
