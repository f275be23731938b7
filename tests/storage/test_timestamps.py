"""Finding records by time, as ListOffsets asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkacompat.storage.segment import ActiveSegment
from kafkacompat.storage.store import Isolation, TimestampOffset
from kafkacompat.storage.timestamps import first_at_or_after, first_of_largest
from kafkacompat.wire.records.batch import HEADER_SIZE, read_header
from tests.storage.batches import NOW_MS, PARTITION, batch, make, put

if TYPE_CHECKING:
    from kafkacompat.storage.store import PartitionLog, Store

COMMITTED = Isolation.READ_COMMITTED
UNCOMMITTED = Isolation.READ_UNCOMMITTED


def at(*deltas_ms: int, codec: int = 0, log_append_time: bool = False) -> bytes:
    """Build a batch whose records have these timestamps, counted from NOW_MS."""
    stamps = [NOW_MS + delta for delta in deltas_ms]
    return batch(*[b"v"] * len(stamps), timestamps_ms=stamps, codec=codec, log_append_time=log_append_time)


async def log_of(store: Store, *batches: bytes, leader_epoch: int = 0) -> PartitionLog:
    await make(store)
    for data in batches:
        await put(store, data, leader_epoch=leader_epoch)
    log = store.log(PARTITION)
    assert log is not None
    return log


def found(offset: int, delta_ms: int, leader_epoch: int = 0) -> TimestampOffset:
    return TimestampOffset(offset, NOW_MS + delta_ms, leader_epoch)


class TestByTime:
    @pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
    async def test_it_is_the_record_not_the_batch(self, store: Store, codec: int) -> None:
        log = await log_of(store, at(0, 10, 20, codec=codec), at(15, 30, codec=codec))
        assert await log.find_timestamp(NOW_MS - 5, UNCOMMITTED) == found(0, 0)
        assert await log.find_timestamp(NOW_MS + 10, UNCOMMITTED) == found(1, 10)
        assert await log.find_timestamp(NOW_MS + 11, COMMITTED) == found(2, 20)
        assert await log.find_timestamp(NOW_MS + 21, UNCOMMITTED) == found(4, 30)

    async def test_none_is_late_enough(self, store: Store) -> None:
        log = await log_of(store, at(0, 10))
        assert await log.find_timestamp(NOW_MS + 11, UNCOMMITTED) is None

    async def test_an_empty_log_has_none(self, store: Store) -> None:
        log = await log_of(store)
        assert await log.find_timestamp(0, UNCOMMITTED) is None

    async def test_the_epoch_is_that_of_the_batch(self, store: Store) -> None:
        log = await log_of(store, at(0), leader_epoch=3)
        await put(store, at(10), leader_epoch=8)
        assert await log.find_timestamp(NOW_MS, UNCOMMITTED) == found(0, 0, 3)
        assert await log.find_timestamp(NOW_MS + 1, UNCOMMITTED) == found(1, 10, 8)

    async def test_records_before_the_log_start_do_not_count(self, store: Store) -> None:
        log = await log_of(store, at(0, 10, 10, 5), at(10, 3))
        await log.delete_before(2)
        assert await log.find_timestamp(NOW_MS, UNCOMMITTED) == found(2, 10)
        await log.delete_before(3)
        assert await log.find_timestamp(NOW_MS + 10, UNCOMMITTED) == found(4, 10)
        await log.delete_before(5)
        assert await log.find_timestamp(NOW_MS + 10, UNCOMMITTED) is None

    async def test_log_append_time_is_that_of_the_batch(self, store: Store) -> None:
        log = await log_of(store, at(0, 10, log_append_time=True))
        assert await log.find_timestamp(NOW_MS + 1, UNCOMMITTED) == found(0, 10)
        await log.delete_before(1)
        assert await log.find_timestamp(NOW_MS + 1, UNCOMMITTED) == found(1, 10)

    async def test_records_that_cannot_be_read_are_found_by_their_header(self, store: Store) -> None:
        broken = bytearray(at(0, 10))
        broken[HEADER_SIZE:] = b"\xff" * (len(broken) - HEADER_SIZE)
        log = await log_of(store, bytes(broken), at(20))
        assert await log.find_timestamp(NOW_MS + 5, UNCOMMITTED) == found(0, 10)
        assert await log.find_max_timestamp() == found(2, 20)


class TestLargest:
    async def test_the_first_of_several(self, store: Store) -> None:
        log = await log_of(store, at(0, 10, 10, 5), at(10, 3), at(9))
        assert await log.find_max_timestamp() == found(1, 10)

    async def test_it_need_not_be_at_the_end(self, store: Store) -> None:
        log = await log_of(store, at(0), at(5, 90, codec=4), at(50), leader_epoch=2)
        assert await log.find_max_timestamp() == found(2, 90, 2)

    async def test_an_empty_log_has_none(self, store: Store) -> None:
        log = await log_of(store)
        assert await log.find_max_timestamp() is None
        await put(store, at(0))
        await log.delete_before(-1)
        assert await log.find_max_timestamp() is None

    async def test_log_append_time_names_the_first_of_the_batch(self, store: Store) -> None:
        log = await log_of(store, at(0, 1, 2, log_append_time=True))
        assert await log.find_max_timestamp() == found(0, 2)

    async def test_records_before_the_log_start_do_not_count(self, store: Store) -> None:
        log = await log_of(store, at(0, 90, 20), at(15))
        await log.delete_before(2)
        assert await log.find_max_timestamp() == found(2, 20)
        await log.delete_before(3)
        assert await log.find_max_timestamp() == found(3, 15)


@given(
    batches=st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=5), max_size=12),
    start=st.integers(0, 20),
    asked=st.integers(0, 31),
    chunk=st.integers(1, 5),
)
@settings(max_examples=300, deadline=None)
def test_any_log_is_searched_as_a_list_would_be(batches: list[list[int]], start: int, asked: int, chunk: int) -> None:
    segment, end = ActiveSegment(0), 0
    for index, deltas in enumerate(batches):
        data = at(*deltas)
        segment.add(data, end, 0, read_header(data))
        end += len(deltas)
        if index % chunk == 0:
            segment.merge()
    records = [found(offset, delta) for offset, delta in enumerate(delta for deltas in batches for delta in deltas)]
    left = records[start:]
    late = [record for record in left if record.timestamp_ms >= NOW_MS + asked]
    assert first_at_or_after([segment], NOW_MS + asked, start, end) == (late[0] if late else None)
    largest = max(left, key=lambda record: record.timestamp_ms, default=None)
    assert first_of_largest([segment], start) == largest
