"""Finding records by time: largest timestamps skip chunks and batches, then the records of one batch are read.

Behaviour of ListOffsets (KIP-79, KIP-734).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.chunks import batch_end, batches, position_of
from kafkacompat.storage.segment import kept_from
from kafkacompat.storage.store import TimestampOffset
from kafkacompat.wire.records.batch import LOG_APPEND_TIME_BIT
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.record import decompressed_payload, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kafkacompat.storage.chunks import ChunkList
    from kafkacompat.wire.records.batch import BatchHeader


def first_at_or_after(
    segments: Iterable[ChunkList], timestamp_ms: int, log_start_offset: int, end_offset: int
) -> TimestampOffset | None:
    """Return the first record from the log's start on that is not older than `timestamp_ms` and before `end_offset`."""
    for chunk, max_timestamp_ms in _chunks_from(segments, log_start_offset):
        if max_timestamp_ms < timestamp_ms:
            continue
        for position, header in batches(chunk, position_of(chunk, log_start_offset)):
            if header.base_offset >= end_offset:
                return None
            if header.max_timestamp_ms < timestamp_ms:
                continue
            for found in _records(chunk, position, header, log_start_offset):
                if found.timestamp_ms >= timestamp_ms:
                    return found if found.offset < end_offset else None
    return None


def first_of_largest(segments: Iterable[ChunkList], log_start_offset: int) -> TimestampOffset | None:
    """Return the record with the largest timestamp from the log's start on, the first of several."""
    best: TimestampOffset | None = None
    largest: tuple[bytes, BatchHeader, int] | None = None
    for chunk, max_timestamp_ms in _chunks_from(segments, log_start_offset):
        if largest is not None and max_timestamp_ms <= largest[1].max_timestamp_ms:
            continue
        for position, header in batches(chunk, position_of(chunk, log_start_offset)):
            if header.base_offset < log_start_offset:
                # DeleteRecords cut this batch: its header's maximum may be of a record that is gone.
                best = _largest_record(chunk, position, header, log_start_offset)
            elif largest is None or header.max_timestamp_ms > largest[1].max_timestamp_ms:
                largest = (chunk, header, position)
    if largest is None:
        return best
    chunk, header, position = largest
    if best is not None and best.timestamp_ms >= header.max_timestamp_ms:
        return best
    return _largest_record(chunk, position, header, log_start_offset)


def _chunks_from(segments: Iterable[ChunkList], offset: int) -> Iterator[tuple[bytes, int]]:
    for segment in segments:
        for index in range(kept_from(segment.base_offsets, offset), len(segment.chunks)):
            yield segment.chunks[index], segment.max_timestamps_ms[index]


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
