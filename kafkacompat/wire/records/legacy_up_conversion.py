"""From what a producer before Kafka 0.11 sends to the one batch of magic 2 that the log keeps.

Behaviour of Kafka 3.9, the last that took messages of magic 0 and 1: a whole message set becomes one batch, whatever
offsets the client wrote.  Answers of these versions have no room for texts, so a refusal is a code alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import HEADER_SIZE, MAGIC
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.compression import Codec
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.legacy import (
    NO_TIMESTAMP_MS,
    LegacyMessage,
    LegacyMessageError,
    MessageSpan,
    bounded_spans,
    check_crc,
    read,
    unwrap,
)
from kafkacompat.wire.records.record import Record
from kafkacompat.wire.records.record_validation import refusal_of
from kafkacompat.wire.records.validation import Limits, Refusal

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

NOTHING: Final = Refusal(ErrorCode.NONE)
"""There is no whole message: nothing is appended, and that is no error."""
_INVALID_RECORD: Final = Refusal(ErrorCode.INVALID_RECORD)
_TOO_LARGE: Final = Refusal(ErrorCode.MESSAGE_TOO_LARGE)


def up_converted(records: Piece, limits: Limits) -> Piece | Refusal:
    """Make one batch of a message set, compressed as the topic asks or else as the client did.

    A batch of magic 2, which some clients send in versions that are too old for it, is returned as it is, without
    what is cut off after it.  The batch has still to pass the checks that every batch has to pass.
    """
    try:
        return _up_converted(records, limits)
    except LegacyMessageError as error:
        return Refusal(error.code)
    except CorruptRecordsError as error:
        return refusal_of(error)


def _up_converted(records: Piece, limits: Limits) -> Piece | Refusal:
    found = bounded_spans(records)
    if not found:
        return NOTHING
    _check_magics(found)
    if found[0].magic == MAGIC:
        return _only_batch(records, found)
    for span in found:
        if span.end - span.start > limits.max_message_bytes:
            return _TOO_LARGE
        check_crc(records, span)
    return _batch([read(records, span) for span in found], limits)


def _check_magics(found: list[MessageSpan]) -> None:
    if any(span.magic > MAGIC for span in found):
        raise LegacyMessageError(ErrorCode.CORRUPT_MESSAGE, "a magic that does not exist")
    if any(span.magic != found[0].magic for span in found):
        raise LegacyMessageError(ErrorCode.INVALID_RECORD, "more than one magic")


def _only_batch(records: Piece, found: list[MessageSpan]) -> Piece | Refusal:
    if len(found) > 1:
        return _INVALID_RECORD
    size = found[0].end
    return memoryview(records)[:size] if size >= HEADER_SIZE else Refusal(ErrorCode.CORRUPT_MESSAGE)


def _batch(messages: list[LegacyMessage], limits: Limits) -> bytes | Refusal:
    codec = max(message.codec for message in messages)
    if codec > Codec.ZSTD:
        return Refusal(ErrorCode.UNKNOWN_SERVER_ERROR)
    if codec and len(messages) > 1:
        return _INVALID_RECORD
    claimed = any(message.is_log_append_time for message in messages)
    if codec:
        messages = unwrap(messages[0], limits.decompressed_bytes)
    least_timestamp_ms = min(message.timestamp_ms for message in messages)
    if claimed and (limits.log_append_time or least_timestamp_ms == NO_TIMESTAMP_MS):
        return Refusal(ErrorCode.INVALID_TIMESTAMP)
    if least_timestamp_ms < NO_TIMESTAMP_MS:
        return Refusal(ErrorCode.UNKNOWN_SERVER_ERROR)
    base_timestamp_ms = messages[0].timestamp_ms
    return build_batch(
        (
            Record(index, message.timestamp_ms - base_timestamp_ms, message.key, message.value)
            for index, message in enumerate(messages)
        ),
        base_timestamp_ms=base_timestamp_ms,
        codec=codec if limits.codec is None else limits.codec,
        level=limits.level,
    )
