"""Batches for the stores under test, and what came back of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.storage.store import Append, Isolation, LogConfig, PartitionKey, Read, ReadRequest
from kafkacompat.wire.pieces import joined
from kafkacompat.wire.records.batch import BatchHeader, read_header
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.record import Record, iterate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kafkacompat.storage.store import Appended, Duplicate, Fence, Refused, Store
    from kafkacompat.wire.pieces import OutgoingPiece
    from kafkacompat.wire.schema import Piece

TOPIC_NAME: Final = "orders"
TOPIC_ID: Final = bytes(range(16))
PARTITION: Final = PartitionKey(TOPIC_ID, 0)
OTHER: Final = PartitionKey(TOPIC_ID, 1)
MISSING: Final = PartitionKey(TOPIC_ID, 99)
NOW_MS: Final = 1_700_000_000_000
ENOUGH: Final = 1 << 20


def batch(
    *values: bytes,
    producer_id: int = -1,
    epoch: int = 0,
    sequence: int = 0,
    timestamps_ms: Sequence[int] = (),
    codec: int = 0,
    log_append_time: bool = False,
    transactional: bool = False,
) -> bytes:
    """Build a batch of values; timestamps are NOW_MS unless given."""
    stamps = timestamps_ms or [NOW_MS] * len(values)
    return build_batch(
        [
            Record(index, stamp - stamps[0], None, value)
            for index, (value, stamp) in enumerate(zip(values, stamps, strict=True))
        ],
        base_timestamp_ms=stamps[0],
        codec=codec,
        producer_id=producer_id,
        producer_epoch=epoch if producer_id >= 0 else -1,
        base_sequence=sequence if producer_id >= 0 else -1,
        log_append_time=log_append_time,
        transactional=transactional,
    )


def sequenced(producer_id: int, epoch: int, sequence: int, count: int = 1) -> bytes:
    """Build a batch of an idempotent producer."""
    return batch(*[b"v"] * count, producer_id=producer_id, epoch=epoch, sequence=sequence)


def to(partition: PartitionKey, data: Piece, leader_epoch: int = 0) -> Append:
    return Append(partition, data, read_header(data), leader_epoch)


async def put(
    store: Store, data: Piece, partition: PartitionKey = PARTITION, *, leader_epoch: int = 0, fence: Fence | None = None
) -> Appended | Duplicate | Refused:
    (outcome,) = await store.append([to(partition, data, leader_epoch)], fence)
    return outcome


async def fill(store: Store, count: int, size_bytes: int = 10) -> None:
    """Append batches of one record each, with their offset as the value."""
    await store.append([to(PARTITION, batch(str(index).encode().zfill(size_bytes))) for index in range(count)])


async def get(
    store: Store,
    offset: int,
    max_bytes: int = ENOUGH,
    partition: PartitionKey = PARTITION,
    isolation: Isolation = Isolation.READ_UNCOMMITTED,
) -> Read:
    """Read what must not be refused."""
    (answer,) = await store.read([ReadRequest(partition, offset, max_bytes, isolation)], max_bytes)
    assert isinstance(answer, Read), answer
    return answer


async def make(store: Store, *partitions: PartitionKey, segment_bytes: int = 1 << 30) -> None:
    for partition in partitions or (PARTITION,):
        await store.create(partition, TOPIC_NAME, LogConfig(segment_bytes))


def split(pieces: Iterable[OutgoingPiece]) -> list[bytes]:
    """Cut what was read into batches, which must be whole."""
    data = joined(pieces)
    batches: list[bytes] = []
    while data:
        size = read_header(data).size_bytes
        assert size <= len(data), "a batch is cut"
        batches.append(data[:size])
        data = data[size:]
    return batches


def headers(read: Read) -> list[BatchHeader]:
    return [read_header(data) for data in split(read.pieces)]


def base_offsets(read: Read) -> list[int]:
    return [header.base_offset for header in headers(read)]


def values(read: Read) -> list[bytes | None]:
    return [record.value for data in split(read.pieces) for record in iterate(data)]
