"""Handlers that wait, and connections that close meanwhile."""

from __future__ import annotations

import asyncio

from kafkacompat.server.eager import Suspended, run_eagerly


def test_a_wait_that_is_over_when_it_is_cancelled_is_cancelled_once() -> None:
    async def check() -> None:
        loop = asyncio.get_running_loop()
        unhandled: list[object] = []
        loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
        done: list[bool] = []
        future: asyncio.Future[None] = loop.create_future()

        async def wait() -> None:
            await future

        waiting = run_eagerly(wait(), loop, lambda task: done.append(task.cancelled()))
        assert isinstance(waiting, Suspended)
        future.set_result(None)
        waiting.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert done == [True]
        assert unhandled == []

    asyncio.run(check())
