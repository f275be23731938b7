"""Finding records by time: largest timestamps skip chunks and batches, then the records of one batch are read.

Behaviour of ListOffsets (KIP-79, KIP-734).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.chunks import batch_end, batches, position_of
from kafkacompat.storage.store import TimestampOffset
from kafkacompat.wire.records.batch import LOG_APPEND_TIME_BIT
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.record import decompressed_payload, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kafkacompat.storage.reading import SegmentView
    from kafkacompat.wire.records.batch import BatchHeader

_OLDEST_MS: Final = -(1 << 63)


class _Found(NamedTuple):
    """A batch in a run."""

    run: bytes
    position: int
    header: BatchHeader


def first_at_or_after(
    segments: Iterable[SegmentView], timestamp_ms: int, log_start_offset: int, end_offset: int
) -> TimestampOffset | None:
    """Return the first record from the log's start on that is not older than `timestamp_ms` and before `end_offset`."""
    for segment in segments:
        for run in segment.runs(log_start_offset, timestamp_ms):
            for position, header in batches(run, position_of(run, log_start_offset)):
                if header.base_offset >= end_offset:
                    return None
                if header.max_timestamp_ms < timestamp_ms:
                    continue
                for found in _records(run, position, header, log_start_offset):
                    if found.timestamp_ms >= timestamp_ms:
                        return found if found.offset < end_offset else None
    return None


def first_of_largest(segments: Iterable[SegmentView], log_start_offset: int) -> TimestampOffset | None:
    """Return the record with the largest timestamp from the log's start on, the first of several."""
    cut: TimestampOffset | None = None
    largest: _Found | None = None
    for segment in segments:
        if largest is None or segment.max_timestamp_ms > largest.header.max_timestamp_ms:
            cut_here, largest = _larger_in(segment, log_start_offset, largest)
            cut = cut_here or cut
    if largest is None:
        return cut
    if cut is not None and cut.timestamp_ms >= largest.header.max_timestamp_ms:
        return cut
    return _largest_record(largest.run, largest.position, largest.header, log_start_offset)


def _larger_in(
    segment: SegmentView, log_start_offset: int, largest: _Found | None
) -> tuple[TimestampOffset | None, _Found | None]:
    """Return what a segment has that is larger: the record of a batch that the log's start cuts, and a whole batch."""
    cut = None
    # In a segment that the log's start cuts, the largest may be gone, and then any other will do.
    least_ms = _OLDEST_MS if segment.base_offset < log_start_offset else segment.max_timestamp_ms
    for run in segment.runs(log_start_offset, least_ms):
        for position, header in batches(run, position_of(run, log_start_offset)):
            if header.base_offset < log_start_offset:
                # DeleteRecords cut this batch: its header's maximum may be of a record that is gone.
                cut = _largest_record(run, position, header, log_start_offset)
            elif largest is None or header.max_timestamp_ms > largest.header.max_timestamp_ms:
                largest = _Found(run, position, header)
        if largest is not None and largest.header.max_timestamp_ms >= segment.max_timestamp_ms:
            break
    return cut, largest


def _largest_record(chunk: bytes, position: int, header: BatchHeader, from_offset: int) -> TimestampOffset | None:
    found = _records(chunk, position, header, from_offset)
    return max(found, key=lambda record: record.timestamp_ms, default=None)


def _records(chunk: bytes, position: int, header: BatchHeader, from_offset: int) -> Iterator[TimestampOffset]:
    """Step through the records of a batch, from an offset on.

    Every record of a LogAppendTime batch has the batch's maximum, so the first stands for all; so it does where
    records cannot be read: nobody has looked at them when they came in.
    """
    epoch = header.leader_epoch
    first = TimestampOffset(max(header.base_offset, from_offset), header.max_timestamp_ms, epoch)
    if header.attributes & LOG_APPEND_TIME_BIT:
        yield first
        return
    try:
        batch = memoryview(chunk)[position : batch_end(chunk, position)]
        for span in spans(decompressed_payload(batch, header), header.record_count):
            offset = header.base_offset + span.offset_delta
            if offset >= from_offset:
                yield TimestampOffset(offset, header.base_timestamp_ms + span.timestamp_delta_ms, epoch)
    except CorruptRecordsError:
        yield first
