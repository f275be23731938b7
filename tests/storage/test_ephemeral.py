"""What only the engine in memory promises: it answers at once, wakes only for a reason, and stays small."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.memory import Memory
from kafkacompat.storage.producers import MAX_PRODUCERS, PRODUCER_BYTES, ProducerTable
from kafkacompat.storage.segment import CHUNK_BYTES, LARGE_BATCH_BYTES, MAX_LOOSE_CHUNKS, ActiveSegment
from kafkacompat.storage.store import Isolation, LogConfig, PartitionKey, Watch
from kafkacompat.wire.records.batch import read_header
from tests.storage.batches import (
    ENOUGH,
    PARTITION,
    TOPIC_ID,
    base_offsets,
    batch,
    fill,
    get,
    make,
    put,
    sequenced,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


@pytest.fixture
def store() -> EphemeralStore:
    return EphemeralStore(ManualClock(), ManualClock())


def at_once(call: Coroutine[Any, Any, T]) -> T:
    """Run a call that must finish without suspending; there is no event loop here."""
    try:
        call.send(None)
    except StopIteration as finished:
        answer: T = finished.value
        return answer
    call.close()
    raise AssertionError("it suspended")


def test_calls_finish_without_suspending(store: EphemeralStore) -> None:
    at_once(make(store))
    fence = at_once(store.own(PARTITION))
    at_once(put(store, batch(b"a"), fence=fence))
    assert base_offsets(at_once(get(store, 0))) == [0]
    log = store.log(PARTITION)
    assert log is not None
    assert at_once(log.find_timestamp(0, Isolation.READ_COMMITTED)) is not None
    at_once(log.delete_before(-1))
    at_once(store.configure(PARTITION, LogConfig(segment_bytes=10)))
    at_once(store.delete(PARTITION))
    at_once(store.close())


async def test_a_wait_ends_only_for_a_reason(store: EphemeralStore) -> None:
    other = PartitionKey(TOPIC_ID, 5)
    await make(store, PARTITION, other)
    waiting = asyncio.create_task(store.wait([Watch(PARTITION, 0, Isolation.READ_UNCOMMITTED)], 1 << 60))
    for _ in range(3):
        await put(store, batch(b"a"), other)
        await asyncio.sleep(0)
    assert not waiting.done()
    await put(store, batch(b"a"))
    await waiting


async def test_many_small_batches_are_few_pieces(store: EphemeralStore) -> None:
    await make(store)
    await fill(store, 10_100)
    read = await get(store, 0)
    assert len(read.pieces) <= read.size_bytes // CHUNK_BYTES + 2
    tail = await get(store, 10_090)
    assert base_offsets(tail) == list(range(10_090, 10_100))


async def test_reading_as_it_grows_leaves_few_pieces_too(store: EphemeralStore) -> None:
    await make(store)
    for index in range(3_000):
        await put(store, batch(b"%04d" % index))
        if index % 20 == 0:
            await get(store, 0)
    read = await get(store, 0)
    assert base_offsets(read) == list(range(3_000))
    assert len(read.pieces) < 20


async def test_large_batches_stand_alone_and_small_ones_gather_between_them(store: EphemeralStore) -> None:
    await make(store)
    for _ in range(3):
        await fill(store, 20)
        await put(store, batch(bytes(LARGE_BATCH_BYTES)))
    read = await get(store, 0)
    assert base_offsets(read) == list(range(63))
    assert len(read.pieces) == 6


async def test_reading_copies_nothing(store: EphemeralStore) -> None:
    await make(store)
    await put(store, batch(bytes(100_000)))
    (first,), (second,) = (await get(store, 0)).pieces, (await get(store, 0)).pieces
    assert first is second


def test_an_empty_log_is_small(store: EphemeralStore) -> None:
    partitions = [PartitionKey(TOPIC_ID, index) for index in range(1_000)]
    tracemalloc.start()
    for partition in partitions:
        at_once(store.create(partition, "orders", LogConfig()))
    taken_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken_bytes / len(partitions) < 1_500


def test_batches_that_wait_to_be_merged_are_bounded(store: EphemeralStore) -> None:
    at_once(make(store))
    at_once(fill(store, MAX_LOOSE_CHUNKS - 1, size_bytes=1))
    log = store.log(PARTITION)
    assert log is not None
    assert isinstance(log._active, ActiveSegment)
    assert log._active.loose_from(0) == MAX_LOOSE_CHUNKS - 1
    at_once(put(store, batch(b"a")))
    assert log._active.loose_from(0) == 0


def test_no_limit_on_segments(store: EphemeralStore) -> None:
    at_once(make(store, segment_bytes=-1))
    at_once(fill(store, 300))
    assert base_offsets(at_once(get(store, 0, ENOUGH))) == list(range(300))


class TestProducerTable:
    def test_the_expired_are_forgotten_as_it_grows(self) -> None:
        clock, memory = ManualClock(), Memory(1 << 30)
        table = ProducerTable(clock, 1_000, memory)
        for producer_id in range(900):
            table.record(read_header(sequenced(producer_id, 0, 0)), producer_id)
        clock.advance(1_000)
        for producer_id in range(900, 1_100):
            table.record(read_header(sequenced(producer_id, 0, 0)), producer_id)
        assert len(table) == 200
        assert memory.used_bytes == 200 * PRODUCER_BYTES
        table.release()
        assert memory.used_bytes == 0

    def test_at_its_maximum_the_longest_idle_give_way(self) -> None:
        clock, memory = ManualClock(), Memory(1 << 30)
        table = ProducerTable(clock, 1 << 60, memory)
        header = read_header(sequenced(0, 0, 0))
        for producer_id in range(MAX_PRODUCERS + 1):
            table.record(header._replace(producer_id=producer_id), 0)
            if producer_id == 10:
                clock.advance(1)
        assert MAX_PRODUCERS // 2 < len(table) < MAX_PRODUCERS
        assert table.check(header._replace(producer_id=10, base_sequence=7)) is None
        assert table.check(header._replace(producer_id=MAX_PRODUCERS, base_sequence=7)) is not None
