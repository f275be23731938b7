"""Deadlines that come due while what belongs to a producer is being appended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.coordination.test_producers import Bench, P, produce, tell
from tests.coordination.test_runtime import SHARD, settle

if TYPE_CHECKING:
    from kafkacompat.coordination.decision import Decision
    from tests.coordination.test_runtime import Tally


def test_deadlines_wait() -> None:
    async def scenario() -> None:
        bench = await Bench().loaded()
        held = bench.hold()
        bench.runtime.state(SHARD).timers.schedule("a", bench.clock.now_ms() + 100, tell(2))
        pending = bench.start(produce(P, 1))
        await settle()
        bench.clock.advance(100)
        assert bench.story() == []
        held.set()
        await pending
        await settle()
        assert bench.story() == ["7:1", "2"]
        assert bench.clock.pending() == 0
        assert not bench.runtime.state(SHARD).timers.scheduled("a")

    asyncio.run(scenario())


@pytest.mark.parametrize(("by_ms", "story"), [(100, ["7:1", "3"]), (0, ["7:1", "3", "2"]), (-50, ["7:1", "3", "2"])])
def test_who_comes_first_may_change_them(by_ms: int, story: list[str]) -> None:
    """A heartbeat that waits keeps a member alive, though its session ends before the heartbeat is looked at."""

    async def scenario() -> None:
        bench = await Bench().loaded()
        held = bench.hold()
        timers, now_ms = bench.runtime.state(SHARD).timers, bench.clock.now_ms()
        timers.schedule("a", now_ms + 100, tell(2))

        def push_out(state: Tally) -> Decision[str]:
            state.timers.schedule("a", now_ms + 100 + by_ms, tell(2))
            return tell(3)(state)

        tasks = [bench.start(produce(P, 1)), bench.start(push_out)]
        await settle()
        bench.clock.advance(100)
        held.set()
        await asyncio.gather(*tasks)
        await settle()
        assert bench.story() == story
        bench.clock.advance(100)
        await settle()
        assert bench.story() == ["7:1", "3", "2"], "and it is not forgotten"
        assert bench.clock.pending() == 0

    asyncio.run(scenario())


def test_who_comes_first_may_cancel_them() -> None:
    async def scenario() -> None:
        bench = await Bench().loaded()
        held = bench.hold()
        bench.runtime.state(SHARD).timers.schedule("a", bench.clock.now_ms() + 100, tell(2))

        def cancel(state: Tally) -> Decision[str]:
            state.timers.cancel("a")
            return tell(3)(state)

        tasks = [bench.start(produce(P, 1)), bench.start(cancel)]
        await settle()
        bench.clock.advance(100)
        held.set()
        await asyncio.gather(*tasks)
        await settle()
        assert bench.story() == ["7:1", "3"]

    asyncio.run(scenario())
