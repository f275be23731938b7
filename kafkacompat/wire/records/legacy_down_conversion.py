"""From stored batches of magic 2 to the messages that a consumer before Kafka 0.11 can read.

Behaviour of Kafka 3.9, the last that did so (KIP-98, 110, 283): record headers are dropped, and so are control
batches.  What is compressed stays compressed the same way, in one wrapper a batch; ZSTD has no equivalent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import LOG_APPEND_TIME_BIT, BatchHeader, read_header
from kafkacompat.wire.records.compression import Codec
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.legacy import FIRST_MAGIC_WITH_TIMESTAMP, LegacyMessage, write, write_wrapped
from kafkacompat.wire.records.record import DEFAULT_LIMIT_BYTES, iterate

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece


class DownConverted(NamedTuple):
    """Messages, which may be none, and the offset after the last batch they were made of."""

    messages: bytes
    next_offset: int


def down_converted(
    batches: Piece, magic: int, fetch_offset: int, max_bytes: int, limit_bytes: int = DEFAULT_LIMIT_BYTES
) -> DownConverted | ErrorCode:
    """Convert whole batches, as many as give `max_bytes` of messages, and at least one.

    Where records stand by themselves, those before `fetch_offset` are left out.  A batch that cannot be converted ends
    the answer; if nothing comes before it the answer is why: UNSUPPORTED_COMPRESSION_TYPE, CORRUPT_MESSAGE.
    """
    out = bytearray()
    position, next_offset = 0, fetch_offset
    while position < len(batches):
        header = read_header(batches, position)
        end = position + header.size_bytes
        converted = _converted(memoryview(batches)[position:end], header, magic, fetch_offset, limit_bytes)
        if isinstance(converted, ErrorCode):
            return DownConverted(bytes(out), next_offset) if out else converted
        if out and len(out) + len(converted) > max_bytes:
            break
        out += converted
        position, next_offset = end, header.last_offset + 1
    return DownConverted(bytes(out), next_offset)


def _converted(
    batch: memoryview, header: BatchHeader, magic: int, fetch_offset: int, limit_bytes: int
) -> bytearray | ErrorCode:
    out = bytearray()
    if header.is_control:
        return out
    if header.codec == Codec.ZSTD:
        return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    try:
        messages = _messages(batch, header, magic, limit_bytes)
    except CorruptRecordsError:
        return ErrorCode.CORRUPT_MESSAGE
    if header.codec and messages:
        write_wrapped(out, messages, header.codec)
        return out
    for message in messages:
        if message.offset >= fetch_offset:
            write(out, message)
    return out


def _messages(batch: memoryview, header: BatchHeader, magic: int, limit_bytes: int) -> list[LegacyMessage]:
    stamped = bool(header.attributes & LOG_APPEND_TIME_BIT)
    attributes = LOG_APPEND_TIME_BIT if stamped and magic >= FIRST_MAGIC_WITH_TIMESTAMP else 0
    return [
        LegacyMessage(
            offset=header.base_offset + record.offset_delta,
            magic=magic,
            attributes=attributes,
            timestamp_ms=header.max_timestamp_ms if stamped else header.base_timestamp_ms + record.timestamp_delta_ms,
            key=record.key,
            value=record.value,
        )
        for record in iterate(batch, limit_bytes)
    ]
