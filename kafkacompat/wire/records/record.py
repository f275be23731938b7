"""The records inside a batch of magic 2 (Kafka's message format).

A record is: length varint, attributes int8 (unused), timestamp delta varlong, offset delta varint, key and value as
varint length (-1: null) and bytes, count of headers varint, and for each header a key and a nullable value with varint
lengths.  Any negative length of a nullable part reads as null, as Kafka does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.wire.records.batch import HEADER_SIZE, MAGIC, BatchHeader, read_header
from kafkacompat.wire.records.compression import decompress
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.varints import read_varint, write_varint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kafkacompat.wire.schema import Piece

DEFAULT_LIMIT_BYTES: Final = 128 << 20
"""How large one batch's records may be once decompressed, unless a caller knows better."""
_LEAST_HEADER_SIZE: Final = 2
_LONG: Final = 64

RecordHeader = tuple[bytes, bytes | None]
"""A header's key (UTF-8) and its value."""


class Record(NamedTuple):
    """One record; deltas count from the batch's base offset and base timestamp."""

    offset_delta: int = 0
    timestamp_delta_ms: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[RecordHeader] = ()


class RecordSpan(NamedTuple):
    """Where one record's parts lie in its payload: what checks need, without building the parts.

    A negative length means null.  `headers_start` is where the count of headers is written.
    """

    timestamp_delta_ms: int
    offset_delta: int
    key_start: int
    key_length: int
    value_start: int
    value_length: int
    headers_start: int
    end: int


def iterate(batch: Piece | bytearray, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Iterator[Record]:
    """Decode the records of one whole batch, in order; CorruptRecordsError at the first that breaks the format.

    The payload is decompressed (to at most `limit_bytes`) when the first record is asked for.  The checksum is not
    looked at: `validation` or the log has done that.
    """
    header = whole_batch_header(batch)
    payload = decompressed_payload(batch, header, limit_bytes)
    for span in spans(payload, header.record_count):
        key_start, key_length, value_start, value_length = span[2:6]
        yield Record(
            span.offset_delta,
            span.timestamp_delta_ms,
            None if key_length < 0 else payload[key_start : key_start + key_length],
            None if value_length < 0 else payload[value_start : value_start + value_length],
            _read_headers(payload, span.headers_start),
        )


def whole_batch_header(batch: Piece | bytearray) -> BatchHeader:
    """Read the header of bytes that must be exactly one batch of magic 2."""
    if len(batch) < HEADER_SIZE:
        raise CorruptRecordsError(f"a batch of {len(batch)} bytes")
    header = read_header(batch)
    if header.magic != MAGIC:
        raise CorruptRecordsError(f"a batch of magic {header.magic}")
    if header.size_bytes != len(batch):
        raise CorruptRecordsError(f"a batch that says {header.size_bytes} bytes and has {len(batch)}")
    return header


def decompressed_payload(
    batch: Piece | bytearray, header: BatchHeader, limit_bytes: int = DEFAULT_LIMIT_BYTES
) -> bytes:
    """Return what follows the header of a whole batch, decompressed."""
    return decompress(header.codec, memoryview(batch)[HEADER_SIZE:], limit_bytes)


def spans(payload: bytes, record_count: int) -> Iterator[RecordSpan]:
    """Step over the records of a decompressed payload, checking all lengths.

    CorruptRecordsError when a record breaks the format, the payload ends early, or bytes are left after the last.
    """
    position = 0
    for _ in range(record_count):
        try:
            span = _read_span(payload, position)
        except IndexError as error:
            raise CorruptRecordsError("a record is cut off") from error
        yield span
        position = span.end
    if position != len(payload):
        raise CorruptRecordsError(f"{len(payload) - position} bytes after the last record")


def _read_span(payload: bytes, position: int) -> RecordSpan:
    length, position = read_varint(payload, position)
    end = position + length
    if length < 0 or end > len(payload):
        raise CorruptRecordsError(f"a record of {length} bytes where {len(payload) - position} remain")
    timestamp_delta_ms, position = read_varint(payload, position + 1, _LONG)
    offset_delta, position = read_varint(payload, position)
    key_length, key_start = _read_length(payload, position, end)
    value_length, value_start = _read_length(payload, key_start + max(key_length, 0), end)
    headers_start = value_start + max(value_length, 0)
    if _skip_headers(payload, headers_start, end) != end:
        raise CorruptRecordsError("a record's parts do not fill it")
    return RecordSpan(
        timestamp_delta_ms, offset_delta, key_start, key_length, value_start, value_length, headers_start, end
    )


def _read_length(payload: bytes, position: int, end: int) -> tuple[int, int]:
    """Read the length of a nullable part, which must fit before `end`."""
    length, position = read_varint(payload, position)
    if length > end - position:
        raise CorruptRecordsError(f"a part of {length} bytes where {end - position} remain")
    return length, position


def _skip_headers(payload: bytes, position: int, end: int) -> int:
    """Check a record's headers and return the position after them."""
    count, position = read_varint(payload, position)
    if count == 0:
        return position
    if count < 0 or count * _LEAST_HEADER_SIZE > end - position:
        raise CorruptRecordsError(f"{count} headers where {end - position} bytes remain")
    for _ in range(count):
        length, position = _read_length(payload, position, end)
        if length < 0:
            raise CorruptRecordsError("a header without a key")
        length, position = _read_length(payload, position + length, end)
        position += max(length, 0)
    return position


def _read_headers(payload: bytes, position: int) -> tuple[RecordHeader, ...]:
    """Decode headers that `_skip_headers` has checked."""
    count, position = read_varint(payload, position)
    if count == 0:
        return ()
    headers: list[RecordHeader] = []
    for _ in range(count):
        length, position = read_varint(payload, position)
        key = payload[position : position + length]
        length, position = read_varint(payload, position + length)
        headers.append((key, None if length < 0 else payload[position : position + length]))
        position += max(length, 0)
    return tuple(headers)


def encode(out: bytearray, record: Record) -> None:
    """Append one record to a payload."""
    body = bytearray(1)
    write_varint(body, record.timestamp_delta_ms)
    write_varint(body, record.offset_delta)
    _write_part(body, record.key)
    _write_part(body, record.value)
    write_varint(body, len(record.headers))
    for key, value in record.headers:
        _write_part(body, key)
        _write_part(body, value)
    write_varint(out, len(body))
    out += body


def _write_part(out: bytearray, part: bytes | None) -> None:
    if part is None:
        out.append(1)  # -1, zigzag
    else:
        write_varint(out, len(part))
        out += part
