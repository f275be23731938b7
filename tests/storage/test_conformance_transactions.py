"""What every engine must do about transactions.  The rules are those of Kafka 4.4 (KIP-98, KIP-890)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kafkacompat.storage.store import (
    AbortedRange,
    ActiveProducer,
    Appended,
    Bounds,
    Isolation,
    LogConfig,
    Refused,
    TimestampOffset,
    Watch,
)
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import (
    ENOUGH,
    NOW_MS,
    OTHER,
    PARTITION,
    TOPIC_NAME,
    base_offsets,
    batch,
    get,
    make,
    put,
    sequenced,
    values,
)
from tests.storage.test_waits import settle
from tests.storage.transactions import (
    aborted,
    append_guarded,
    bounds,
    committed,
    end,
    log_of,
    producer,
    stable_offset,
    transactional,
    write,
)

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store
    from tests.storage.conftest import World

DAY_MS = 86_400_000
LAST_EPOCH = 32_767
NOT_IN_TRANSACTION = Refused(ErrorCode.INVALID_TXN_STATE)
OUT_OF_ORDER = Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
OLD_EPOCH = Refused(ErrorCode.INVALID_PRODUCER_EPOCH)
FENCED = Refused(ErrorCode.TRANSACTION_COORDINATOR_FENCED)


class TestMarkers:
    @pytest.mark.parametrize("commit", [True, False])
    async def test_a_marker_takes_one_offset_and_ends_the_transaction(
        self,
        store: Store,
        commit: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        await make(store)
        await write(store, 7, 0, b"a", b"b")
        assert await producer(store) == ActiveProducer(7, 0, 1, NOW_MS, -1, 0)
        assert await end(store, 7, commit=commit, coordinator_epoch=3) == Appended(2, 0)
        assert await bounds(store) == Bounds(0, 3, 3, 3)
        assert await producer(store) == ActiveProducer(7, 0, 1, NOW_MS, 3, -1)

    async def test_sequences_go_on_after_one_of_the_same_epoch(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0)
        await end(store, 7, commit=True)
        guard = await log_of(store).transaction_guard(7, 0)
        assert await append_guarded(store, transactional(7, 0, 2), guard) == OUT_OF_ORDER
        assert await append_guarded(store, transactional(7, 0, 1), guard) == Appended(2, 0)

    async def test_sequences_begin_at_zero_after_one_of_a_new_epoch(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0)
        await end(store, 7, commit=True, epoch=1, version=2)
        assert await producer(store) == ActiveProducer(7, 1, -1, NOW_MS, 0, -1)
        assert await write(store, 7, 1, epoch=1) == OUT_OF_ORDER
        assert await write(store, 7, 1, epoch=0) == OLD_EPOCH
        assert await write(store, 7, 0, epoch=1) == Appended(2, 0)

    async def test_one_of_an_old_epoch_is_refused(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, epoch=3)
        for version in (0, 1, 2):
            assert await end(store, 7, commit=True, epoch=2, version=version) == OLD_EPOCH
        assert await stable_offset(store) == 0

    async def test_from_version_two_on_the_epoch_must_be_above_that_of_the_transaction(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, epoch=3)
        assert await end(store, 7, commit=True, epoch=3, version=2) == OLD_EPOCH
        assert await end(store, 7, commit=True, epoch=4, version=2) == Appended(1, 0)
        assert await stable_offset(store) == 2

    async def test_but_may_come_a_second_time(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, epoch=3)
        for offset in (1, 2):
            assert await end(store, 7, commit=True, epoch=4, version=2) == Appended(offset, 0)

    async def test_the_last_epoch_ends_a_transaction_of_its_own(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, epoch=LAST_EPOCH)
        assert await end(store, 7, commit=True, epoch=LAST_EPOCH, version=2) == Appended(1, 0)
        assert await stable_offset(store) == 2

    async def test_one_of_an_older_coordinator_is_fenced(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0)
        await end(store, 7, commit=True, coordinator_epoch=5)
        await write(store, 7, 1)
        assert await end(store, 7, commit=True, coordinator_epoch=4) == FENCED
        assert await stable_offset(store) == 2
        assert await end(store, 7, commit=True, coordinator_epoch=5) == Appended(3, 0)

    async def test_the_producers_epoch_is_looked_at_before_the_coordinators(self, store: Store) -> None:
        await make(store)
        await end(store, 7, commit=True, epoch=1, coordinator_epoch=5)
        assert await end(store, 7, commit=True, epoch=0, coordinator_epoch=4) == OLD_EPOCH

    async def test_one_without_a_transaction_is_written_and_aborts_nothing(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 0, 0))
        assert await end(store, 7, commit=False, coordinator_epoch=2) == Appended(1, 0)
        assert await end(store, 8, commit=False, epoch=4) == Appended(2, 0)
        assert await aborted(store, 0) == []
        assert await committed(store) == [b"v"]
        assert await producer(store, 8) == ActiveProducer(8, 4, -1, NOW_MS, 0, -1)

    async def test_several_of_one_call_end_in_order(self, store: Store) -> None:
        await make(store, PARTITION, OTHER)
        for partition in (PARTITION, OTHER):
            await write(store, 7, 0, partition=partition)
        assert await end(store, 7, commit=True) == Appended(1, 0)
        assert (await bounds(store, OTHER)).last_stable_offset == 0
        assert await end(store, 7, commit=True, partition=OTHER) == Appended(1, 0)
        assert (await bounds(store, OTHER)).last_stable_offset == 2


class TestLastStableOffset:
    async def test_it_is_the_high_watermark_while_nothing_is_open(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a", b"b"))
        assert await bounds(store) == Bounds(0, 2, 2, 2)

    async def test_it_is_where_the_earliest_open_transaction_begins(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a"))
        await write(store, 7, 0, b"b", b"c")
        await write(store, 8, 0)
        assert await bounds(store) == Bounds(0, 4, 1, 4)
        await end(store, 8, commit=True)
        assert await stable_offset(store) == 1
        await write(store, 8, 1)
        await end(store, 7, commit=False)
        assert await stable_offset(store) == 5
        await end(store, 8, commit=True)
        assert await stable_offset(store) == 8

    async def test_readers_of_committed_records_get_no_further(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a"))
        await put(store, batch(b"b"))
        await write(store, 7, 0, b"c")
        await put(store, batch(b"d"))
        read = await get(store, 0, isolation=Isolation.READ_COMMITTED)
        assert values(read) == [b"a", b"b"]
        assert (read.high_watermark, read.last_stable_offset, read.aborted) == (4, 2, [])
        for offset in (2, 3, 4):
            read = await get(store, offset, isolation=Isolation.READ_COMMITTED)
            assert (read.pieces, read.last_stable_offset, read.aborted) == ([], 2, [])
        read = await get(store, 0)
        assert values(read) == [b"a", b"b", b"c", b"d"]
        assert (read.last_stable_offset, read.aborted) == (2, None)

    async def test_a_whole_first_batch_does_not_reach_beyond_it(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a" * 100))
        await write(store, 7, 0, b"b" * 100)
        assert base_offsets(await get(store, 0, 1, isolation=Isolation.READ_COMMITTED)) == [0]
        assert base_offsets(await get(store, 1, 1, isolation=Isolation.READ_COMMITTED)) == []

    async def test_it_bounds_reads_over_segments_and_merged_batches(self, store: Store) -> None:
        await make(store, segment_bytes=1_000)
        for index in range(60):
            await put(store, batch(str(index).encode()))
        await write(store, 7, 0, b"open")
        for index in range(60):
            await put(store, batch(str(index).encode()))
        for offset in (0, 1, 25, 59):
            read = await get(store, offset, isolation=Isolation.READ_COMMITTED)
            assert base_offsets(read)[-1] == 59
        for size in (1, 100, 500):
            assert await committed(store, 3, size) == [str(index).encode() for index in range(3, 60)]

    async def test_finding_by_time_stops_there(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a", timestamps_ms=[NOW_MS]))
        await write(store, 7, 0)
        await put(store, batch(b"b", timestamps_ms=[NOW_MS + 5]))
        log = log_of(store)
        assert await log.find_timestamp(NOW_MS + 1, Isolation.READ_UNCOMMITTED) == TimestampOffset(2, NOW_MS + 5, 0)
        assert await log.find_timestamp(NOW_MS + 1, Isolation.READ_COMMITTED) is None
        await end(store, 7, commit=True)
        assert await log.find_timestamp(NOW_MS + 1, Isolation.READ_COMMITTED) == TimestampOffset(2, NOW_MS + 5, 0)

    @pytest.mark.parametrize("commit", [True, False])
    async def test_a_marker_wakes_who_waits_for_committed_records(
        self,
        world: World,
        commit: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        await make(world.store)
        await write(world.store, 7, 0)
        until_ms = world.real_time.now_ms() + 1_000

        async def poll() -> int:
            while await stable_offset(world.store) == 0:
                await world.store.wait([Watch(PARTITION, 0, Isolation.READ_COMMITTED)], until_ms)
            return await stable_offset(world.store)

        polling = asyncio.create_task(poll())
        await settle()
        await put(world.store, batch(b"more"))
        await settle()
        assert not polling.done()
        await end(world.store, 7, commit=commit)
        assert await polling == 3


class TestAbortedRanges:
    async def test_an_aborted_transaction_is_told_to_readers_of_committed_records(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, b"a", b"b")
        await put(store, batch(b"c"))
        await end(store, 7, commit=False)
        await write(store, 7, 2, b"d")
        await end(store, 7, commit=True)
        read = await get(store, 0, isolation=Isolation.READ_COMMITTED)
        assert read.aborted == [AbortedRange(7, 0)]
        assert base_offsets(read) == [0, 2, 3, 4, 5]
        assert await committed(store) == [b"c", b"d"]
        assert (await get(store, 0)).aborted is None

    async def test_they_come_by_first_offset_whichever_ended_first(self, store: Store) -> None:
        await make(store)
        for producer_id in (7, 8, 9):
            await write(store, producer_id, 0)
        for producer_id in (8, 9, 7):
            await end(store, producer_id, commit=False)
        assert await aborted(store, 0) == [AbortedRange(7, 0), AbortedRange(8, 1), AbortedRange(9, 2)]

    async def test_only_those_that_overlap_what_is_returned(self, store: Store) -> None:
        await make(store)
        for index in range(4):  # records at 2n, markers at 2n + 1
            await write(store, 7, index)
            await end(store, 7, commit=False)
        size = len(transactional(7, 0, 0))
        assert await aborted(store, 0, size) == [AbortedRange(7, 0)]
        assert await aborted(store, 1, size) == [AbortedRange(7, 0)]
        assert await aborted(store, 2, size) == [AbortedRange(7, 2)]
        assert await aborted(store, 3) == [AbortedRange(7, 2), AbortedRange(7, 4), AbortedRange(7, 6)]
        assert await aborted(store, 8) == []

    async def test_one_that_ended_long_after_what_is_read_is_told_too(self, store: Store) -> None:
        await make(store, segment_bytes=500)
        await write(store, 7, 0, b"early")
        for _ in range(20):
            await put(store, batch(b"plain"))
            await write(store, 8, -1)
            await end(store, 8, commit=False)
        await write(store, 7, 1, b"late")
        await end(store, 7, commit=False)
        assert await aborted(store, 0, 1) == [AbortedRange(7, 0)]
        assert await committed(store) == [b"plain"] * 20
        assert await committed(store, 0, 100) == [b"plain"] * 20

    async def test_a_long_one_does_not_hide_short_ones_within(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0)
        await write(store, 8, 0)
        await end(store, 8, commit=False)
        await write(store, 8, 1, b"kept")
        await end(store, 8, commit=True)
        await end(store, 7, commit=False)
        assert await aborted(store, 0) == [AbortedRange(7, 0), AbortedRange(8, 1)]
        assert await aborted(store, 3) == [AbortedRange(7, 0)]
        assert await committed(store) == [b"kept"]

    async def test_they_last_over_many_segments(self, store: Store) -> None:
        await make(store, segment_bytes=400)
        for index in range(40):
            await write(store, 7, index, str(index).encode() * 20)
            await end(store, 7, commit=index % 3 == 0)
        assert await committed(store) == [str(index).encode() * 20 for index in range(0, 40, 3)]
        assert await aborted(store, 60, 1) == []
        assert await aborted(store, 62, 1) == [AbortedRange(7, 62)]


class TestDeletion:
    async def test_what_was_deleted_is_not_told_of_any_more(self, store: Store) -> None:
        await make(store, segment_bytes=400)
        for index in range(20):
            await write(store, 7, index, b"v" * 50)
            await end(store, 7, commit=False)
        assert await log_of(store).delete_before(30) == 30
        assert await aborted(store, 30) == [AbortedRange(7, offset) for offset in range(30, 40, 2)]
        assert await aborted(store, 31) == [AbortedRange(7, offset) for offset in range(30, 40, 2)]

    async def test_one_whose_beginning_is_deleted_is_still_aborted(self, store: Store) -> None:
        await make(store, segment_bytes=200)
        for sequence in range(6):
            await write(store, 7, sequence, b"v" * 50)
        await log_of(store).delete_before(3)
        await end(store, 7, commit=False)
        await put(store, batch(b"kept"))
        assert await aborted(store, 3) == [AbortedRange(7, 0)]
        assert await committed(store, 3) == [b"kept"]

    async def test_deleting_over_an_open_transaction_moves_the_last_stable_offset_along(self, store: Store) -> None:
        await make(store, segment_bytes=200)
        await write(store, 7, 0, b"a", b"b", b"c")
        await put(store, batch(b"d" * 100))
        assert await log_of(store).delete_before(2) == 2
        assert await bounds(store) == Bounds(2, 4, 2, 4)
        assert (await get(store, 2, isolation=Isolation.READ_COMMITTED)).pieces == []
        assert await log_of(store).delete_before(-1) == 4
        assert await bounds(store) == Bounds(4, 4, 4, 4)
        assert await put(store, sequenced(7, 0, 3)) == NOT_IN_TRANSACTION
        await put(store, batch(b"e"))
        assert await bounds(store) == Bounds(4, 5, 4, 5)
        assert await end(store, 7, commit=True) == Appended(5, 4)
        assert await bounds(store) == Bounds(4, 6, 6, 6)

    async def test_and_wakes_who_waits_for_that(self, world: World) -> None:
        await make(world.store)
        await write(world.store, 7, 0)
        await put(world.store, batch(b"a"))
        watch = Watch(PARTITION, 0, Isolation.READ_COMMITTED)
        waiting = asyncio.create_task(world.store.wait([watch], world.real_time.now_ms() + 1_000))
        await settle()
        await log_of(world.store).delete_before(1)
        await waiting

    async def test_retention_does_not_wait_for_transactions(self, store: Store) -> None:
        await store.create(PARTITION, TOPIC_NAME, LogConfig(200))
        await write(store, 7, 0, b"a" * 150)
        await put(store, batch(b"b" * 150))
        assert await log_of(store).apply_retention(NOW_MS + 10, 5, -1) == 2
        assert await bounds(store) == Bounds(2, 2, 2, 2)
        assert (await producer(store)).transaction_start_offset == 0
        assert await end(store, 7, commit=False) == Appended(2, 2)
        assert await aborted(store, 2) == [AbortedRange(7, 0)]


class TestExpiry:
    async def test_a_producer_is_not_forgotten_while_its_transaction_is_open(self, world: World) -> None:
        await make(world.store)
        await write(world.store, 7, 0)
        world.clock.advance(3 * DAY_MS)
        assert await producer(world.store) == ActiveProducer(7, 0, 0, NOW_MS, -1, 0)
        assert await write(world.store, 7, 5) == OUT_OF_ORDER
        assert await write(world.store, 7, 1) == Appended(1, 0)
        world.clock.advance(3 * DAY_MS)
        await end(world.store, 7, commit=True)
        world.clock.advance(DAY_MS)
        assert await log_of(world.store).active_producers() == []

    async def test_a_log_made_anew_knows_no_transactions(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0)
        await end(store, 7, commit=False)
        await write(store, 7, 1)
        await store.delete(PARTITION)
        await make(store)
        assert await bounds(store) == Bounds(0, 0, 0, 0)
        await put(store, batch(b"a"))
        assert await committed(store) == [b"a"]
        assert await log_of(store).active_producers() == []

    async def test_reading_at_the_limit_of_memory_is_as_ever(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, b"x" * 1_000)
        await end(store, 7, commit=False)
        assert values(await get(store, 0, ENOUGH))[0] == b"x" * 1_000
        assert await committed(store) == []
