"""The 61-byte header of a record batch of magic 2, the only part of a batch that the broker reads by default.

Layout (Kafka's on-disk format): base offset int64, batch length int32, partition leader epoch int32, magic int8,
CRC-32C uint32 over everything after it, attributes int16, last offset delta int32, base timestamp int64, max timestamp
int64, producer id int64, producer epoch int16, base sequence int32, record count int32, then the records.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

HEADER_SIZE: Final = 61
LENGTH_PREFIX_SIZE: Final = 12
"""Base offset and batch length: the bytes that `batch_length` does not count."""
MAGIC: Final = 2
CRC_START: Final = 21
"""Where the checksummed part begins."""

CODEC_MASK: Final = 0x07
LOG_APPEND_TIME_BIT: Final = 0x08
TRANSACTIONAL_BIT: Final = 0x10
CONTROL_BIT: Final = 0x20
DELETE_HORIZON_BIT: Final = 0x40

NO_PRODUCER_ID: Final = -1
NO_SEQUENCE: Final = -1

_HEADER: Final = Struct(">qiibIhiqqqhii")
_BASE_OFFSET: Final = Struct(">q")
_LEADER_EPOCH: Final = Struct(">i")


class BatchHeader(NamedTuple):
    """The header's fields in wire order; timestamps in milliseconds."""

    base_offset: int
    batch_length: int
    leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    base_timestamp_ms: int
    max_timestamp_ms: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @property
    def size_bytes(self) -> int:
        """The whole batch, length prefix included."""
        return self.batch_length + LENGTH_PREFIX_SIZE

    @property
    def last_offset(self) -> int:
        """The offset after which the next batch begins, less one."""
        return self.base_offset + self.last_offset_delta

    @property
    def codec(self) -> int:
        """Compression: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5 to 7 mean nothing."""
        return self.attributes & CODEC_MASK

    @property
    def is_transactional(self) -> bool:
        """Whether the batch belongs to a transaction (or ends one)."""
        return bool(self.attributes & TRANSACTIONAL_BIT)

    @property
    def is_control(self) -> bool:
        """Whether the batch holds a marker instead of records."""
        return bool(self.attributes & CONTROL_BIT)


def read_header(data: Piece | bytearray, position: int = 0) -> BatchHeader:
    """Read the header of the batch at `position`; struct.error if fewer than 61 bytes remain. Checks nothing."""
    return BatchHeader._make(_HEADER.unpack_from(data, position))


def patch(batch: bytearray | memoryview, base_offset: int, leader_epoch: int) -> None:
    """Give a batch its place in the log; neither field is covered by the checksum."""
    _BASE_OFFSET.pack_into(batch, 0, base_offset)
    _LEADER_EPOCH.pack_into(batch, 12, leader_epoch)
