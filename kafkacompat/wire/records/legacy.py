"""Messages of magic 0 and 1, which clients before Kafka 0.11 send and read (KIP-32 brought magic 1).

Layout: offset int64, size int32 of what follows, CRC-32 uint32 over everything after it, magic int8, attributes int8,
timestamp int64 (magic 1), key and value as int32 length (negative: null) and bytes.  A run of messages is a *message
set*; it has no header of its own, and a message cut off at its end counts for nothing.  Compressed messages travel as
a set inside the value of a *wrapper*, whose offset is that of its last message; the offsets inside are absolute with
magic 0, and count from the first message with magic 1.
"""

from __future__ import annotations

import zlib
from itertools import islice
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import CODEC_MASK, LOG_APPEND_TIME_BIT
from kafkacompat.wire.records.compression import Codec, compress, decompress
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.legacy_lz4 import with_former_checksum, with_right_checksum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.wire.schema import Piece

NO_TIMESTAMP_MS: Final = -1
FIRST_MAGIC_WITH_TIMESTAMP: Final = 1
LAST_MAGIC: Final = 1
LEAST_SIZE_BYTES: Final = 14
"""What a message of magic 0 without key and value has after its size."""
MAX_MESSAGES: Final = 1 << 18
"""How many messages of one set are looked at; Kafka knows no bound."""
_SIZE_END: Final = 12
_CRC_END: Final = 16
_MAGIC_END: Final = 17
_FIXED_END: Final = 18
_FRAME: Final = Struct(">qi")
_CRC: Final = Struct(">I")
_FIXED: Final = Struct(">bb")
_TIMESTAMP: Final = Struct(">q")
_LENGTH: Final = Struct(">i")


class LegacyMessageError(CorruptRecordsError):
    """A message set that Kafka refuses, and with which code."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class LegacyMessage(NamedTuple):
    """One message; without a timestamp (-1) where its magic has none."""

    offset: int
    magic: int
    attributes: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None

    @property
    def codec(self) -> int:
        """The compression of the set that the value holds; 0 for a message that holds a value."""
        return self.attributes & CODEC_MASK

    @property
    def is_log_append_time(self) -> bool:
        """Whether the timestamp is the time of the append (magic 0 has no such notion)."""
        return self.magic >= FIRST_MAGIC_WITH_TIMESTAMP and bool(self.attributes & LOG_APPEND_TIME_BIT)


class MessageSpan(NamedTuple):
    """Where one whole message lies, size prefix included, and the magic it names."""

    start: int
    end: int
    magic: int


def spans(data: Piece) -> Iterator[MessageSpan]:
    """Step over a set's whole messages; LegacyMessageError for a size that cannot be."""
    position = 0
    while len(data) - position >= _SIZE_END:
        _, size = _FRAME.unpack_from(data, position)
        if size < LEAST_SIZE_BYTES:
            raise LegacyMessageError(ErrorCode.CORRUPT_MESSAGE, f"a message of {size} bytes")
        end = position + _SIZE_END + size
        if end > len(data):
            return
        yield MessageSpan(position, end, data[position + _CRC_END])
        position = end


def bounded_spans(data: Piece) -> list[MessageSpan]:
    """Return a set's whole messages; MESSAGE_TOO_LARGE if there are more than anybody sends."""
    found = list(islice(spans(data), MAX_MESSAGES + 1))
    if len(found) > MAX_MESSAGES:
        raise LegacyMessageError(ErrorCode.MESSAGE_TOO_LARGE, f"more than {MAX_MESSAGES} messages")
    return found


def check_crc(data: Piece, span: MessageSpan) -> None:
    """Compare a message with its checksum."""
    (crc,) = _CRC.unpack_from(data, span.start + _SIZE_END)
    if crc != zlib.crc32(memoryview(data)[span.start + _CRC_END : span.end]):
        raise LegacyMessageError(ErrorCode.CORRUPT_MESSAGE, "a message whose checksum is wrong")


def read(data: Piece, span: MessageSpan) -> LegacyMessage:
    """Decode a message; bytes after its value are ignored, as Kafka does."""
    offset, _ = _FRAME.unpack_from(data, span.start)
    magic, attributes = _FIXED.unpack_from(data, span.start + _CRC_END)
    position = span.start + _FIXED_END
    timestamp_ms = NO_TIMESTAMP_MS
    if magic >= FIRST_MAGIC_WITH_TIMESTAMP:
        if position + _TIMESTAMP.size > span.end:
            raise LegacyMessageError(ErrorCode.UNKNOWN_SERVER_ERROR, "a message cut off in its timestamp")
        (timestamp_ms,) = _TIMESTAMP.unpack_from(data, position)
        position += _TIMESTAMP.size
    key, position = _read_part(data, position, span.end)
    value, _ = _read_part(data, position, span.end)
    return LegacyMessage(offset, magic, attributes, timestamp_ms, key, value)


def _read_part(data: Piece, position: int, end: int) -> tuple[bytes | None, int]:
    start = position + _LENGTH.size
    if start > end:
        raise LegacyMessageError(ErrorCode.UNKNOWN_SERVER_ERROR, "a message cut off in a length")
    (length,) = _LENGTH.unpack_from(data, position)
    if length < 0:
        return None, start
    if start + length > end:
        raise LegacyMessageError(ErrorCode.UNKNOWN_SERVER_ERROR, f"a part of {length} bytes in a shorter message")
    return bytes(data[start : start + length]), start + length


def unwrap(wrapper: LegacyMessage, limit_bytes: int) -> list[LegacyMessage]:
    """Return the messages inside a wrapper, with the offsets and timestamps that they stand for.

    CorruptRecordsError if the value cannot be decompressed, LegacyMessageError for a set that cannot be in a wrapper.
    """
    if wrapper.value is None:
        raise LegacyMessageError(ErrorCode.INVALID_RECORD, "a wrapper without a value")
    payload = _decompress(wrapper.codec, wrapper.magic, wrapper.value, limit_bytes)
    inner = [_read_inner(payload, span, wrapper) for span in bounded_spans(payload)]
    if not inner:
        raise LegacyMessageError(ErrorCode.INVALID_RECORD, "a wrapper without messages")
    if wrapper.magic < FIRST_MAGIC_WITH_TIMESTAMP:
        return inner
    base_offset = 0
    if wrapper.offset:  # some producers leave it at 0
        base_offset = wrapper.offset - inner[-1].offset
        if base_offset < 0:
            raise LegacyMessageError(ErrorCode.INVALID_RECORD, "a wrapper whose offset is before its last message's")
    return [message._replace(offset=base_offset + message.offset) for message in inner]


def _read_inner(payload: bytes, span: MessageSpan, wrapper: LegacyMessage) -> LegacyMessage:
    if span.magic != wrapper.magic:
        raise LegacyMessageError(ErrorCode.INVALID_RECORD, f"magic {span.magic} within magic {wrapper.magic}")
    message = read(payload, span)
    if message.codec:
        raise LegacyMessageError(ErrorCode.INVALID_RECORD, "a wrapper within a wrapper")
    check_crc(payload, span)
    return message._replace(timestamp_ms=wrapper.timestamp_ms) if wrapper.is_log_append_time else message


def write(out: bytearray, message: LegacyMessage) -> None:
    """Append a message to a set."""
    body = bytearray(_FIXED.pack(message.magic, message.attributes))
    if message.magic >= FIRST_MAGIC_WITH_TIMESTAMP:
        body += _TIMESTAMP.pack(message.timestamp_ms)
    _write_part(body, message.key)
    _write_part(body, message.value)
    out += _FRAME.pack(message.offset, _CRC.size + len(body))
    out += _CRC.pack(zlib.crc32(body))
    out += body


def _write_part(out: bytearray, part: bytes | None) -> None:
    if part is None:
        out += _LENGTH.pack(-1)
    else:
        out += _LENGTH.pack(len(part))
        out += part


def write_wrapped(out: bytearray, messages: list[LegacyMessage], codec: int) -> None:
    """Append messages (with absolute offsets, of one magic and one timestamp type) to a set as one wrapper."""
    first, last = messages[0], messages[-1]
    base_offset = first.offset if first.magic >= FIRST_MAGIC_WITH_TIMESTAMP else 0
    inner = bytearray()
    for message in messages:
        write(inner, message._replace(offset=message.offset - base_offset))
    wrapper = LegacyMessage(
        offset=last.offset,
        magic=first.magic,
        attributes=first.attributes | codec,
        timestamp_ms=max(message.timestamp_ms for message in messages),
        key=None,
        value=_compress(codec, first.magic, inner),
    )
    write(out, wrapper)


def _compress(codec: int, magic: int, payload: bytearray) -> bytes:
    packed = compress(codec, payload)
    return with_former_checksum(packed) if codec == Codec.LZ4 and magic == 0 else packed


def _decompress(codec: int, magic: int, value: bytes, limit_bytes: int) -> bytes:
    if codec == Codec.ZSTD:
        raise LegacyMessageError(ErrorCode.INVALID_RECORD, "ZSTD needs magic 2")
    # The old lz4 writer went with magic 0: there the header's checksum means nothing.
    packed = with_right_checksum(value) if codec == Codec.LZ4 and magic == 0 else value
    return decompress(codec, packed, limit_bytes)
