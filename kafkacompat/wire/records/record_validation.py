"""What Produce checks of each record, where the topic asks for it or the header is suspicious.

Behaviour of Kafka 4.4, its texts included; KIP-467 brought the errors of single records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import CODEC_MASK, LOG_APPEND_TIME_BIT, BatchHeader
from kafkacompat.wire.records.errors import CorruptRecordsError, RecordsTooLargeError
from kafkacompat.wire.records.record import RecordSpan, spans
from kafkacompat.wire.records.validation import Limits, RecordError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

NO_TIMESTAMP_MS: Final = -1
MAX_RECORD_ERRORS: Final = 1_000
"""How many records of one batch are told of; Kafka knows no bound."""
_ERRORS_IN_MESSAGE: Final = 3
_UNREADABLE: Final = Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, tells_log_start=True)
_INVALID_RECORD: Final = Refusal(ErrorCode.INVALID_RECORD, tells_log_start=True)
_TOO_LARGE: Final = Refusal(ErrorCode.MESSAGE_TOO_LARGE)


def refusal_of(error: CorruptRecordsError) -> Refusal:
    """Answer a payload that cannot be decompressed; Java producers split a batch that is too large."""
    return _TOO_LARGE if isinstance(error, RecordsTooLargeError) else _UNREADABLE


def check_records(payload: bytes, header: BatchHeader, limits: Limits, now_ms: int, partition: str) -> Refusal | int:
    """Check the records of a decompressed payload, and return the largest of their timestamps.

    `partition` is the name in messages, such as "orders-0".
    """
    check = _LogAppendTimeCheck(header) if limits.log_append_time else _CreateTimeCheck(limits, now_ms)
    faults = _Faults()
    max_timestamp_ms = NO_TIMESTAMP_MS
    compressed = header.attributes & CODEC_MASK != 0
    stamped = bool(header.attributes & LOG_APPEND_TIME_BIT)
    try:
        for index, span in enumerate(spans(payload, header.record_count)):
            timestamp_ms = header.max_timestamp_ms if stamped else header.base_timestamp_ms + span.timestamp_delta_ms
            max_timestamp_ms = max(max_timestamp_ms, timestamp_ms)
            if limits.compacted and span.key_length < 0:
                faults.add(
                    index, lambda: f"Compacted topic cannot accept message without key in topic partition {partition}"
                )
            elif wrong := check(span, timestamp_ms):
                faults.add(index, wrong, invalid_timestamp=True)
            if compressed and span.offset_delta != index:
                return _UNREADABLE
    except CorruptRecordsError:
        return _INVALID_RECORD
    return faults.refusal() if faults.count else max_timestamp_ms


class _Faults:
    """Collects what is wrong with a batch's records."""

    def __init__(self) -> None:
        self.count = 0
        self._errors: list[RecordError] = []
        self._invalid_timestamp = False

    def add(self, index: int, message: Callable[[], str], *, invalid_timestamp: bool = False) -> None:
        self.count += 1
        self._invalid_timestamp |= invalid_timestamp
        if len(self._errors) < MAX_RECORD_ERRORS:
            self._errors.append(RecordError(index, message()))

    def refusal(self) -> Refusal:
        if self._invalid_timestamp:
            code, message = (
                ErrorCode.INVALID_TIMESTAMP,
                "One or more records have been rejected due to invalid timestamp",
            )
        else:
            first = ", ".join(
                f"RecordError(batchIndex={error.batch_index}, message='{error.message}')"
                for error in self._errors[:_ERRORS_IN_MESSAGE]
            )
            code = ErrorCode.INVALID_RECORD
            message = (
                f"One or more records have been rejected due to {self.count} record errors in total, "
                f"and only showing the first three errors at most: [{first}]"
            )
        return Refusal(code, message, tuple(self._errors), tells_log_start=True)


class _CreateTimeCheck:
    """Timestamps of the producer's: within bounds around now (KIP-937), or absent."""

    def __init__(self, limits: Limits, now_ms: int) -> None:
        self._earliest_ms = now_ms - limits.timestamp_before_max_ms
        self._latest_ms = now_ms + limits.timestamp_after_max_ms

    def __call__(self, span: RecordSpan, timestamp_ms: int) -> Callable[[], str] | None:
        if timestamp_ms == NO_TIMESTAMP_MS or self._earliest_ms <= timestamp_ms <= self._latest_ms:
            return None
        return lambda: (
            f"Timestamp {timestamp_ms} of message with offset {span.offset_delta} is out of range. "
            f"The timestamp should be within [{self._earliest_ms}, {self._latest_ms}]"
        )


class _LogAppendTimeCheck:
    """Where the broker sets timestamps, the producer must not claim that it did already."""

    def __init__(self, header: BatchHeader) -> None:
        self._claimed = bool(header.attributes & LOG_APPEND_TIME_BIT)
        self._kind = "PartialDefaultRecord" if header.attributes & CODEC_MASK else "DefaultRecord"

    def __call__(self, span: RecordSpan, timestamp_ms: int) -> Callable[[], str] | None:
        if not self._claimed:
            return None
        return lambda: (
            f"Invalid timestamp type in message {self._kind}(offset={span.offset_delta}, timestamp={timestamp_ms}, "
            f"key={max(span.key_length, 0)} bytes, value={max(span.value_length, 0)} bytes). "
            "Producer should not set timestamp type to LogAppendTime."
        )
