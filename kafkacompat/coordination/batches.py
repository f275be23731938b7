"""A coordinator's records as whole batches of its log, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.store import Append
from kafkacompat.wire.records.batch import NO_PRODUCER_ID, read_header
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.control import ControlType, build_end_transaction_batch, read_control_type
from kafkacompat.wire.records.record import Record, iterate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kafkacompat.coordination.decision import Transaction
    from kafkacompat.storage.store import Marker, PartitionKey

Entry = tuple[bytes | None, bytes | None]
"""Key and value of one record."""

RECORD_OVERHEAD_BYTES: Final = 30
"""At most what a record adds to its key and value: lengths, deltas, attributes, header count."""
_ENDS_A_TRANSACTION: Final = (ControlType.ABORT, ControlType.COMMIT)


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


def make_append(
    partition: PartitionKey,
    entries: Sequence[Entry],
    now_ms: int,
    leader_epoch: int,
    transaction: Transaction | None = None,
) -> Append:
    """Build the batch of `entries`, all with the timestamp `now_ms`."""
    records = [Record(delta, 0, key, value, ()) for delta, (key, value) in enumerate(entries)]
    if transaction is None:
        batch = build_batch(records, base_timestamp_ms=now_ms)
        return Append(partition, batch, read_header(batch), leader_epoch)
    producer_id, producer_epoch, guard = transaction
    batch = build_batch(
        records,
        base_timestamp_ms=now_ms,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        transactional=True,
    )
    return Append(partition, batch, read_header(batch), leader_epoch, guard)


def make_marker(partition: PartitionKey, marker: Marker, now_ms: int, leader_epoch: int) -> Append:
    """Build the batch that ends a transaction."""
    batch = build_end_transaction_batch(
        commit=marker.commit,
        timestamp_ms=now_ms,
        producer_id=marker.producer_id,
        producer_epoch=marker.producer_epoch,
        coordinator_epoch=marker.coordinator_epoch,
    )
    return Append(partition, batch, read_header(batch), leader_epoch, marker=marker)


class Ended(NamedTuple):
    """A marker in the log: what the producer wrote in its transaction counts now, or never."""

    producer_id: int
    commit: bool


class Stored(NamedTuple):
    """A batch of the log: records, pending if `producer_id` is a producer's (not -1)."""

    producer_id: int
    entries: list[Entry]


def read_batches(data: bytes, offset: int) -> tuple[list[Stored | Ended], int]:
    """Return what whole batches say from `offset` on, and the offset after the last batch."""
    found: list[Stored | Ended] = []
    view = memoryview(data)
    position = 0
    while position < len(data):
        header = read_header(view, position)
        end = position + header.size_bytes
        records = [
            record for record in iterate(view[position:end]) if header.base_offset + record.offset_delta >= offset
        ]
        if not header.is_control:
            producer_id = header.producer_id if header.is_transactional else NO_PRODUCER_ID
            found.append(Stored(producer_id, [(record.key, record.value) for record in records]))
        else:
            kinds = [read_control_type(record.key) for record in records]
            found.extend(
                Ended(header.producer_id, kind == ControlType.COMMIT) for kind in kinds if kind in _ENDS_A_TRANSACTION
            )
        offset = max(offset, header.last_offset + 1)
        position = end
    return found, offset
