"""What belongs to producers' transactions: in the order of the log, and refused for the producer's sake alone."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.coordination.batches import Limits
from kafkacompat.coordination.decision import Decision, Parked, Transaction
from kafkacompat.coordination.runtime import Runtime
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import LogConfig, Marker
from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.coordination.fake_store import FakeStore
from tests.coordination.test_runtime import SHARD, NumberCodec, Tally, add, apply, at_once, look, park, refusal, settle
from tests.storage.awkward import AwkwardStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.coordination.ports import Timers
    from kafkacompat.storage.store import Store

P, Q = 7, 8
"""Producers."""
FENCED = ErrorCode.INVALID_PRODUCER_EPOCH
DECIDED = "decided"


class Story(Tally):
    """Every change of the state, in order."""

    def __init__(self, timers: Timers[Tally]) -> None:
        super().__init__(timers)
        self.story: list[str] = []


def apply_and_tell(state: Tally, record: int) -> None:
    assert isinstance(state, Story)
    apply(state, record)
    state.story.append(str(record))


def apply_pending(state: Tally, producer_id: int, record: int) -> None:
    assert isinstance(state, Story)
    state.story.append(f"{producer_id}:{record}")


def ended(state: Tally, producer_id: int, commit: bool) -> None:  # noqa: FBT001 - a hook
    assert isinstance(state, Story)
    state.story.append(f"{producer_id} {'commits' if commit else 'aborts'}")


def produce(producer_id: int, *numbers: int, guard: int | None = 0) -> Callable[[Tally], Decision[str]]:
    return lambda _: Decision(DECIDED, numbers, transaction=Transaction(producer_id, 0, guard))


def end(producer_id: int, *, commit: bool = True) -> Callable[[Tally], Decision[str]]:
    return lambda _: Decision(DECIDED, ends=Marker(producer_id, 0, 0, commit))


def new_runtime(store: Store, clock: ManualClock, limits: Limits | None = None) -> Runtime[Tally]:
    return Runtime(
        store,
        clock,
        NumberCodec(),
        Story,
        apply_and_tell,
        apply_pending=apply_pending,
        ended=ended,
        limits=limits or Limits(),
    )


class Bench:
    def __init__(self, limits: Limits | None = None) -> None:
        self.store = FakeStore()
        self.clock = ManualClock()
        self.runtime = new_runtime(self.store, self.clock, limits)

    async def loaded(self) -> Bench:
        await self.store.create(SHARD, "shard", LogConfig())
        await self.runtime.load(SHARD)
        return self

    def hold(self) -> asyncio.Event:
        self.store.held = asyncio.Event()
        return self.store.held

    def start(self, decider: Callable[[Tally], Decision[str]]) -> asyncio.Task[str]:
        return asyncio.create_task(self.runtime.decide(SHARD, decider))

    def story(self) -> list[str]:
        return story_of(self.runtime)

    async def replayed(self) -> list[str]:
        other = new_runtime(self.store, self.clock)
        await other.load(SHARD)
        return story_of(other)


def story_of(runtime: Runtime[Tally]) -> list[str]:
    state = runtime.state(SHARD)
    assert isinstance(state, Story)
    return list(state.story)


def tell(number: int) -> Callable[[Tally], Decision[str]]:
    return lambda _: Decision(DECIDED, [number])


class TestStoreThatAnswersAtOnce:
    def test_records_are_pending_until_the_marker(self) -> None:
        bench = at_once(Bench().loaded())
        decide = bench.runtime.decide
        assert at_once(decide(SHARD, produce(P, 1, 2))) == DECIDED
        at_once(decide(SHARD, add(3)))
        assert at_once(decide(SHARD, end(P))) == DECIDED
        at_once(decide(SHARD, end(Q, commit=False)))
        assert bench.story() == ["7:1", "7:2", "3", "7 commits", "8 aborts"]

    def test_replay_tells_the_same_story(self) -> None:
        bench = at_once(Bench().loaded())
        for decider in (produce(P, 1, 2), produce(Q, 3), tell(4), end(P, commit=False), produce(P, 5), end(Q), end(P)):
            at_once(bench.runtime.decide(SHARD, decider))
        assert at_once(bench.replayed()) == bench.story()
        assert len(bench.story()) == 8

    def test_batches_are_the_producers(self) -> None:
        bench = at_once(Bench().loaded())
        at_once(bench.runtime.decide(SHARD, produce(P, 1, guard=5)))
        at_once(bench.runtime.decide(SHARD, end(P)))
        (written,), (marker,) = bench.store.calls
        assert (written.guard, written.header.producer_id, written.header.base_sequence) == (5, P, -1)
        assert (written.header.is_transactional, written.header.is_control) == (True, False)
        assert (marker.guard, marker.marker) == (None, Marker(P, 0, 0, commit=True))
        assert marker.header.is_control

    def test_a_refused_producer_leaves_the_shard_alone(self) -> None:
        bench = at_once(Bench().loaded())
        at_once(bench.runtime.decide(SHARD, tell(1)))
        state = bench.runtime.state(SHARD)
        bench.store.refused_producers[P] = FENCED
        for decider in (produce(P, 2), end(P)):
            with pytest.raises(ApiError) as caught:
                at_once(bench.runtime.decide(SHARD, decider))
            assert caught.value.code is FENCED
        at_once(bench.runtime.decide(SHARD, produce(Q, 3)))
        assert bench.runtime.state(SHARD) is state
        assert bench.story() == ["1", "8:3"]

    def test_nothing_is_released_by_what_was_refused(self) -> None:
        bench = at_once(Bench().loaded())
        bench.store.refused_producers[P] = FENCED
        called: list[int] = []
        decision = produce(P, 1)(Tally(bench.runtime.state(SHARD).timers))._replace(after=[lambda: called.append(1)])
        with pytest.raises(ApiError):
            at_once(bench.runtime.decide(SHARD, lambda _: decision))
        assert called == []

    def test_a_store_that_fails_costs_the_shard(self) -> None:
        bench = at_once(Bench().loaded())
        state = bench.runtime.state(SHARD)
        bench.store.refused_producers[P] = ErrorCode.KAFKA_STORAGE_ERROR
        with pytest.raises(ApiError) as caught:
            at_once(bench.runtime.decide(SHARD, produce(P, 2)))
        assert caught.value.code is ErrorCode.NOT_COORDINATOR
        assert bench.runtime.state(SHARD) is not state

    def test_a_producer_that_is_refused_halfway_costs_the_shard(self) -> None:
        """A part of it is in the log, and so in the state that is read back."""
        bench = at_once(Bench(Limits(batch_records=1)).loaded())
        append = bench.store.append

        async def refuse_the_second(appends, fence=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the store's
            first, *_ = await append(appends[:1], fence)
            bench.store.refused_producers[P] = FENCED
            return [first, *await append(appends[1:], fence)]

        bench.store.append = refuse_the_second  # type: ignore[method-assign]
        with pytest.raises(ApiError) as caught:
            at_once(bench.runtime.decide(SHARD, produce(P, 1, 2)))
        assert caught.value.code is ErrorCode.NOT_COORDINATOR
        assert bench.story() == ["7:1"]

    def test_several_batches_of_one_producer_open_one_transaction(self) -> None:
        clock = ManualClock()
        store = EphemeralStore(clock, clock)
        at_once(store.create(SHARD, "shard", LogConfig()))
        runtime = new_runtime(store, clock, Limits(batch_records=1, append_bytes=150))
        at_once(runtime.load(SHARD))
        log = store.log(SHARD)
        assert log is not None
        guard = at_once(log.transaction_guard(P, 0))
        at_once(runtime.decide(SHARD, produce(P, 1, 2, 3, 4, guard=guard)))
        at_once(runtime.decide(SHARD, end(P)))
        assert story_of(runtime) == ["7:1", "7:2", "7:3", "7:4", "7 commits"]

    def test_a_coordinator_without_transactions_leaves_them_out(self, caplog: pytest.LogCaptureFixture) -> None:
        bench = at_once(Bench().loaded())
        for decider in (tell(1), produce(P, 2), end(P), tell(3)):
            at_once(bench.runtime.decide(SHARD, decider))
        runtime: Runtime[Tally] = Runtime(bench.store, bench.clock, NumberCodec(), Tally, apply)
        at_once(runtime.load(SHARD))
        assert at_once(runtime.decide(SHARD, look)) == [1, 3]
        assert "producer 7" in caplog.text


class TestStoreThatSuspends:
    def test_what_is_decided_changes_the_state_in_the_order_of_the_log(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            deciders = [tell(1), produce(P, 2), tell(3), tell(4), produce(Q, 5), end(P), tell(6), end(Q, commit=False)]
            tasks = [bench.start(decider) for decider in deciders]
            await settle()
            assert bench.story() == ["1"], "the producer's is not there yet, and nothing is decided behind it"
            held.set()
            assert await asyncio.gather(*tasks) == [DECIDED] * len(tasks)
            assert bench.story() == ["1", "7:2", "3", "4", "8:5", "7 commits", "6", "8 aborts"]
            assert await bench.replayed() == bench.story()

        asyncio.run(scenario())

    def test_whoever_waited_shares_an_append(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            tasks = [bench.start(decider) for decider in (produce(P, 1), tell(2), tell(3), tell(4), produce(Q, 5))]
            await settle()
            again = bench.hold()
            held.set()
            await settle()
            again.set()
            await asyncio.gather(*tasks)
            sizes = [[append.header.record_count for append in call] for call in bench.store.calls]
            assert sizes == [[1], [1], [2], [1]]

        asyncio.run(scenario())

    def test_deciders_see_what_they_waited_for(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            pending = bench.start(produce(P, 1))
            await settle()

            def decide(state: Tally) -> Decision[str]:
                assert isinstance(state, Story)
                return Decision(" ".join(state.story))

            seen = bench.start(decide)
            await settle()
            held.set()
            assert await seen == "7:1"
            await pending

        asyncio.run(scenario())

    @pytest.mark.parametrize("decider", [produce(P, 2), end(P)])
    def test_a_refusal_is_the_producers_alone(self, decider: Callable[[Tally], Decision[str]]) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            bench.store.refused_producers[P] = FENCED
            held = bench.hold()
            before, refused, after = bench.start(tell(1)), bench.start(decider), bench.start(tell(3))
            await settle()
            state = bench.runtime.state(SHARD)
            held.set()
            assert await refusal(refused) is FENCED
            assert (await before, await after) == (DECIDED, DECIDED)
            assert bench.runtime.state(SHARD) is state
            assert bench.story() == ["1", "3"]

        asyncio.run(scenario())

    def test_a_lost_answer_costs_the_shard_and_everyone_who_waits(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            bench.store.lost = True
            tasks = [bench.start(decider) for decider in (produce(P, 1), tell(2), end(P), tell(3))]
            await settle()
            held.set()
            assert [await refusal(task) for task in tasks] == [ErrorCode.NOT_COORDINATOR] * 4
            await settle()
            assert bench.story() == ["7:1"], "the log has what was under way"

        asyncio.run(scenario())

    def test_unloading_refuses_those_who_wait_for_their_turn(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            tasks = [bench.start(decider) for decider in (produce(P, 1), tell(2), tell(3))]
            await settle()
            bench.runtime.unload(SHARD)
            assert [await refusal(task) for task in tasks] == [ErrorCode.NOT_COORDINATOR] * 3
            held.set()
            await settle()
            assert [len(call) for call in bench.store.calls] == [1]

        asyncio.run(scenario())

    def test_who_goes_away_decides_nothing(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            first, gone, last = bench.start(produce(P, 1)), bench.start(tell(2)), bench.start(tell(3))
            await settle()
            gone.cancel()
            await settle()
            held.set()
            await asyncio.gather(first, last)
            assert bench.story() == ["7:1", "3"]

        asyncio.run(scenario())

    def test_nothing_is_kept_of_who_goes_away_as_its_turn_comes(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            first = bench.start(produce(P, 1))
            await settle()
            parks = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            first.add_done_callback(lambda _: parks.cancel())
            held.set()
            await first
            await settle()
            assert parks.cancelled()
            assert len(bench.runtime._shards[SHARD].parking) == 0

        asyncio.run(scenario())

    def test_a_parked_request_that_waited_for_its_turn_is_answered(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()
            first = bench.start(produce(P, 1))
            await settle()
            parked = asyncio.create_task(bench.runtime.decide(SHARD, park))
            await settle()
            held.set()
            await first
            await settle()
            (waiting,) = bench.runtime.state(SHARD).parked
            assert isinstance(waiting, Parked)
            bench.runtime._shards[SHARD].parking.release(waiting, 5)
            assert await parked == 5

        asyncio.run(scenario())

    def test_a_decider_that_breaks_in_its_turn(self) -> None:
        async def scenario() -> None:
            bench = await Bench().loaded()
            held = bench.hold()

            def broken(_: Tally) -> Decision[str]:
                raise ZeroDivisionError

            first, breaks, after = bench.start(produce(P, 1)), bench.start(broken), bench.start(tell(2))
            await settle()
            held.set()
            assert await first == DECIDED
            with pytest.raises(ZeroDivisionError):
                await breaks
            assert await refusal(after) is ErrorCode.NOT_COORDINATOR
            await settle()
            assert bench.story() == ["7:1"]

        asyncio.run(scenario())

    def test_those_who_wait_for_their_turn_are_bounded(self) -> None:
        async def scenario() -> None:
            bench = await Bench(Limits(queued_decisions=2)).loaded()
            held = bench.hold()
            tasks = [bench.start(decider) for decider in (produce(P, 1), tell(2), tell(3))]
            await settle()
            assert await refusal(bench.runtime.decide(SHARD, tell(4))) is ErrorCode.COORDINATOR_NOT_AVAILABLE
            held.set()
            await asyncio.gather(*tasks)
            assert bench.story() == ["7:1", "2", "3"]

        asyncio.run(scenario())


ENGINES: dict[str, Callable[[Store, int], Store]] = {
    "ephemeral": lambda engine, _: engine,
    "awkward": AwkwardStore,
    "losing answers": lambda engine, seed: AwkwardStore(engine, seed, unknown_outcomes=0.15),
}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_the_engine_does_a_replay_tells_the_same_story(engine: str, seed: int) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = ENGINES[engine](EphemeralStore(clock, clock), seed)
        await store.create(SHARD, "shard", LogConfig())
        runtime = new_runtime(store, clock)
        await runtime.load(SHARD)
        answered: list[str] = []
        random = Random(seed)

        async def act(number: int) -> None:
            for _ in range(number % 4):
                await asyncio.sleep(0)
            producer_id = random.randrange(4)
            log = store.log(SHARD)
            assert log is not None
            try:
                if number % 4 == 0:
                    await runtime.decide(SHARD, tell(number))
                    answered.append(str(number))
                elif number % 10 == 1:
                    await runtime.decide(SHARD, end(producer_id, commit=number % 2 == 0))
                else:
                    guard = await log.transaction_guard(producer_id, 0)
                    await runtime.decide(SHARD, produce(producer_id, number, guard=guard))
                    answered.append(f"{producer_id}:{number}")
            except ApiError:
                pass

        for start in range(0, 90, 6):
            await asyncio.gather(*(act(number) for number in range(start, start + 6)))
            await runtime.ready(SHARD)
        live = story_of(runtime)
        told = [one for one in live if not one.endswith("s")]
        assert len(set(told)) == len(told), "nothing is there twice"
        assert set(answered) <= set(told), "nothing that was answered is lost"
        assert any(":" in one for one in told)
        replayed = new_runtime(store, clock)
        await replayed.load(SHARD)
        assert story_of(replayed) == live

    asyncio.run(scenario())
