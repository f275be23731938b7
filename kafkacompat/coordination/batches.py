"""A coordinator's records as whole batches of its log, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.store import Append
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.record import Record, iterate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kafkacompat.storage.store import PartitionKey

Entry = tuple[bytes | None, bytes | None]
"""Key and value of one record."""

RECORD_OVERHEAD_BYTES: Final = 30
"""At most what a record adds to its key and value: lengths, deltas, attributes, header count."""


class Limits(NamedTuple):
    """What one append may hold, and how much may wait for it; a single larger record goes out alone."""

    batch_records: int = 10_000
    batch_bytes: int = 900_000
    append_bytes: int = 1 << 20
    queued_decisions: int = 10_000


def pack(entries: Iterable[Entry], limits: Limits) -> Iterator[list[Entry]]:
    """Cut entries, in order, into what one batch may hold each."""
    batch: list[Entry] = []
    size_bytes = 0
    for entry in entries:
        entry_bytes = size_of(entry)
        if batch and (len(batch) >= limits.batch_records or size_bytes + entry_bytes > limits.batch_bytes):
            yield batch
            batch, size_bytes = [], 0
        batch.append(entry)
        size_bytes += entry_bytes
    if batch:
        yield batch


def size_of(entry: Entry) -> int:
    """Return at most how many bytes an entry takes in a batch."""
    key, value = entry
    return (len(key) if key else 0) + (len(value) if value else 0) + RECORD_OVERHEAD_BYTES


def make_append(partition: PartitionKey, entries: Sequence[Entry], now_ms: int, leader_epoch: int) -> Append:
    """Build the batch of `entries`, all with the timestamp `now_ms`."""
    records = [Record(delta, 0, key, value, ()) for delta, (key, value) in enumerate(entries)]
    batch = build_batch(records, base_timestamp_ms=now_ms)
    return Append(partition, batch, read_header(batch), leader_epoch)


def read_entries(data: bytes, offset: int) -> tuple[list[Entry], int]:
    """Return the entries at or after `offset` in whole batches (no markers), and the offset after the last batch."""
    entries: list[Entry] = []
    view = memoryview(data)
    position = 0
    while position < len(data):
        header = read_header(view, position)
        end = position + header.size_bytes
        if not header.is_control:
            entries.extend(
                (record.key, record.value)
                for record in iterate(view[position:end])
                if header.base_offset + record.offset_delta >= offset
            )
        offset = max(offset, header.last_offset + 1)
        position = end
    return entries, offset
