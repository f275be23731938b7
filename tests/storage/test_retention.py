"""Retention by age and by size: whole segments from the first on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import ActiveProducer, Appended, Bounds, Isolation, LogConfig, TimestampOffset
from tests.storage.batches import NOW_MS, PARTITION, base_offsets, batch, get, put, sequenced

if TYPE_CHECKING:
    from kafkacompat.storage.store import PartitionLog, Store
    from tests.storage.conftest import World

SIZE = len(batch(b"v"))
FOREVER = -1


async def log_with(store: Store, *timestamps_ms: int, batches_in_a_segment: int = 1) -> PartitionLog:
    """Make a log with one batch of one record for each timestamp."""
    await store.create(PARTITION, "orders", LogConfig(segment_bytes=SIZE * batches_in_a_segment))
    for timestamp_ms in timestamps_ms:
        await put(store, batch(b"v", timestamps_ms=[timestamp_ms]))
    log = store.log(PARTITION)
    assert log is not None
    return log


async def test_what_is_too_old_goes(store: Store) -> None:
    log = await log_with(store, NOW_MS - 30, NOW_MS - 20, NOW_MS - 10)
    assert await log.apply_retention(NOW_MS, 20, FOREVER) == 1
    assert await log.bounds() == Bounds(1, 3, 3, 3)
    assert base_offsets(await get(store, 1)) == [1, 2]
    assert await log.size_bytes() == 2 * SIZE


async def test_the_newest_record_of_a_segment_counts_and_segments_go_in_order(store: Store) -> None:
    log = await log_with(store, NOW_MS - 90, NOW_MS, NOW_MS - 90, NOW_MS - 90, batches_in_a_segment=2)
    assert await log.apply_retention(NOW_MS, 20, FOREVER) == 0
    assert await log.apply_retention(NOW_MS + 50, 20, FOREVER) == 4


async def test_the_last_segment_goes_too_and_the_log_goes_on(store: Store) -> None:
    log = await log_with(store, NOW_MS - 30, NOW_MS - 30)
    assert await log.apply_retention(NOW_MS, 10, FOREVER) == 2
    assert await log.bounds() == Bounds(2, 2, 2, 2)
    assert await log.size_bytes() == 0
    assert await log.apply_retention(NOW_MS, 10, 0) == 2
    assert await put(store, batch(b"w")) == Appended(2, 2)


async def test_what_is_too_much_goes_but_never_below_the_limit(store: Store) -> None:
    log = await log_with(store, *[NOW_MS] * 5)
    assert await log.apply_retention(NOW_MS, FOREVER, 3 * SIZE - 1) == 2
    assert await log.apply_retention(NOW_MS, FOREVER, 2 * SIZE + 1) == 2
    assert await log.apply_retention(NOW_MS, FOREVER, 0) == 5


async def test_records_without_timestamps_are_as_old_as_their_segments_last_write(world: World) -> None:
    store, clock = world.store, world.clock
    log = await log_with(store, -1, -1, batches_in_a_segment=2)
    clock.advance(20)
    await put(store, batch(b"v", timestamps_ms=[-1]))
    clock.advance(20)
    await put(store, batch(b"v", timestamps_ms=[-1]))
    now_ms = clock.now_ms()
    assert await log.apply_retention(now_ms, 40, FOREVER) == 0
    assert await log.apply_retention(now_ms, 39, FOREVER) == 2
    assert await log.apply_retention(now_ms, 0, FOREVER) == 2
    assert base_offsets(await get(store, 2)) == [2, 3]
    assert await log.apply_retention(now_ms + 1, 0, FOREVER) == 4
    assert await log.apply_retention(now_ms + 1000, 0, FOREVER) == 4


async def test_where_some_records_have_timestamps_those_count(store: Store) -> None:
    log = await log_with(store, NOW_MS - 30, -1, -1, NOW_MS, batches_in_a_segment=2)
    assert await log.apply_retention(NOW_MS, 10, FOREVER) == 2
    assert await log.find_timestamp(0, Isolation.READ_UNCOMMITTED) == TimestampOffset(3, NOW_MS, 0)
    assert base_offsets(await get(store, 2)) == [2, 3]


async def test_without_limits_nothing_goes(store: Store) -> None:
    log = await log_with(store, 0, 0)
    assert await log.apply_retention(NOW_MS, FOREVER, FOREVER) == 0


async def test_age_goes_first_then_size(store: Store) -> None:
    log = await log_with(store, NOW_MS - 30, NOW_MS, NOW_MS - 30, NOW_MS)
    # The third is too old as well, but stands behind one that is not.
    assert await log.apply_retention(NOW_MS, 10, 3 * SIZE) == 1


async def test_producers_are_shown_with_their_last_batch_until_they_expire(world: World) -> None:
    store = world.store
    log = await log_with(store)
    assert await log.active_producers() == []
    for data in (sequenced(7, 1, 0, 3), sequenced(5, 0, 0), sequenced(7, 1, 3, 2)):
        await put(store, data)
    assert await log.active_producers() == [ActiveProducer(5, 0, 0, NOW_MS), ActiveProducer(7, 1, 4, NOW_MS)]
    world.clock.advance(86_400_000)
    assert await log.active_producers() == []
