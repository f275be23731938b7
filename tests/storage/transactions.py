"""Transactions in the stores under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import Append, Appended, Isolation, Marker
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.control import build_end_transaction_batch
from kafkacompat.wire.records.record import iterate
from tests.storage.batches import ENOUGH, NOW_MS, PARTITION, batch, get, split

if TYPE_CHECKING:
    from kafkacompat.storage.store import (
        AbortedRange,
        ActiveProducer,
        Bounds,
        Duplicate,
        PartitionKey,
        PartitionLog,
        Refused,
        Store,
    )


def log_of(store: Store, partition: PartitionKey = PARTITION) -> PartitionLog:
    log = store.log(partition)
    assert log is not None
    return log


def transactional(producer_id: int, epoch: int, sequence: int, *values: bytes) -> bytes:
    return batch(*values or (b"v",), producer_id=producer_id, epoch=epoch, sequence=sequence, transactional=True)


async def write(
    store: Store,
    producer_id: int,
    sequence: int,
    *values: bytes,
    epoch: int = 0,
    partition: PartitionKey = PARTITION,
    from_zero: bool = False,
) -> Appended | Duplicate | Refused:
    """Append in a transaction, as one does whose coordinator says yes to everything."""
    guard = await log_of(store, partition).transaction_guard(producer_id, epoch, sequence)
    data = transactional(producer_id, epoch, sequence, *values)
    (outcome,) = await store.append([Append(partition, data, read_header(data), 0, guard, from_zero=from_zero)])
    return outcome


async def append_guarded(
    store: Store, data: bytes, guard: int | None, *, from_zero: bool = False
) -> Appended | Duplicate | Refused:
    (outcome,) = await store.append([Append(PARTITION, data, read_header(data), 0, guard, from_zero=from_zero)])
    return outcome


def ending(marker: Marker, partition: PartitionKey = PARTITION) -> Append:
    data = build_end_transaction_batch(
        commit=marker.commit,
        timestamp_ms=NOW_MS,
        producer_id=marker.producer_id,
        producer_epoch=marker.producer_epoch,
        coordinator_epoch=marker.coordinator_epoch,
    )
    return Append(partition, data, read_header(data), 0, marker=marker)


async def end(
    store: Store,
    producer_id: int,
    *,
    commit: bool,
    epoch: int = 0,
    coordinator_epoch: int = 0,
    version: int = 0,
    partition: PartitionKey = PARTITION,
) -> Appended | Duplicate | Refused:
    marker = Marker(producer_id, epoch, coordinator_epoch, commit, version)
    (outcome,) = await store.append([ending(marker, partition)])
    return outcome


async def bounds(store: Store, partition: PartitionKey = PARTITION) -> Bounds:
    return await log_of(store, partition).bounds()


async def stable_offset(store: Store) -> int:
    return (await bounds(store)).last_stable_offset


async def aborted(store: Store, offset: int, max_bytes: int = ENOUGH) -> list[AbortedRange] | None:
    return (await get(store, offset, max_bytes, isolation=Isolation.READ_COMMITTED)).aborted


async def producer(store: Store, producer_id: int = 7) -> ActiveProducer:
    (found,) = [one for one in await log_of(store).active_producers() if one.producer_id == producer_id]
    return found


async def committed(store: Store, offset: int = 0, max_bytes: int = ENOUGH) -> list[bytes | None]:
    """Read all that a consumer of committed records hands out, as consumers do: by the aborted ranges of each read."""
    found: list[bytes | None] = []
    while True:
        read = await get(store, offset, max_bytes, isolation=Isolation.READ_COMMITTED)
        assert read.aborted is not None
        assert read.aborted == sorted(read.aborted, key=lambda one: one.first_offset)
        waiting = list(read.aborted)
        aborting: set[int] = set()
        start = offset
        for data in split(read.pieces):
            header = read_header(data)
            offset = header.last_offset + 1
            while waiting and waiting[0].first_offset <= header.last_offset:
                aborting.add(waiting.pop(0).producer_id)
            if header.is_control:
                aborting.discard(header.producer_id)
            elif not (header.is_transactional and header.producer_id in aborting):
                found += [record.value for record in iterate(data) if header.base_offset + record.offset_delta >= start]
        assert not waiting, "aborted ranges that begin after what was read"
        if offset == start:
            assert offset == max(read.last_stable_offset, start)
            return found
