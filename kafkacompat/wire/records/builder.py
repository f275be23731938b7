"""Builds whole batches: the records of coordinators, and batches for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, Final

from kafkacompat.wire.records.batch import (
    CONTROL_BIT,
    CRC_START,
    HEADER_SIZE,
    LENGTH_PREFIX_SIZE,
    LOG_APPEND_TIME_BIT,
    MAGIC,
    NO_PRODUCER_ID,
    NO_SEQUENCE,
    TRANSACTIONAL_BIT,
)
from kafkacompat.wire.records.checksum import crc32c
from kafkacompat.wire.records.compression import compress
from kafkacompat.wire.records.record import Record, RecordHeader, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kafkacompat.wire.schema import Piece

_HEADER: Final = Struct(">qiibIhiqqqhii")
_CRC: Final = Struct(">I")
_CRC_POSITION: Final = 17

NO_TIMESTAMP: Final = -1
NO_LEADER_EPOCH: Final = -1


def seal(batch: bytearray | memoryview) -> None:
    """Set a batch's checksum after something that it covers has changed."""
    _CRC.pack_into(batch, _CRC_POSITION, crc32c(memoryview(batch)[CRC_START:]))


def build_batch(
    records: Iterable[Record],
    *,
    base_timestamp_ms: int,
    codec: int = 0,
    level: int | None = None,
    base_offset: int = 0,
    leader_epoch: int = NO_LEADER_EPOCH,
    producer_id: int = NO_PRODUCER_ID,
    producer_epoch: int = -1,
    base_sequence: int = NO_SEQUENCE,
    transactional: bool = False,
    control: bool = False,
    log_append_time: bool = False,
) -> bytes:
    """Build one batch of records that carry their own deltas, in order of offsets; ValueError if there are none.

    The maximum timestamp is the largest of the records' (of the batch, under `log_append_time`).
    """
    payload = bytearray()
    count, last_offset_delta, max_delta_ms = 0, 0, -(1 << 63)
    for record in records:
        encode(payload, record)
        count += 1
        last_offset_delta = record.offset_delta
        max_delta_ms = max(max_delta_ms, record.timestamp_delta_ms)
    if count == 0:
        raise ValueError("a batch has at least one record")
    attributes = (
        codec | TRANSACTIONAL_BIT * transactional | CONTROL_BIT * control | LOG_APPEND_TIME_BIT * log_append_time
    )
    body: Piece | bytearray = compress(codec, payload, level) if codec else payload
    batch = bytearray(HEADER_SIZE)
    batch += body
    _HEADER.pack_into(
        batch,
        0,
        base_offset,
        len(batch) - LENGTH_PREFIX_SIZE,
        leader_epoch,
        MAGIC,
        0,
        attributes,
        last_offset_delta,
        base_timestamp_ms,
        base_timestamp_ms + max_delta_ms,
        producer_id,
        producer_epoch,
        base_sequence,
        count,
    )
    seal(batch)
    return bytes(batch)


@dataclass(slots=True)
class BatchBuilder:
    """Collects records one by one, with consecutive offsets, and builds their batch."""

    base_timestamp_ms: int
    codec: int = 0
    producer_id: int = NO_PRODUCER_ID
    producer_epoch: int = -1
    base_sequence: int = NO_SEQUENCE
    transactional: bool = False
    records: list[Record] = field(default_factory=list)

    def append(
        self,
        key: bytes | None,
        value: bytes | None,
        *,
        timestamp_ms: int | None = None,
        headers: Sequence[RecordHeader] = (),
    ) -> int:
        """Add a record (at the base timestamp unless told otherwise) and return its offset delta."""
        delta = len(self.records)
        timestamp_delta_ms = 0 if timestamp_ms is None else timestamp_ms - self.base_timestamp_ms
        self.records.append(Record(delta, timestamp_delta_ms, key, value, headers))
        return delta

    def build(self) -> bytes:
        """Return the batch; ValueError if no record was added."""
        return build_batch(
            self.records,
            base_timestamp_ms=self.base_timestamp_ms,
            codec=self.codec,
            producer_id=self.producer_id,
            producer_epoch=self.producer_epoch,
            base_sequence=self.base_sequence,
            transactional=self.transactional,
        )
