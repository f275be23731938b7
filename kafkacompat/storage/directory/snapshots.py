"""Producer snapshots (`%020d.snapshot`): the producers of a log as they are at an offset, in Kafka's format.

Version (int16) 1, CRC-32C (uint32) of what follows it, count (int32), then for each producer its id, epoch, last
sequence, last offset, how many offsets its last batch spans less one, that batch's timestamp, the epoch of the
coordinator that ended its last transaction (-1), and the first offset of its open transaction (-1).
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception's name
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.wire.records.checksum import crc32c

if TYPE_CHECKING:
    from collections.abc import Iterable

SNAPSHOT: Final = ".snapshot"
VERSION: Final = 1
_HEAD: Final = Struct(">hI")
_COUNT: Final = Struct(">i")
_ENTRY: Final = Struct(">qhiqiqiq")


class ProducerEntry(NamedTuple):
    """One producer and its last batch."""

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
