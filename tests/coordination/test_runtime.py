from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.coordination.batches import Limits
from kafkacompat.coordination.decision import Decision, Parked, Release
from kafkacompat.coordination.runtime import Runtime
from kafkacompat.storage.store import LogConfig, PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.records.record import iterate
from tests.coordination.fake_store import FakeStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from kafkacompat.coordination.ports import Timers

T = TypeVar("T")
SHARD = PartitionKey(b"t" * 16, 0)


class Tally:
    """A coordinator's state for these tests: numbers in order, and requests that wait for the next number."""

    def __init__(self, timers: Timers[Tally]) -> None:
        self.timers = timers
        self.numbers: list[int] = []
        self.parked: list[Parked[int]] = []


class NumberCodec:
    def encode(self, record: int) -> tuple[bytes | None, bytes | None]:
        return b"n", str(record).encode()

    def decode(self, key: bytes | None, value: bytes | None) -> int | None:
        assert value is not None
        return int(value) if key == b"n" else None


def apply(state: Tally, record: int) -> None:
    state.numbers.append(record)


def add(*numbers: int) -> Callable[[Tally], Decision[list[int]]]:
    return lambda state: Decision([*state.numbers, *numbers], numbers)


def look(state: Tally) -> Decision[list[int]]:
    return Decision(list(state.numbers))


def park(state: Tally) -> Decision[int]:
    parked: Parked[int] = Parked()
    state.parked.append(parked)
    return Decision(parked)


def release(number: int) -> Callable[[Tally], Decision[str]]:
    return lambda state: Decision("released", [number], [Release(parked, number) for parked in state.parked])


class Bench:
    def __init__(self, limits: Limits | None = None) -> None:
        self.store = FakeStore()
        self.clock = ManualClock()
        self.runtime: Runtime[Tally] = Runtime(
            self.store, self.clock, NumberCodec(), Tally, apply, limits=limits or Limits()
        )

    async def loaded(self) -> Bench:
        await self.store.create(SHARD, "shard", LogConfig())
        await self.runtime.load(SHARD)
        return self

    def hold(self) -> asyncio.Event:
        self.store.held = asyncio.Event()
        return self.store.held

    def logged(self) -> list[list[bytes | None]]:
        return [[record.value for record in iterate(batch)] for _, batch in self.store.logs[SHARD].batches]

    def numbers(self) -> list[int]:
        return self.runtime.state(SHARD).numbers


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what must not suspend; there is no event loop here."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("suspended")


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def refusal(awaitable: Any) -> ErrorCode:
    with pytest.raises(ApiError) as caught:
        await awaitable
    return caught.value.code


class TestStoreThatAnswersAtOnce:
    def test_everything_happens_without_suspending(self) -> None:
        bench = at_once(Bench().loaded())
        assert at_once(bench.runtime.decide(SHARD, add(1, 2))) == [1, 2]
        assert at_once(bench.runtime.decide(SHARD, add(3))) == [1, 2, 3]
        assert bench.logged() == [[b"1", b"2"], [b"3"]]
        assert bench.numbers() == [1, 2, 3]

    def test_replay_gives_the_same_state(self) -> None:
        bench = at_once(Bench().loaded())
        for number in range(5):
            at_once(bench.runtime.decide(SHARD, add(number, number)))
        before = bench.runtime.state(SHARD)
        at_once(bench.runtime.load(SHARD))
        assert bench.runtime.state(SHARD) is not before
        assert bench.numbers() == before.numbers

    def test_a_refusal_is_raised_after_its_records_are_applied(self) -> None:
        bench = at_once(Bench().loaded())
        with pytest.raises(ApiError) as caught:
            at_once(bench.runtime.decide(SHARD, lambda _: Decision(ApiError(ErrorCode.ILLEGAL_GENERATION), [7])))
        assert caught.value.code is ErrorCode.ILLEGAL_GENERATION
        assert bench.numbers() == [7]

    def test_one_decision_may_park_and_release_itself(self) -> None:
        bench = at_once(Bench().loaded())

        def decide(_: Tally) -> Decision[int]:
            parked: Parked[int] = Parked()
            return Decision(parked, [1], [Release(parked, 42)])

        assert at_once(bench.runtime.decide(SHARD, decide)) == 42

    def test_after_runs_when_the_records_are_applied(self) -> None:
        bench = at_once(Bench().loaded())
        seen: list[list[int]] = []
        decision = Decision("done", [1], after=[lambda: seen.append(list(bench.numbers()))])
        assert at_once(bench.runtime.decide(SHARD, lambda _: decision)) == "done"
        assert seen == [[1]]

    def test_a_refused_append_drops_the_shard_and_reads_it_back(self) -> None:
        bench = at_once(Bench().loaded())
        at_once(bench.runtime.decide(SHARD, add(1)))
        dropped = bench.runtime.state(SHARD)
        bench.store.refusal = ErrorCode.KAFKA_STORAGE_ERROR
        with pytest.raises(ApiError) as caught:
            at_once(bench.runtime.decide(SHARD, add(2)))
        assert caught.value.code is ErrorCode.NOT_COORDINATOR
        assert bench.runtime.state(SHARD) is not dropped
        assert bench.numbers() == [1]

    def test_a_decider_that_breaks_leaves_nothing_half_done(self) -> None:
        bench = at_once(Bench().loaded())
        at_once(bench.runtime.decide(SHARD, add(1)))

        def broken(state: Tally) -> Decision[None]:
            state.parked.append(Parked())
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            at_once(bench.runtime.decide(SHARD, broken))
        assert bench.runtime.state(SHARD).parked == []
        assert bench.numbers() == [1]

    def test_many_records_go_out_in_several_batches(self) -> None:
        bench = at_once(Bench(Limits(batch_records=2)).loaded())
        at_once(bench.runtime.decide(SHARD, add(1, 2, 3, 4, 5)))
        assert bench.logged() == [[b"1", b"2"], [b"3", b"4"], [b"5"]]
        assert len(bench.store.calls) == 1

    def test_one_call_appends_no_more_than_its_limit(self) -> None:
        bench = at_once(Bench(Limits(batch_records=1, append_bytes=150)).loaded())
        at_once(bench.runtime.decide(SHARD, add(1, 2, 3)))
        assert [len(call) for call in bench.store.calls] == [2, 1]
        assert bench.numbers() == [1, 2, 3]


class TestShards:
    def test_a_shard_that_is_not_loaded(self) -> None:
        bench = Bench()
        with pytest.raises(ApiError) as caught:
            at_once(bench.runtime.decide(SHARD, look))
        assert caught.value.code is ErrorCode.NOT_COORDINATOR

    def test_a_shard_without_a_log(self) -> None:
        with pytest.raises(ApiError) as caught:
            at_once(Bench().runtime.load(SHARD))
        assert caught.value.code is ErrorCode.NOT_COORDINATOR

    def test_while_a_shard_loads(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            bench.store.held_reads = asyncio.Event()
            load = asyncio.create_task(bench.runtime.load(SHARD))
            await settle()
            assert await refusal(bench.runtime.decide(SHARD, look)) is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
            bench.store.held_reads.set()
            await load
            assert await bench.runtime.decide(SHARD, look) == []

        asyncio.run(scenario())

    def test_unloading_while_it_loads(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            bench.store.held_reads = asyncio.Event()
            load = asyncio.create_task(bench.runtime.load(SHARD))
            await settle()
            bench.runtime.unload(SHARD)
            bench.store.held_reads.set()
            assert await refusal(load) is ErrorCode.NOT_COORDINATOR
            assert await refusal(bench.runtime.decide(SHARD, look)) is ErrorCode.NOT_COORDINATOR

        asyncio.run(scenario())

    def test_unloading_refuses_whoever_waits(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            waiting = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            bench.runtime.unload(SHARD)
            assert await refusal(waiting) is ErrorCode.NOT_COORDINATOR

        asyncio.run(scenario())

    def test_loaded_is_told_of_the_replayed_state(self) -> None:
        store, seen = FakeStore(), list[list[int]]()
        runtime: Runtime[Tally] = Runtime(
            store, ManualClock(), NumberCodec(), Tally, apply, loaded=lambda state: seen.append(list(state.numbers))
        )
        at_once(store.create(SHARD, "shard", LogConfig()))
        at_once(runtime.load(SHARD))
        at_once(runtime.decide(SHARD, add(1)))
        at_once(runtime.load(SHARD))
        assert seen == [[], [1]]


class TestParking:
    def test_another_decision_answers(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            waiting = [asyncio.create_task(bench.runtime.decide(SHARD, park)) for _ in range(3)]
            await settle()
            assert not any(task.done() for task in waiting)
            assert await bench.runtime.decide(SHARD, release(5)) == "released"
            assert await asyncio.gather(*waiting) == [5, 5, 5]

        asyncio.run(scenario())

    def test_a_release_may_refuse(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            waiting = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            (parked,) = bench.runtime.state(SHARD).parked
            error = ApiError(ErrorCode.FENCED_INSTANCE_ID, "replaced")
            await bench.runtime.decide(SHARD, lambda _: Decision(None, releases=[Release(parked, error)]))
            assert await refusal(waiting) is ErrorCode.FENCED_INSTANCE_ID

        asyncio.run(scenario())

    def test_nothing_is_kept_of_a_request_that_went_away(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            waiting = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            waiting.cancel()
            await settle()
            assert await bench.runtime.decide(SHARD, release(5)) == "released"
            assert len(bench.runtime._shards[SHARD].parking) == 0

        asyncio.run(scenario())


class TestStoreThatSuspends:
    def test_replies_wait_and_queued_decisions_share_one_append(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            tasks = [asyncio.create_task(bench.runtime.decide(SHARD, add(number))) for number in range(4)]
            tasks.append(asyncio.create_task(bench.runtime.decide(SHARD, look)))
            await settle()
            assert bench.numbers() == [0, 1, 2, 3]
            assert not any(task.done() for task in tasks)
            held.set()
            assert await asyncio.gather(*tasks) == [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3]]
            assert bench.logged() == [[b"0"], [b"1", b"2", b"3"]]

        asyncio.run(scenario())

    def test_releases_wait_too(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            waiting = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            held = bench.hold()
            releasing = asyncio.create_task(bench.runtime.decide(SHARD, release(9)))
            await settle()
            assert not waiting.done()
            held.set()
            assert await waiting == 9
            assert await releasing == "released"

        asyncio.run(scenario())

    @pytest.mark.parametrize(
        ("refused", "answer"),
        [
            (ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR),
            (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.COORDINATOR_NOT_AVAILABLE),
        ],
    )
    def test_a_refusal_reaches_everyone_and_undoes_the_speculation(self, refused: ErrorCode, answer: ErrorCode) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            await bench.runtime.decide(SHARD, add(1))
            parked = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            held = bench.hold()
            bench.store.refusal = refused
            tasks = [asyncio.create_task(bench.runtime.decide(SHARD, add(number))) for number in (2, 3)]
            await settle()
            assert bench.numbers() == [1, 2, 3]
            held.set()
            for task in [parked, *tasks]:
                assert await refusal(task) is answer
            await settle()
            assert await bench.runtime.decide(SHARD, look) == [1]

        asyncio.run(scenario())

    def test_a_lost_answer_is_settled_by_the_log(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            bench.store.lost = True
            assert await refusal(bench.runtime.decide(SHARD, add(1))) is ErrorCode.NOT_COORDINATOR
            bench.store.lost = False
            assert await bench.runtime.decide(SHARD, look) == [1]

        asyncio.run(scenario())

    def test_a_fenced_shard_is_left_to_its_new_owner(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            await bench.store.own(SHARD)
            assert await refusal(bench.runtime.decide(SHARD, add(1))) is ErrorCode.NOT_COORDINATOR
            assert await refusal(bench.runtime.decide(SHARD, look)) is ErrorCode.NOT_COORDINATOR
            assert bench.runtime.shards() == []

        asyncio.run(scenario())

    def test_an_append_that_ends_after_unloading_changes_nothing(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            late = asyncio.create_task(bench.runtime.decide(SHARD, add(1)))
            await settle()
            await bench.runtime.load(SHARD)
            held.set()
            assert await refusal(late) is ErrorCode.NOT_COORDINATOR
            await settle()
            assert await bench.runtime.decide(SHARD, look) == []

        asyncio.run(scenario())

    def test_a_caller_that_goes_away_does_not_disturb_the_append(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            task = asyncio.create_task(bench.runtime.decide(SHARD, add(1)))
            await settle()
            task.cancel()
            await settle()
            held.set()
            assert await bench.runtime.decide(SHARD, add(2)) == [1, 2]
            assert bench.logged() == [[b"1"], [b"2"]]

        asyncio.run(scenario())

    def test_the_queue_is_bounded(self) -> None:
        async def scenario() -> None:
            bench = await Bench(Limits(queued_decisions=2)).loaded()
            held = bench.hold()
            tasks = [asyncio.create_task(bench.runtime.decide(SHARD, add(number))) for number in range(3)]
            await settle()
            assert await refusal(bench.runtime.decide(SHARD, add(3))) is ErrorCode.COORDINATOR_NOT_AVAILABLE
            held.set()
            await asyncio.gather(*tasks)
            assert bench.numbers() == [0, 1, 2]

        asyncio.run(scenario())


class TestTimers:
    def test_a_deadline_decides_at_its_time(self) -> None:
        bench = at_once(Bench().loaded())
        now_ms = bench.clock.now_ms()
        bench.runtime.state(SHARD).timers.schedule("a", now_ms + 100, add(1))
        bench.clock.advance(99)
        assert bench.numbers() == []
        bench.clock.advance(1)
        assert bench.numbers() == [1]
        assert bench.logged() == [[b"1"]]

    def test_a_name_holds_one_deadline(self) -> None:
        bench = at_once(Bench().loaded())
        now_ms, timers = bench.clock.now_ms(), bench.runtime.state(SHARD).timers
        timers.schedule("a", now_ms + 100, add(1))
        timers.schedule("a", now_ms + 200, add(2))
        bench.clock.advance(150)
        assert bench.numbers() == []
        timers.schedule("a", now_ms + 160, add(3))
        bench.clock.advance(10)
        assert bench.numbers() == [3]
        bench.clock.advance(1000)
        assert bench.numbers() == [3]
        assert bench.clock.pending() == 0

    def test_pushing_a_deadline_out_asks_the_clock_nothing(self) -> None:
        bench = at_once(Bench().loaded())
        timers = bench.runtime.state(SHARD).timers
        for later_ms in range(1000):
            timers.schedule("a", bench.clock.now_ms() + 100 + later_ms, add(1))
        assert len(bench.clock._waiting) == 1
        bench.clock.advance(2000)
        assert bench.numbers() == [1]

    def test_cancelling(self) -> None:
        bench = at_once(Bench().loaded())
        timers = bench.runtime.state(SHARD).timers
        timers.schedule("a", bench.clock.now_ms() + 100, add(1))
        assert timers.scheduled("a")
        timers.cancel("a")
        timers.cancel("a")
        assert not timers.scheduled("a")
        bench.clock.advance(200)
        assert bench.numbers() == []

    def test_deadlines_go_with_their_shard(self) -> None:
        bench = at_once(Bench().loaded())
        bench.runtime.state(SHARD).timers.schedule("a", bench.clock.now_ms() + 100, add(1))
        at_once(bench.runtime.load(SHARD))
        assert bench.clock.pending() == 0
        bench.clock.advance(200)
        assert bench.numbers() == []

    def test_a_deadline_that_releases_a_parked_request(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            waiting = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            bench.runtime.state(SHARD).timers.schedule("a", bench.clock.now_ms() + 100, release(3))
            bench.clock.advance(100)
            assert await waiting == 3

        asyncio.run(scenario())
