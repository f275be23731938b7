"""Producer state: each batch once, and in order.  Answers are those of a Kafka 4.4.0 asked the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import Appended, Duplicate, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.awkward import AwkwardStore
from tests.storage.batches import NOW_MS, OTHER, PARTITION, base_offsets, batch, get, make, put, sequenced, to

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store
    from tests.storage.conftest import World

MAX_SEQUENCE = 2_147_483_647
OUT_OF_ORDER = Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
OLD_EPOCH = Refused(ErrorCode.INVALID_PRODUCER_EPOCH)
DAY_MS = 86_400_000


class TestSequences:
    async def test_the_next_sequence_is_appended(self, store: Store) -> None:
        await make(store)
        assert await put(store, sequenced(7, 0, 0, count=3)) == Appended(0, 0)
        assert await put(store, sequenced(7, 0, 3)) == Appended(3, 0)

    @pytest.mark.parametrize("sequence", [0, 1, 4, MAX_SEQUENCE])
    async def test_any_other_is_out_of_order_and_changes_nothing(self, store: Store, sequence: int) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 0, count=3))
        assert await put(store, sequenced(7, 0, sequence)) == OUT_OF_ORDER
        assert base_offsets(await get(store, 0)) == [0]
        assert await put(store, sequenced(7, 0, 3)) == Appended(3, 0)

    @pytest.mark.parametrize("sequence", [0, 5, MAX_SEQUENCE])
    async def test_a_producer_without_state_starts_anywhere(self, store: Store, sequence: int) -> None:
        await make(store)
        assert await put(store, sequenced(7, 3, sequence)) == Appended(0, 0)

    async def test_after_the_largest_comes_zero(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, MAX_SEQUENCE))
        assert await put(store, sequenced(7, 0, 1)) == OUT_OF_ORDER
        assert await put(store, sequenced(7, 0, 0)) == Appended(1, 0)

    async def test_sequences_wrap_inside_a_batch(self, store: Store) -> None:
        await make(store)
        wrapping = sequenced(7, 0, MAX_SEQUENCE - 1, count=4)
        await put(store, wrapping)
        assert await put(store, sequenced(7, 0, 2)) == Appended(4, 0)
        assert await put(store, wrapping) == Duplicate(0, 0, NOW_MS)

    async def test_producers_and_partitions_do_not_mix(self, store: Store) -> None:
        await make(store, PARTITION, OTHER)
        for producer_id in (7, 8):
            assert isinstance(await put(store, sequenced(producer_id, 0, 5)), Appended)
        assert await put(store, sequenced(7, 0, 0), OTHER) == Appended(0, 0)
        assert await put(store, sequenced(7, 0, 6)) == Appended(2, 0)

    async def test_batches_without_a_producer_pass_freely(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 0))
        assert [await put(store, batch(b"a")) for _ in range(2)] == [Appended(1, 0), Appended(2, 0)]
        assert await put(store, sequenced(7, 0, 1)) == Appended(3, 0)

    async def test_one_call_may_carry_several_batches_of_a_producer(self, store: Store) -> None:
        await make(store)
        outcomes = await store.append([to(PARTITION, sequenced(7, 0, sequence)) for sequence in (0, 1, 3, 1, 2)])
        assert outcomes == [Appended(0, 0), Appended(1, 0), OUT_OF_ORDER, Duplicate(1, 0, NOW_MS), Appended(2, 0)]


class TestDuplicates:
    async def test_the_last_five_batches_are_known(self, store: Store) -> None:
        await make(store)
        for sequence in range(6):
            await put(store, sequenced(7, 0, sequence))
        assert await put(store, sequenced(7, 0, 0)) == OUT_OF_ORDER
        for sequence in range(1, 6):
            assert await put(store, sequenced(7, 0, sequence)) == Duplicate(sequence, 0, NOW_MS)
        assert base_offsets(await get(store, 0)) == list(range(6))

    async def test_first_and_last_sequence_must_both_be_the_same(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 0, count=2))
        assert await put(store, sequenced(7, 0, 0, count=1)) == OUT_OF_ORDER
        assert await put(store, sequenced(7, 0, 1, count=1)) == OUT_OF_ORDER
        assert await put(store, sequenced(7, 0, 1, count=2)) == OUT_OF_ORDER

    async def test_it_tells_the_time_and_the_log_start(self, store: Store) -> None:
        await make(store)
        sent = batch(b"a", b"b", producer_id=7, timestamps_ms=[NOW_MS + 9, NOW_MS + 2])
        await put(store, sent)
        log = store.log(PARTITION)
        assert log is not None
        await log.delete_before(1)
        assert await put(store, sent) == Duplicate(0, 1, NOW_MS + 9)

    async def test_deleting_records_does_not_forget_their_producer(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 0))
        log = store.log(PARTITION)
        assert log is not None
        await log.delete_before(-1)
        assert await put(store, sequenced(7, 0, 50)) == OUT_OF_ORDER
        assert await put(store, sequenced(7, 0, 0)) == Duplicate(0, 1, NOW_MS)
        assert await put(store, sequenced(7, 0, 1)) == Appended(1, 1)


class TestEpochs:
    async def test_a_new_epoch_starts_at_zero(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 0))
        assert await put(store, sequenced(7, 1, 1)) == OUT_OF_ORDER
        assert await put(store, sequenced(7, 1, 0)) == Appended(1, 0)
        assert await put(store, sequenced(7, 1, 1)) == Appended(2, 0)

    async def test_an_old_epoch_is_refused_even_for_a_duplicate(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 1, 0))
        await put(store, sequenced(7, 2, 0))
        assert await put(store, sequenced(7, 1, 0)) == OLD_EPOCH
        assert await put(store, sequenced(7, 1, 1)) == OLD_EPOCH

    async def test_a_new_epoch_knows_no_batches_of_the_old(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 5))
        await put(store, sequenced(7, 1, 0))
        assert await put(store, sequenced(7, 1, 5)) == OUT_OF_ORDER

    async def test_a_refused_epoch_is_not_taken_over(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 0))
        await put(store, sequenced(7, 5, 3))
        assert await put(store, sequenced(7, 0, 1)) == Appended(1, 0)


class TestExpiry:
    async def test_a_day_after_the_last_append_a_producer_is_forgotten(self, world: World) -> None:
        await make(world.store)
        await put(world.store, sequenced(7, 3, 0))
        world.clock.advance(DAY_MS - 1)
        assert await put(world.store, sequenced(7, 3, 9)) == OUT_OF_ORDER
        world.clock.advance(1)
        assert await put(world.store, sequenced(7, 2, 9)) == Appended(1, 0)

    async def test_each_append_starts_the_day_anew(self, world: World) -> None:
        await make(world.store)
        for sequence in range(4):
            await put(world.store, sequenced(7, 0, sequence))
            world.clock.advance(DAY_MS - 1)
        assert await put(world.store, sequenced(7, 0, 3)) == Duplicate(3, 0, NOW_MS)


class Model:
    """One producer, in as few words as will do."""

    def __init__(self) -> None:
        self.epoch, self.seen, self.end = -1, list[tuple[int, int, int]](), 0

    def send(self, epoch: int, first: int, count: int) -> Appended | Duplicate | Refused:
        last = (first + count - 1) % (MAX_SEQUENCE + 1)
        if epoch < self.epoch:
            return OLD_EPOCH
        for known_first, known_last, offset in self.seen[-5:] if epoch == self.epoch else ():
            if (known_first, known_last) == (first, last):
                return Duplicate(offset, 0, NOW_MS)
        due = (self.seen[-1][1] + 1) % (MAX_SEQUENCE + 1) if epoch == self.epoch else 0
        if self.epoch >= 0 and first != due:
            return OUT_OF_ORDER
        self.seen = [*(self.seen if epoch == self.epoch else []), (first, last, self.end)]
        self.epoch, self.end = epoch, self.end + count
        return Appended(self.end - count, 0)


sends = st.tuples(
    st.integers(0, 2),
    st.one_of(st.integers(0, 8), st.integers(MAX_SEQUENCE - 4, MAX_SEQUENCE)),
    st.integers(1, 3),
)
"""Epoch, first sequence, count."""


@pytest.mark.parametrize("awkward", [False, True])
@given(sent=st.lists(st.one_of(sends, st.just("next")), max_size=40), seed=st.integers(0, 1 << 32))
@settings(max_examples=150, deadline=None)
def test_any_sends_are_answered_as_the_model_says(
    awkward: bool,  # noqa: FBT001 - a parameter of the test
    sent: list[tuple[int, int, int] | str],
    seed: int,
) -> None:
    async def run() -> None:
        engine = EphemeralStore(ManualClock(), ManualClock())
        store: Store = AwkwardStore(engine, seed) if awkward else engine
        await make(store)
        model = Model()
        for step in sent:
            due = (model.seen[-1][1] + 1) % (MAX_SEQUENCE + 1) if model.seen else 0
            epoch, first, count = step if isinstance(step, tuple) else (max(model.epoch, 0), due, 1)
            assert await put(store, sequenced(7, epoch, first, count)) == model.send(epoch, first, count)

    asyncio.run(run())
