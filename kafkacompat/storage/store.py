"""The seam between the cluster and whatever keeps its logs.

A *store* holds partition logs.  It assigns offsets and checks producers' sequences, because on engines that several
nodes share only the store can.  The embedded engines answer without suspending, others after a network round trip;
callers must be right for both.  Every engine passes `tests/storage/test_conformance.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.wire.errors import ErrorCode
    from kafkacompat.wire.pieces import OutgoingPiece
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece


class PartitionKey(NamedTuple):
    """Names a partition log: the id of its topic (16 bytes) and its index in it."""

    topic_id: bytes
    partition: int


class Isolation(IntEnum):
    """Which records a reader may see, with the numbers of the protocol."""

    READ_UNCOMMITTED = 0
    READ_COMMITTED = 1


class AppendOutcomeUnknownError(Exception):
    """The answer to an append was lost for good: it may or may not have happened."""


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What a log needs to know of its topic's settings: Kafka's of the same names, with Kafka's defaults.

    Sizes in bytes, times in milliseconds, -1 for no limit.  Retention is not here: the cluster asks for it.
    """

    segment_bytes: int = 1 << 30
    segment_ms: int = 604_800_000
    segment_jitter_ms: int = 0
    segment_index_bytes: int = 10 << 20
    index_interval_bytes: int = 4096
    flush_messages: int = (1 << 63) - 1
    flush_ms: int = (1 << 63) - 1
    file_delete_delay_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of owning a shard; an append under an older epoch than the current owner's is refused."""

    shard: PartitionKey
    epoch: int


class Marker(NamedTuple):
    """The end of a producer's transaction, as each of its partitions is told (KIP-98, KIP-890).

    From transaction version 2 on, `producer_epoch` must be above that of the transaction's records.
    """

    producer_id: int
    producer_epoch: int
    coordinator_epoch: int
    commit: bool
    transaction_version: int = 0


class Append(NamedTuple):
    """One whole, validated batch (magic 2) for one partition.

    `batch` may be a view of the receive buffer: valid until `append` first suspends.  The store patches base offset and
    leader epoch, which lie outside the checksum, in its own copy.  `header` is the parsed header of `batch`.
    A transactional batch needs a `guard` when its producer has no transaction open in this log yet
    (`PartitionLog.transaction_guard`); a batch that ends a transaction comes with what it says, its `marker`.
    `from_zero`: a producer of which the log has no batches must begin at sequence 0 (transactions by Produce v12).
    """

    partition: PartitionKey
    batch: Piece
    header: BatchHeader
    leader_epoch: int
    guard: int | None = None
    marker: Marker | None = None
    from_zero: bool = False


class Appended(NamedTuple):
    """The batch is in the log, durable as the engine promises."""

    base_offset: int
    log_start_offset: int


class Duplicate(NamedTuple):
    """The batch was one of the producer's last five: nothing was appended, and this is where it is."""

    base_offset: int
    log_start_offset: int
    max_timestamp_ms: int


class Refused(NamedTuple):
    """Nothing was appended or read, and why."""

    code: ErrorCode
    message: str | None = None


class ReadRequest(NamedTuple):
    """Where to read, how much at most, and how far: `isolation` bounds by high watermark or last stable offset."""

    partition: PartitionKey
    offset: int
    max_bytes: int
    isolation: Isolation


class AbortedRange(NamedTuple):
    """Transactional records of `producer_id` from `first_offset` up to its next abort marker were aborted."""

    producer_id: int
    first_offset: int


class Read(NamedTuple):
    """Whole batches, from the one that contains the asked offset on.

    `aborted` has what was aborted and overlaps them, by first offset; it is None for READ_UNCOMMITTED.
    """

    pieces: list[OutgoingPiece]
    size_bytes: int
    log_start_offset: int
    high_watermark: int
    last_stable_offset: int
    aborted: list[AbortedRange] | None


class Watch(NamedTuple):
    """A partition that a reader waits for, and the end (for its isolation) that it has seen."""

    partition: PartitionKey
    seen_offset: int
    isolation: Isolation


class Bounds(NamedTuple):
    """Where a log starts and ends; offsets."""

    log_start_offset: int
    high_watermark: int
    last_stable_offset: int
    end_offset: int


class TimestampOffset(NamedTuple):
    """A record found by time: its offset and timestamp, and the leader epoch of its batch."""

    offset: int
    timestamp_ms: int
    leader_epoch: int


class EpochEnd(NamedTuple):
    """The largest known epoch at or below the asked one, and the offset where the next begins (or the end)."""

    leader_epoch: int
    end_offset: int


class ActiveProducer(NamedTuple):
    """An idempotent producer that a log remembers: its epoch, and the last sequence and timestamp of its last batch.

    `coordinator_epoch` is that of its last marker, `transaction_start_offset` where its open transaction begins; -1
    for none.  After a marker of a new epoch there is no last sequence, and the timestamp is always the newest batch's.
    """

    producer_id: int
    producer_epoch: int
    last_sequence: int
    last_timestamp_ms: int
    coordinator_epoch: int = -1
    transaction_start_offset: int = -1


class PartitionLog(Protocol):
    """One partition's log, for everything that concerns it alone."""

    async def bounds(self) -> Bounds:
        """Return where the log starts and ends."""

    async def find_timestamp(self, timestamp_ms: int, isolation: Isolation) -> TimestampOffset | None:
        """Return the first readable record at or after `timestamp_ms`, or None."""

    async def find_max_timestamp(self) -> TimestampOffset | None:
        """Return the record with the largest timestamp (the first such), or None in an empty log.

        Records before the log's start do not count (Kafka may name one whose segment it still has).
        """

    async def begin_epoch(self, leader_epoch: int) -> None:
        """Note that a leader of this epoch begins at the log's end, as every new leader does before its first append.

        An append begins its epoch by itself; this makes epochs without records known (an empty log has one).  An epoch
        that is not newer than the latest changes nothing; a newer one wakes whoever waits: the leader may be elsewhere.
        """

    async def find_epoch(self, leader_epoch: int) -> EpochEnd:
        """Return where `leader_epoch` ends (KIP-101, KIP-320; behaviour of OffsetForLeaderEpoch).

        The newest epoch ends at the log's end.  One older than all known ends where the first known begins, and is
        returned as asked.  One newer than all known, or -1: (-1, -1).
        """

    async def epoch_at(self, offset: int) -> int:
        """Return the leader epoch of the batch that contains `offset`, -1 if no epoch is known there.

        At the log's end it is the newest epoch.
        """

    async def delete_before(self, offset: int) -> int | Refused:
        """Raise the log start offset to `offset` (-1: the high watermark) and return where the log starts now.

        It never goes back.  OFFSET_OUT_OF_RANGE beyond the high watermark or below -1.
        """

    async def apply_retention(self, now_ms: int, retention_ms: int, retention_bytes: int) -> int | Refused:
        """Delete what is too old or too much, whole segments from the first on, and return where the log starts now.

        A segment is too old if all its records are more than `retention_ms` older than `now_ms` (where none has a
        timestamp: if it was last written to so long ago), and too much if the log has `retention_bytes` without it; -1
        is without limit.  The last segment is closed before it goes.
        """

    async def size_bytes(self) -> int:
        """Return the size of all batches that the log still holds."""

    async def transaction_guard(self, producer_id: int, producer_epoch: int, base_sequence: int = -1) -> int | None:
        """Return None if this producer has a transaction open here, at this epoch, which further batches belong to.

        Also None if the epoch is an old one, about which nobody need be asked: `append` refuses it.
        Otherwise a number to be fetched before the transaction coordinator is asked whether the partition is part of
        the transaction, and handed in with the batch: `append` takes it as long as no marker of this producer has come
        in between, so that no batch opens a transaction that was ended meanwhile (KIP-890).
        With the batch's `base_sequence`, a later batch may not open the transaction before it, should the coordinator
        have it tried again.
        """

    async def active_producers(self) -> list[ActiveProducer]:
        """Return the producers that the log remembers, by id."""


class Store(Protocol):
    """An engine."""

    async def create(self, partition: PartitionKey, topic_name: str, config: LogConfig) -> None:
        """Create an empty log; one that exists keeps what it has, and takes the settings.

        `topic_name` is what an engine names files by; a log is found by its topic's id alone.
        """

    async def configure(self, partition: PartitionKey, config: LogConfig) -> None:
        """Change a log's settings."""

    async def delete(self, partition: PartitionKey) -> None:
        """Delete a log; whoever waits for it is woken, and reads UNKNOWN_TOPIC_OR_PARTITION."""

    def log(self, partition: PartitionKey) -> PartitionLog | None:
        """Return a log, or None if there is none."""

    async def append(
        self, appends: Sequence[Append], fence: Fence | None = None
    ) -> list[Appended | Duplicate | Refused]:
        """Append batches, in order, each to its partition, and answer in the same order when they are durable.

        Refusals: UNKNOWN_TOPIC_OR_PARTITION; INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER (behaviour of
        idempotent producers); INVALID_TXN_STATE for a transactional batch without a good guard, and for any other batch
        of a producer whose transaction is open here; TRANSACTION_COORDINATOR_FENCED for a marker of an older
        coordinator; NOT_COORDINATOR when `fence` is not the newest of its shard; KAFKA_STORAGE_ERROR when
        the engine is full.  Raises AppendOutcomeUnknownError.
        """

    async def read(
        self, requests: Sequence[ReadRequest], max_bytes: int, *, whole_first: bool = True
    ) -> list[Read | Refused]:
        """Read partitions in the order asked, at most `max_bytes` together.

        With `whole_first` the first partition with anything to read returns one whole batch even beyond the limits.
        An offset below the log start or above the log end is refused: OFFSET_OUT_OF_RANGE.
        """

    async def wait(self, watches: Sequence[Watch], until_ms: int) -> None:
        """Return when a watched end may have moved past what was seen, its log is gone, or real time is `until_ms`.

        May wake early, never late.  Cancellation takes the watches back.
        """

    async def own(self, shard: PartitionKey) -> Fence:
        """Become the owner of a shard; every earlier fence of it is void."""

    async def close(self) -> None:
        """Give back what the engine holds; nothing may be called afterwards."""
