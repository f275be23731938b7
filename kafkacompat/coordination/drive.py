"""Run a coroutine without a task for as long as it does not suspend."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class Driver:
    """Starts coroutines that nobody awaits, and holds the tasks of those that suspended.

    A task is made only for what suspends, and only when what it waits for is there; the garbage collector would take
    a task that nobody holds.
    """

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, coroutine: Coroutine[Any, Any, T], done: Callable[[T | BaseException], None]) -> None:
        """Run `coroutine` now, up to its first suspension.

        `done` gets its result or what it raised, before this returns if the coroutine did not suspend.
        """
        try:
            awaited = coroutine.send(None)
        except StopIteration as stop:
            done(stop.value)
            return
        except Exception as error:  # noqa: BLE001 - handed to the caller, whatever it is
            done(error)
            return
        if awaited is None:  # a bare yield: go on in the next round of the loop
            self._continue(coroutine, done)
            return
        # What the coroutine yielded is a future that expects a task to take over this flag.
        awaited._asyncio_future_blocking = False  # noqa: SLF001 - the protocol between futures and tasks
        awaited.add_done_callback(lambda _: self._continue(coroutine, done))

    def _continue(self, coroutine: Coroutine[Any, Any, T], done: Callable[[T | BaseException], None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(lambda finished: self._finished(finished, done))

    def _finished(self, task: asyncio.Task[T], done: Callable[[T | BaseException], None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            done(asyncio.CancelledError())
            return
        error = task.exception()
        done(task.result() if error is None else error)
