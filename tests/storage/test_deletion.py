"""DeleteRecords, and the memory that it and deleting logs give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import Appended, Bounds, Isolation, ReadRequest, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import (
    ENOUGH,
    OTHER,
    PARTITION,
    base_offsets,
    batch,
    fill,
    get,
    make,
    put,
    sequenced,
    to,
    values,
)
from tests.storage.conftest import MEMORY_LIMIT_BYTES

if TYPE_CHECKING:
    from kafkacompat.storage.store import PartitionLog, Store
    from tests.storage.conftest import World

OUT_OF_RANGE = Refused(ErrorCode.OFFSET_OUT_OF_RANGE)
FULL = Refused(ErrorCode.KAFKA_STORAGE_ERROR)
LARGE = batch(bytes(100_000))


def used_bytes(world: World) -> int:
    assert isinstance(world.engine, EphemeralStore)
    return world.engine.used_bytes


def log_in(store: Store) -> PartitionLog:
    log = store.log(PARTITION)
    assert log is not None
    return log


class TestDeleteBefore:
    async def test_the_log_starts_there(self, store: Store) -> None:
        await make(store)
        await fill(store, 5)
        assert await log_in(store).delete_before(3) == 3
        assert await log_in(store).bounds() == Bounds(3, 5, 5, 5)
        assert base_offsets(await get(store, 3)) == [3, 4]
        below = await store.read([ReadRequest(PARTITION, 2, ENOUGH, Isolation.READ_UNCOMMITTED)], ENOUGH)
        assert below == [OUT_OF_RANGE]
        assert await put(store, batch(b"a")) == Appended(5, 3)

    async def test_minus_one_is_the_high_watermark(self, store: Store) -> None:
        await make(store)
        await fill(store, 5)
        assert await log_in(store).delete_before(-1) == 5
        assert (await get(store, 5)).pieces == []
        await put(store, batch(b"a"))
        assert values(await get(store, 5)) == [b"a"]

    async def test_it_never_goes_back(self, store: Store) -> None:
        await make(store)
        await fill(store, 5)
        await log_in(store).delete_before(3)
        assert await log_in(store).delete_before(1) == 3

    @pytest.mark.parametrize("offset", [6, -2])
    async def test_outside_the_log_is_refused(self, store: Store, offset: int) -> None:
        await make(store)
        await fill(store, 5)
        assert await log_in(store).delete_before(offset) == OUT_OF_RANGE
        assert await log_in(store).bounds() == Bounds(0, 5, 5, 5)

    async def test_inside_a_batch_the_batch_stays_whole(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a", b"b", b"c"))
        await log_in(store).delete_before(2)
        assert values(await get(store, 2)) == [b"a", b"b", b"c"]

    @pytest.mark.parametrize("segment_bytes", [1 << 30, 500, 100])
    async def test_what_is_left_is_readable_from_any_start(self, store: Store, segment_bytes: int) -> None:
        await make(store, segment_bytes=segment_bytes)
        await fill(store, 60)
        for start in (1, 2, 7, 8, 30, 59, 60):
            await log_in(store).delete_before(start)
            assert base_offsets(await get(store, start)) == list(range(start, 60))
        assert await put(store, batch(b"a")) == Appended(60, 60)


@pytest.mark.parametrize("world", ["ephemeral", "awkward"], indirect=True)
class TestMemory:
    async def test_beyond_the_maximum_appends_are_refused(self, world: World) -> None:
        await make(world.store, PARTITION, OTHER)
        count = MEMORY_LIMIT_BYTES // len(LARGE)
        outcomes = [await put(world.store, LARGE) for _ in range(count + 2)]
        assert outcomes == [*(Appended(offset, 0) for offset in range(count)), FULL, FULL]
        assert await put(world.store, LARGE, OTHER) == FULL
        assert used_bytes(world) == count * len(LARGE)
        assert (await get(world.store, 0, 100 * ENOUGH)).high_watermark == count

    async def test_a_smaller_batch_may_still_fit(self, world: World) -> None:
        await make(world.store)
        while isinstance(await put(world.store, LARGE), Appended):
            pass
        assert isinstance(await put(world.store, batch(b"a")), Appended)

    async def test_a_full_engine_still_knows_duplicates(self, world: World) -> None:
        await make(world.store)
        await put(world.store, sequenced(7, 0, 0))
        while isinstance(await put(world.store, LARGE), Appended):
            pass
        room = MEMORY_LIMIT_BYTES - used_bytes(world)
        await put(world.store, batch(bytes(room - 80)))
        assert await put(world.store, sequenced(7, 0, 1, count=20)) == FULL
        assert type(await put(world.store, sequenced(7, 0, 0))).__name__ == "Duplicate"

    @pytest.mark.parametrize("segment_bytes", [1 << 30, 300_000, 1])
    async def test_deleting_records_makes_room(self, world: World, segment_bytes: int) -> None:
        await make(world.store, segment_bytes=segment_bytes)
        for _ in range(10):
            await put(world.store, LARGE)
        await log_in(world.store).delete_before(4)
        assert used_bytes(world) == 6 * len(LARGE)
        await log_in(world.store).delete_before(-1)
        assert used_bytes(world) == 0

    @pytest.mark.parametrize("segment_bytes", [1 << 30, 300_000, 1])
    async def test_a_log_cut_short_gives_back_what_is_left(self, world: World, segment_bytes: int) -> None:
        await make(world.store, segment_bytes=segment_bytes)
        for _ in range(10):
            await put(world.store, LARGE)
        await log_in(world.store).delete_before(5)
        await world.store.delete(PARTITION)
        assert used_bytes(world) == 0

    async def test_deleting_a_log_makes_room(self, world: World) -> None:
        await make(world.store, segment_bytes=250_000)
        await store_some(world.store)
        assert used_bytes(world) > 5 * len(LARGE)
        await world.store.delete(PARTITION)
        assert used_bytes(world) == 0


async def test_what_a_reader_holds_stays_as_it_was(store: Store) -> None:
    await make(store)
    await fill(store, 40)
    held = await get(store, 0)
    await log_in(store).delete_before(-1)
    await fill(store, 40)
    await store.delete(PARTITION)
    assert base_offsets(held) == list(range(40))


async def store_some(store: Store) -> None:
    await store.append([to(PARTITION, LARGE) for _ in range(5)])
    await put(store, sequenced(7, 0, 0))
    await put(store, sequenced(8, 0, 0))
