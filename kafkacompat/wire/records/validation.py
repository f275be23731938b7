"""What Produce checks of the records of one partition, in Kafka's order (behaviour of Kafka 4.4).

Two steps, because a handler has checks of its own between them: `check_request` looks at how the bytes are cut into
batches, `check_append` at the batch itself.  Both are pure; the good path of both reads nothing but the header and the
bytes under the checksum.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import (
    CODEC_MASK,
    CONTROL_BIT,
    CRC_START,
    HEADER_SIZE,
    LENGTH_PREFIX_SIZE,
    LOG_APPEND_TIME_BIT,
    MAGIC,
    TRANSACTIONAL_BIT,
    BatchHeader,
    read_header,
)
from kafkacompat.wire.records.checksum import crc32c
from kafkacompat.wire.records.compression import Codec

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

FOREVER_MS: Final = (1 << 63) - 1
"""The timestamp bound that bounds nothing."""
FIRST_VERSION_WITH_ZSTD: Final = 7
_LENGTH_POSITION: Final = 8
_MAGIC_POSITION: Final = 16
_ATTRIBUTES_POSITION: Final = 21
_PRODUCER_EPOCH_POSITION: Final = 51
_LEAST_BATCH_LENGTH: Final = 14
"""Kafka compares with the smallest message of magic 0."""
_LARGEST_BATCH_LENGTH: Final = (1 << 31) - 1 - LENGTH_PREFIX_SIZE
"""Beyond it, a batch's size does not fit into Java's int."""
_LENGTH: Final = Struct(">i")
_MAGIC: Final = Struct(">b")
_ATTRIBUTES: Final = Struct(">h")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a topic asks of the batches appended to it."""

    max_message_bytes: int = 1_048_588
    segment_bytes: int = 1 << 30
    timestamp_before_max_ms: int = FOREVER_MS
    timestamp_after_max_ms: int = 3_600_000
    log_append_time: bool = False
    compacted: bool = False
    codec: int | None = None
    """The compression that the log keeps; None keeps the producer's."""
    level: int | None = None
    every_record: bool = False
    """Look at every record, whether or not the topic's other settings ask for it."""
    decompressed_bytes: int = 128 << 20
    """How large the records of one batch may be once decompressed."""


class RecordError(NamedTuple):
    """What is wrong with one record of a batch, by its index."""

    batch_index: int
    message: str


class Refusal(NamedTuple):
    """Why nothing was appended.

    `tells_log_start`: Kafka's answer carries the log start offset (refusals of the log itself; else -1).
    `whole_request`: Kafka answers every partition of the request so.
    """

    code: ErrorCode
    message: str | None = None
    record_errors: tuple[RecordError, ...] = ()
    tells_log_start: bool = False
    whole_request: bool = False


_INVALID_RECORD: Final = Refusal(ErrorCode.INVALID_RECORD)
_CORRUPT: Final = Refusal(ErrorCode.CORRUPT_MESSAGE)
_UNREADABLE: Final = Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, whole_request=True)
_ZSTD_TOO_NEW: Final = Refusal(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
_LOG_INVALID_RECORD: Final = Refusal(ErrorCode.INVALID_RECORD, tells_log_start=True)
_UNKNOWN_CODEC: Final = Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, tells_log_start=True)
_TOO_LARGE: Final = Refusal(ErrorCode.MESSAGE_TOO_LARGE)
_LARGER_THAN_SEGMENT: Final = Refusal(ErrorCode.RECORD_LIST_TOO_LARGE)


def check_request(records: Piece | None, api_version: int) -> BatchHeader | Refusal:
    """Check that a partition's records are one batch of magic 2, and read its header.

    A cut-off batch may follow, and is to be ignored: the batch ends after `header.size_bytes`.
    """
    if records is None:
        return _INVALID_RECORD
    size = len(records)
    if size < HEADER_SIZE:
        return _check_cut(records, api_version)
    header = read_header(records)
    if header.magic != MAGIC or header.batch_length + LENGTH_PREFIX_SIZE != size:
        return _check_cut(records, api_version)
    if api_version < FIRST_VERSION_WITH_ZSTD:
        return _check_codec(header.codec) or header
    return header


def check_first_batch(records: Piece | None) -> bool | Refusal:
    """Tell whether the first batch is transactional; refuse the request when it has no size or magic.

    Kafka 4.4 looks at these before it asks where a batch goes.
    """
    size = 0 if records is None else _next_batch_size(records, 0)
    if isinstance(size, Refusal):
        return size._replace(whole_request=True)
    if records is None or size < _PRODUCER_EPOCH_POSITION:
        return False
    attributes: int = _ATTRIBUTES.unpack_from(records, _ATTRIBUTES_POSITION)[0]
    return records[_MAGIC_POSITION] == MAGIC and bool(attributes & TRANSACTIONAL_BIT)


def _check_cut(records: Piece, api_version: int) -> BatchHeader | Refusal:
    """Check records that are not simply one whole batch."""
    size = _next_batch_size(records, 0)
    if isinstance(size, Refusal):
        return size._replace(whole_request=True)
    refusal = _check_first(records, size, api_version)
    if refusal is not None:
        return refusal
    second_size = _next_batch_size(records, size)
    if isinstance(second_size, Refusal):
        return second_size._replace(message=None)
    if second_size:
        return _INVALID_RECORD
    if size < _PRODUCER_EPOCH_POSITION:
        return _UNREADABLE
    return read_header(records) if size >= HEADER_SIZE else _CORRUPT


def _check_first(records: Piece, size: int, api_version: int) -> Refusal | None:
    """Check a first batch of `size` bytes (0: there is none), which may be shorter than a header."""
    if size == 0 or _MAGIC.unpack_from(records, _MAGIC_POSITION)[0] != MAGIC:
        return _INVALID_RECORD
    if api_version < FIRST_VERSION_WITH_ZSTD:
        return _check_codec(_ATTRIBUTES.unpack_from(records, _ATTRIBUTES_POSITION)[0] & CODEC_MASK)
    return None


def _check_codec(codec: int) -> Refusal | None:
    """Check the compression in versions that know no ZSTD."""
    if codec == Codec.ZSTD:
        return _ZSTD_TOO_NEW
    return _UNREADABLE if codec > Codec.ZSTD else None


def _next_batch_size(records: Piece, position: int) -> int | Refusal:
    """Return the size of the whole batch at `position`, 0 if what is there is cut off, or why it can be no batch."""
    remaining = len(records) - position
    if remaining < LENGTH_PREFIX_SIZE:
        return 0
    (length,) = _LENGTH.unpack_from(records, position + _LENGTH_POSITION)
    if length < _LEAST_BATCH_LENGTH:
        least = _LEAST_BATCH_LENGTH
        return _CORRUPT._replace(message=f"Record size {length} is less than the minimum record overhead ({least})")
    if remaining <= _MAGIC_POSITION:
        return 0
    (magic,) = _MAGIC.unpack_from(records, position + _MAGIC_POSITION)
    if not 0 <= magic <= MAGIC:
        return _CORRUPT._replace(message=f"Invalid magic found in record: {magic}")
    if length > _LARGEST_BATCH_LENGTH:
        return _UNREADABLE
    size = int(length) + LENGTH_PREFIX_SIZE
    return size if size <= remaining else 0


def check_header(batch: Piece, header: BatchHeader, limits: Limits) -> Refusal | None:
    """Check the one batch that `batch` begins with, as far as its header and its checksum tell."""
    base_offset, length, _, _, crc, attributes, last_delta, _, _, producer_id, _, sequence, count = header
    if base_offset != 0:
        return _LOG_INVALID_RECORD
    size = length + LENGTH_PREFIX_SIZE
    if size > limits.max_message_bytes:
        return _TOO_LARGE
    if crc32c(memoryview(batch)[CRC_START:size]) != crc:
        return _CORRUPT
    if attributes & CODEC_MASK > Codec.ZSTD:
        return _UNKNOWN_CODEC
    if count <= 0 or last_delta + 1 != count or attributes & CONTROL_BIT or producer_id >= 0 > sequence:
        return _LOG_INVALID_RECORD
    return None


def needs_records(header: BatchHeader, limits: Limits, now_ms: int) -> bool:
    """Tell whether `check_append` will have to look inside the batch: for a large one that takes a while."""
    if limits.compacted or limits.every_record or limits.codec not in (None, header.codec):
        return True
    if limits.log_append_time:
        return bool(header.attributes & LOG_APPEND_TIME_BIT)
    return (
        limits.timestamp_before_max_ms != FOREVER_MS
        or header.max_timestamp_ms - now_ms > limits.timestamp_after_max_ms
        or header.attributes & LOG_APPEND_TIME_BIT != 0
    )


def check_stored_size(size_bytes: int, limits: Limits) -> Refusal | None:
    """Check the size of a batch as it will be stored (recompression may have changed it)."""
    if size_bytes > limits.max_message_bytes:
        return _TOO_LARGE
    return _LARGER_THAN_SEGMENT if size_bytes > limits.segment_bytes else None
