"""From a producer's batch to the one that the log keeps: checked, and changed where the topic's settings ask for it."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import (
    CODEC_MASK,
    CONTROL_BIT,
    DELETE_HORIZON_BIT,
    LENGTH_PREFIX_SIZE,
    LOG_APPEND_TIME_BIT,
    NO_PRODUCER_ID,
    TRANSACTIONAL_BIT,
    BatchHeader,
    read_header,
)
from kafkacompat.wire.records.builder import build_batch, seal
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.record import DEFAULT_LIMIT_BYTES, decompressed_payload, iterate
from kafkacompat.wire.records.record_validation import check_records, refusal_of
from kafkacompat.wire.records.validation import Limits, Refusal, check_header, check_stored_size, needs_records

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

_ATTRIBUTES: Final = Struct(">h")
_ATTRIBUTES_POSITION: Final = 21
_MAX_TIMESTAMP: Final = Struct(">q")
_MAX_TIMESTAMP_POSITION: Final = 35
_NO_PRODUCER_EPOCH: Final = -1
_CANNOT_BE_REBUILT: Final = Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, tells_log_start=True)
_KEPT_ATTRIBUTES: Final = CODEC_MASK | TRANSACTIONAL_BIT | CONTROL_BIT | DELETE_HORIZON_BIT


class Accepted(NamedTuple):
    """The batch to append, and its header.

    `batch` is a view of what was received, unless the topic's settings changed it.  Under LogAppendTime the time that
    the producer is told is the header's maximum timestamp.
    """

    batch: Piece
    header: BatchHeader


def check_append(
    records: Piece, header: BatchHeader, limits: Limits, now_ms: int, partition: str
) -> Accepted | Refusal:
    """Check the batch that `records` begin with, whose header `check_request` has read, and make what the log keeps.

    `partition` is the name in messages, such as "orders-0".  Slow only where `needs_records` says so.
    """
    refusal = check_header(records, header, limits)
    if refusal is not None:
        return refusal
    size = header.batch_length + LENGTH_PREFIX_SIZE
    accepted = Accepted(records if size == len(records) else memoryview(records)[:size], header)
    if needs_records(header, limits, now_ms) or limits.log_append_time:
        changed = _check_and_change(accepted, limits, now_ms, partition)
        if isinstance(changed, Refusal):
            return changed
        accepted = changed
    return check_stored_size(accepted.header.batch_length + LENGTH_PREFIX_SIZE, limits) or accepted


def _check_and_change(accepted: Accepted, limits: Limits, now_ms: int, partition: str) -> Accepted | Refusal:
    batch, header = accepted
    max_timestamp_ms = header.max_timestamp_ms
    if needs_records(header, limits, now_ms):
        try:
            payload = decompressed_payload(batch, header, limits.decompressed_bytes)
        except CorruptRecordsError as error:
            return refusal_of(error)
        checked = check_records(payload, header, limits, now_ms, partition)
        if isinstance(checked, Refusal):
            return checked
        max_timestamp_ms = checked
    if limits.codec not in (None, header.codec):
        if _is_half_a_producers(header):
            return _CANNOT_BE_REBUILT
        batch = recompress(batch, limits.codec or 0, limits.level, limits.decompressed_bytes)
    if limits.log_append_time:
        max_timestamp_ms = now_ms
    return _stamped(batch, max_timestamp_ms, log_append_time=limits.log_append_time)


def _is_half_a_producers(header: BatchHeader) -> bool:
    """Tell whether a batch has a producer id without an epoch or a sequence: Kafka 4.4 fails when it rebuilds one."""
    has_id = header.producer_id != NO_PRODUCER_ID
    return has_id and (header.producer_epoch == _NO_PRODUCER_EPOCH or header.base_sequence < 0)


def _stamped(batch: Piece, max_timestamp_ms: int, *, log_append_time: bool) -> Accepted:
    """Give a batch its timestamp type and maximum timestamp, in a copy if either differs."""
    header = read_header(batch)
    if header.max_timestamp_ms == max_timestamp_ms and log_append_time == bool(header.attributes & LOG_APPEND_TIME_BIT):
        return Accepted(batch, header)
    copy = bytearray(batch)
    _stamp(copy, max_timestamp_ms, log_append_time=log_append_time)
    return Accepted(memoryview(copy), read_header(copy))


def stamp_log_append_time(batch: bytearray, now_ms: int) -> None:
    """Make `now_ms` the timestamp of all records of a batch, in place."""
    _stamp(batch, now_ms, log_append_time=True)


def _stamp(batch: bytearray, max_timestamp_ms: int, *, log_append_time: bool) -> None:
    # As in Kafka, attributes without a meaning do not survive it.
    attributes = read_header(batch).attributes & _KEPT_ATTRIBUTES | LOG_APPEND_TIME_BIT * log_append_time
    _ATTRIBUTES.pack_into(batch, _ATTRIBUTES_POSITION, attributes)
    _MAX_TIMESTAMP.pack_into(batch, _MAX_TIMESTAMP_POSITION, max_timestamp_ms)
    seal(batch)


def recompress(
    batch: Piece | bytearray, codec: int, level: int | None = None, limit_bytes: int = DEFAULT_LIMIT_BYTES
) -> bytes:
    """Rebuild a whole batch under another compression, offsets consecutive, timestamps counted from the first record's.

    CorruptRecordsError as `record.iterate`.
    """
    header = read_header(batch)
    records = list(iterate(batch, limit_bytes))
    stamped = bool(header.attributes & LOG_APPEND_TIME_BIT)
    first_delta_ms = records[0].timestamp_delta_ms if records else 0
    return build_batch(
        (
            record._replace(
                offset_delta=index,
                timestamp_delta_ms=0 if stamped else record.timestamp_delta_ms - first_delta_ms,
            )
            for index, record in enumerate(records)
        ),
        base_timestamp_ms=header.max_timestamp_ms if stamped else header.base_timestamp_ms + first_delta_ms,
        codec=codec,
        level=level,
        base_offset=header.base_offset,
        leader_epoch=header.leader_epoch,
        producer_id=header.producer_id,
        producer_epoch=header.producer_epoch,
        base_sequence=header.base_sequence,
        transactional=header.is_transactional,
        control=header.is_control,
    )
