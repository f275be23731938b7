"""Producer snapshots (`%020d.snapshot`): the producers of a log as they are at an offset, in Kafka's format.

Version (int16) 1, CRC-32C (uint32) of what follows it, count (int32), then for each producer its id, epoch, last
sequence, last offset, how many offsets its last batch spans less one, that batch's timestamp, the epoch of the
coordinator that ended its last transaction (-1), and the first offset of its open transaction (-1).
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception's name
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.producers import NONE, SeenBatch
from kafkacompat.wire.records.checksum import crc32c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.storage.producers import ProducerState, ProducerTable

SNAPSHOT: Final = ".snapshot"
VERSION: Final = 1
_HEAD: Final = Struct(">hI")
_COUNT: Final = Struct(">i")
_ENTRY: Final = Struct(">qhiqiqiq")
_SEQUENCES: Final = 1 << 31


class ProducerEntry(NamedTuple):
    """One producer and its last batch; without one, its last sequence and offset are -1 (a marker came after it)."""

    producer_id: int
    producer_epoch: int
    last_sequence: int
    last_offset: int
    offset_delta: int
    timestamp_ms: int
    coordinator_epoch: int = -1
    transaction_first_offset: int = -1


def write_snapshot(entries: Iterable[ProducerEntry]) -> bytes:
    """Return the contents of a snapshot."""
    rows = [_ENTRY.pack(*entry) for entry in entries]
    body = _COUNT.pack(len(rows)) + b"".join(rows)
    return _HEAD.pack(VERSION, crc32c(body)) + body


def read_snapshot(data: bytes) -> list[ProducerEntry] | None:
    """Read a snapshot; None if it is not what was written, or of a version that this build does not know."""
    try:
        version, crc = _HEAD.unpack_from(data)
        body = data[_HEAD.size :]
        (count,) = _COUNT.unpack_from(body)
    except StructError:
        return None
    if version != VERSION or crc32c(body) != crc or len(body) != _COUNT.size + count * _ENTRY.size:
        return None
    return [ProducerEntry._make(row) for row in _ENTRY.iter_unpack(body[_COUNT.size :])]


def entry_of(producer_id: int, state: ProducerState) -> ProducerEntry:
    """Return what a snapshot keeps of a producer."""
    last = state.batches[-1] if state.batches else None
    return ProducerEntry(
        producer_id,
        state.epoch,
        NONE if last is None else last.last_sequence,
        NONE if last is None else last.base_offset + last.last_offset_delta,
        0 if last is None else last.last_offset_delta,
        state.last_timestamp_ms,
        state.coordinator_epoch,
        state.transaction_start,
    )


def restore(producers: ProducerTable, entry: ProducerEntry) -> None:
    """Have a table remember what a snapshot has kept."""
    last, delta = entry.last_sequence, entry.offset_delta
    batch = None
    if entry.last_offset >= 0:
        first = last if last < 0 else (last - delta) % _SEQUENCES
        batch = SeenBatch(first, last, entry.last_offset - delta, entry.timestamp_ms, delta)
    producers.restore(
        entry.producer_id,
        entry.producer_epoch,
        batch,
        entry.timestamp_ms,
        entry.coordinator_epoch,
        entry.transaction_first_offset,
    )
