"""One partition's log, whatever its segments are kept in: what the embedded engines have in common."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from bisect import bisect_right
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from kafkacompat.storage.aborted import AbortedTransaction
from kafkacompat.storage.epochs import UNKNOWN_EPOCH, EpochCache
from kafkacompat.storage.producers import OUT_OF_ORDER
from kafkacompat.storage.reading import SegmentView, Taken, bytes_between, end_of, take
from kafkacompat.storage.store import AbortedRange, Appended, Bounds, Duplicate, EpochEnd, Isolation, Read, Refused
from kafkacompat.storage.timestamps import first_at_or_after, first_of_largest
from kafkacompat.storage.transactional import Verification, check_marker
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.records.batch import CONTROL_BIT, LENGTH_PREFIX_SIZE, TRANSACTIONAL_BIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kafkacompat.clock.ports import Clock
    from kafkacompat.storage.memory import Memory
    from kafkacompat.storage.producers import ProducerTable, SeenBatch
    from kafkacompat.storage.store import ActiveProducer, Append, LogConfig, Marker, TimestampOffset
    from kafkacompat.storage.watches import Watchers
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

logger = logging.getLogger(__name__)

MAX_RELATIVE_OFFSET: Final = (1 << 31) - 1
"""Indexes of a segment name offsets relative to its base, as int32."""
FULL: Final = Refused(ErrorCode.KAFKA_STORAGE_ERROR)
OUT_OF_RANGE: Final = Refused(ErrorCode.OFFSET_OUT_OF_RANGE)
TO_HIGH_WATERMARK: Final = -1
OF_A_TRANSACTION: Final = TRANSACTIONAL_BIT | CONTROL_BIT
_base_offset_of: Final = attrgetter("base_offset")
_make = tuple.__new__
"""Makes a named tuple in half the time that calling its class takes."""


class ActiveView(SegmentView, Protocol):
    """The segment at a log's end, which grows."""

    @property
    def first_timestamp_ms(self) -> int:
        """The largest timestamp of its first batch, -1 if there is none."""

    def add(self, batch: Piece, base_offset: int, leader_epoch: int, header: BatchHeader) -> int:
        """Put a batch at the end, with its place in it, and return how much memory that took.

        OSError if it cannot be written whole: then nothing of it is there.
        """

    def is_full(self, index_bytes: int) -> bool:
        """Tell whether it takes no more for a reason of its own: its index of at most `index_bytes` is full."""

    def drop_before(self, offset: int, end_offset: int) -> int:
        """Free what can be freed before `offset` and return how much memory that gave back."""


C = TypeVar("C", bound=SegmentView)
"""What closed segments are."""


class EmbeddedLog(ABC, Generic[C]):
    """A `PartitionLog` of this process; what it rarely needs is made when first used, so that an empty one is small.

    There is one replica: whatever is appended is committed, so the high watermark is the log's end.
    """

    __slots__ = (
        "_active",
        "_clock",
        "_closed",
        "_config",
        "_epochs",
        "_leader_epoch",
        "_log_start_offset",
        "_memory",
        "_new_producers",
        "_producers",
        "_untimed_ms",
        "_verification",
        "end_offset",
        "watchers",
    )

    _active: ActiveView

    def __init__(
        self, config: LogConfig, clock: Clock, memory: Memory, new_producers: Callable[[], ProducerTable]
    ) -> None:
        self._config = config
        self._clock = clock
        self._memory = memory
        self._new_producers = new_producers
        self._producers: ProducerTable | None = None
        self._verification: Verification | None = None
        self._closed: list[C] | None = None
        self._epochs: EpochCache | None = None
        self._untimed_ms: dict[int, int] | None = None
        """When a batch without any timestamp was last written to a segment, by the segment's base offset."""
        self._leader_epoch = -1
        self._log_start_offset = 0
        self.end_offset = 0
        self.watchers: Watchers | None = None
        """Who waits for this log's end to move."""

    # What the engine asks.

    def append(self, append: Append) -> Appended | Duplicate | Refused:
        """Check a batch, put it at the log's end, and wake whoever waits for it."""
        header = append.header
        producers = None
        if header.producer_id >= 0:
            producers = self._producers or self._make_producers()
            if header.attributes & OF_A_TRANSACTION:
                return self._append_transactional(append, producers)
            seen = producers.check(header)
            if seen is not None:
                return self._not_again(seen)
            if self._verification is not None and self._verification.is_overtaken(header):
                return OUT_OF_ORDER
        return self._put(append, producers)

    def read(self, offset: int, limit_bytes: int, isolation: Isolation, *, whole_first: bool) -> Read | Refused:
        """Return whole batches from the one that contains `offset` on."""
        end_offset, stable_offset = self.end_offset, self.readable_end(Isolation.READ_COMMITTED)
        if not self._log_start_offset <= offset <= end_offset:
            return OUT_OF_RANGE
        readable_end = stable_offset if isolation is Isolation.READ_COMMITTED else end_offset
        aborted: list[AbortedRange] = []
        if offset >= readable_end or (limit_bytes <= 0 and not whole_first):
            taken = Taken([], 0)
        else:
            try:
                segments = self._segments_from(offset)
                if readable_end != end_offset:
                    # A transaction begins with a batch, and so does what may not be read of it.
                    limit_bytes = min(limit_bytes, bytes_between(segments, offset, readable_end))
                    segments = self._segments_from(offset)
                taken = take(segments, offset, limit_bytes, whole_first=whole_first)
                if isolation is Isolation.READ_COMMITTED and taken.pieces and self._has_aborted():
                    aborted = _ranges(self._aborted(offset, end_of(taken)))
            except OSError as error:
                return self._failed(error)
        return Read(
            taken.pieces,
            taken.size_bytes,
            self._log_start_offset,
            end_offset,
            stable_offset,
            aborted if isolation is Isolation.READ_COMMITTED else None,
        )

    def readable_end(self, isolation: Isolation) -> int:
        """Return the offset before which a reader may see: for committed records, where a transaction is still open."""
        if isolation is Isolation.READ_COMMITTED and self._producers is not None:
            first_open_offset = self._producers.first_open_offset
            if first_open_offset >= 0:
                # DeleteRecords and retention may have taken the beginning of a transaction.
                return max(first_open_offset, self._log_start_offset)
        return self.end_offset

    def configure(self, config: LogConfig) -> None:
        """Take new settings."""
        self._config = config

    def release(self) -> None:
        """Give back what it holds in memory and wake whoever waits."""
        if self._producers is not None:
            self._producers.release()
        if self.watchers is not None:
            self.watchers.wake()

    # What everyone asks: `PartitionLog`.

    async def bounds(self) -> Bounds:
        """Return where the log starts and ends."""
        end_offset = self.end_offset
        last_stable_offset = self.readable_end(Isolation.READ_COMMITTED)
        return Bounds(self._log_start_offset, end_offset, last_stable_offset, end_offset)

    async def find_timestamp(self, timestamp_ms: int, isolation: Isolation) -> TimestampOffset | None:
        """Return the first readable record at or after `timestamp_ms`."""
        start_offset = self._log_start_offset
        end_offset = self.readable_end(isolation)
        try:
            return first_at_or_after(self._segments_from(start_offset), timestamp_ms, start_offset, end_offset)
        except OSError as error:
            raise ApiError(self._failed(error).code) from error

    async def find_max_timestamp(self) -> TimestampOffset | None:
        """Return the first record with the largest timestamp."""
        try:
            return first_of_largest(self._segments_from(self._log_start_offset), self._log_start_offset)
        except OSError as error:
            raise ApiError(self._failed(error).code) from error

    async def begin_epoch(self, leader_epoch: int) -> None:
        """Note that a leader of this epoch begins at the log's end."""
        if leader_epoch > self._leader_epoch:
            self._begin(leader_epoch)
            if self.watchers is not None:
                self.watchers.wake()

    async def find_epoch(self, leader_epoch: int) -> EpochEnd:
        """Return where `leader_epoch` ends."""
        return UNKNOWN_EPOCH if self._epochs is None else self._epochs.end_of(leader_epoch, self.end_offset)

    async def epoch_at(self, offset: int) -> int:
        """Return the epoch of the record at `offset`."""
        return -1 if self._epochs is None else self._epochs.at(offset)

    async def delete_before(self, offset: int) -> int | Refused:
        """Raise the log start offset, and free what is before it."""
        if offset == TO_HIGH_WATERMARK:
            offset = self.end_offset
        if not 0 <= offset <= self.end_offset:
            return OUT_OF_RANGE
        if offset > self._log_start_offset:
            before, self._log_start_offset = self._log_start_offset, offset
            try:
                self._start_moved()
            except OSError as error:
                self._log_start_offset = before
                return self._write_failed(error)
            self._memory.used_bytes -= self._drop_before(offset)
            if self.watchers is not None and self.readable_end(Isolation.READ_COMMITTED) == offset:
                self.watchers.wake()  # the beginning of an open transaction is gone
            if self._epochs is not None:
                self._epochs.drop_before(offset)
        return self._log_start_offset

    async def apply_retention(self, now_ms: int, retention_ms: int, retention_bytes: int) -> int | Refused:
        """Delete segments that are too old or too much."""
        try:
            keep_from = self._kept_from(now_ms, retention_ms, retention_bytes)
        except OSError as error:
            return self._failed(error)
        if keep_from <= self._log_start_offset:
            return self._log_start_offset
        if keep_from == self.end_offset and self._active.size_bytes:
            try:
                self._roll()
            except OSError as error:
                return self._write_failed(error)
        return await self.delete_before(keep_from)

    async def size_bytes(self) -> int:
        """Return the size of all batches."""
        return sum(segment.size_bytes for segment in self._closed or ()) + self._active.size_bytes

    async def transaction_guard(self, producer_id: int, producer_epoch: int, base_sequence: int = -1) -> int | None:
        """Return what the first batch of a transaction needs, None if it is open already."""
        if self._verification is None:
            self._verification = Verification()
        producers = self._producers or self._make_producers()
        return self._verification.ask(producers, producer_id, producer_epoch, base_sequence, self.end_offset)

    async def active_producers(self) -> list[ActiveProducer]:
        """Return the producers that are remembered."""
        return [] if self._producers is None else self._producers.active()

    # What an engine's log does its own way.

    @abstractmethod
    def _roll(self) -> None:
        """Close the active segment and begin another at the log's end; OSError as `ActiveView.add`."""

    @abstractmethod
    def _make_room(self, size_bytes: int) -> bool:
        """Free memory for a batch of a size, and tell whether there is enough now."""

    @abstractmethod
    def _discard(self, segment: C) -> int:
        """Part with a closed segment and return how much memory that gave back."""

    @abstractmethod
    def _without_head(self, segment: C, offset: int) -> tuple[C, int]:
        """Return a closed segment without what can be freed before `offset`, and how much memory that gave back."""

    @abstractmethod
    def _has_aborted(self) -> bool:
        """Tell whether any transaction is known to have been aborted."""

    @abstractmethod
    def _aborted(self, offset: int, end_offset: int) -> Iterable[AbortedTransaction]:
        """Return the aborted transactions with anything from `offset` on and before `end_offset`; OSError."""

    @abstractmethod
    def _note_aborted(self, aborted: AbortedTransaction) -> None:
        """Enter an aborted transaction, whose marker comes next in the active segment; OSError: then it is not."""

    @abstractmethod
    def _take_back_aborted(self) -> None:
        """Undo the last `_note_aborted`: its marker could not be written; OSError."""

    def _start_moved(self) -> None:
        """Make a new log start offset durable before anyone is told; OSError if that fails."""

    def _modified_ms(self, segment: SegmentView) -> int | None:  # noqa: ARG002 - engines that last know
        """Return when a segment was written whose records do not tell, and which was there before this process."""
        return None

    def _failed(self, error: OSError) -> Refused:
        """Take note that a file cannot be read, and say what the partition answers."""
        logger.error("KAFKA_STORAGE_ERROR: %s", error)
        return FULL

    def _write_failed(self, error: OSError) -> Refused:
        """Take note that a file cannot be written, and say what the partition answers."""
        return self._failed(error)

    # How it is done.

    def _put(self, append: Append, producers: ProducerTable | None, marker: Marker | None = None) -> Appended | Refused:
        """Put a batch at the log's end that has passed all checks, remember its producer, and wake whoever waits."""
        _, batch, header, leader_epoch, _, _, _ = append
        size = len(batch)
        assert header.batch_length + LENGTH_PREFIX_SIZE == size, "one whole batch, and its own header"
        memory = self._memory
        if memory.used_bytes + size > memory.limit_bytes and not self._make_room(size):
            return FULL
        base_offset, max_timestamp_ms = self.end_offset, header.max_timestamp_ms
        last_offset = base_offset + header.last_offset_delta
        try:
            if self._active.size_bytes and self._must_roll(size, last_offset, max_timestamp_ms):
                self._roll()
            if marker is None or marker.commit:
                memory.used_bytes += self._active.add(batch, base_offset, leader_epoch, header)
            else:
                self._add_abort(append, base_offset)
        except OSError as error:
            return self._write_failed(error)
        if leader_epoch > self._leader_epoch:
            self._begin(leader_epoch)
        self.end_offset = last_offset + 1
        if producers is not None:
            if marker is None:
                producers.record(header, base_offset)
            else:
                producers.end_transaction(header, marker.coordinator_epoch, base_offset)
        if max_timestamp_ms < 0:
            self._note_untimed()
        if self.watchers is not None:
            self.watchers.wake()
        return _make(Appended, (base_offset, self._log_start_offset))

    def _append_transactional(self, append: Append, producers: ProducerTable) -> Appended | Duplicate | Refused:
        """Append what belongs to a producer's transaction, or ends it."""
        header, marker = append.header, append.marker
        verification = self._verification
        seen: SeenBatch | Refused | None
        if header.attributes & CONTROL_BIT:
            assert marker is not None, "whoever writes a marker says what it says"
            seen = check_marker(producers, header, marker)
        else:
            if verification is None:
                verification = self._verification = Verification()
            seen, marker = verification.check(producers, append), None
        if seen is not None:
            return self._not_again(seen)
        outcome = self._put(append, producers, marker)
        if verification is not None and isinstance(outcome, Appended):
            verification.done(header.producer_id)
        return outcome

    def _add_abort(self, append: Append, offset: int) -> None:
        """Put an abort marker at the end, and what it aborts into the index, both or neither; OSError."""
        _, batch, header, leader_epoch, _, _, _ = append
        aborted = None if self._producers is None else aborted_by(self._producers, header.producer_id, offset)
        if aborted is not None:
            self._note_aborted(aborted)
        try:
            self._memory.used_bytes += self._active.add(batch, offset, leader_epoch, header)
        except OSError:
            if aborted is not None:
                self._take_back_aborted()
            raise

    def _not_again(self, seen: SeenBatch | Refused) -> Duplicate | Refused:
        if isinstance(seen, Refused):
            return seen
        return Duplicate(seen.base_offset, self._log_start_offset, seen.max_timestamp_ms)

    def _must_roll(self, size_bytes: int, last_offset: int, max_timestamp_ms: int) -> bool:
        """Tell whether a batch belongs into a new segment (behaviour of Kafka 4.4: time is that of the records)."""
        config, active = self._config, self._active
        first_ms = active.first_timestamp_ms
        return (
            0 <= config.segment_bytes < active.size_bytes + size_bytes
            or (first_ms >= 0 and 0 <= config.segment_ms < max_timestamp_ms - first_ms)
            or last_offset - active.base_offset > MAX_RELATIVE_OFFSET
            or active.is_full(config.segment_index_bytes)
        )

    def _note_untimed(self) -> None:
        if self._untimed_ms is None:
            self._untimed_ms = {}
        self._untimed_ms[self._active.base_offset] = self._clock.now_ms()

    def _is_older(self, segment: SegmentView, than_ms: int) -> bool:
        """Tell whether a segment's newest record is older; without any timestamp it is as old as its last write."""
        if segment.max_timestamp_ms >= 0:
            return segment.max_timestamp_ms < than_ms
        if not segment.size_bytes:
            return False
        written_ms = None if self._untimed_ms is None else self._untimed_ms.get(segment.base_offset)
        if written_ms is None:
            written_ms = self._modified_ms(segment)
        return written_ms is not None and written_ms < than_ms

    def _kept_from(self, now_ms: int, retention_ms: int, retention_bytes: int) -> int:
        """Return where the first segment begins that is neither too old nor too much (behaviour of Kafka 4.4)."""
        segments: list[SegmentView] = [*(self._closed or ()), self._active]
        ends = [*(segment.base_offset for segment in segments[1:]), self.end_offset]
        sizes = [segment.size_bytes for segment in segments]
        gone = 0
        if retention_ms >= 0:
            while gone < len(segments) and self._is_older(segments[gone], now_ms - retention_ms):
                gone += 1
        if retention_bytes >= 0:
            excess_bytes = sum(sizes[gone:]) - retention_bytes
            while gone < len(segments) and 0 < sizes[gone] <= excess_bytes:
                excess_bytes -= sizes[gone]
                gone += 1
        return ends[gone - 1] if gone else self._log_start_offset

    def _segments_from(self, offset: int) -> Iterable[SegmentView]:
        closed, active = self._closed, self._active
        if closed is None or offset >= active.base_offset:
            return (active,)
        first = max(bisect_right(closed, offset, key=_base_offset_of) - 1, 0)
        return chain(closed[first:], (active,))

    def _make_producers(self) -> ProducerTable:
        self._producers = self._new_producers()
        return self._producers

    def _begin(self, leader_epoch: int) -> None:
        if self._epochs is None:
            self._epochs = EpochCache()
        self._epochs.begin(leader_epoch, self.end_offset)
        self._leader_epoch = leader_epoch

    def _drop_before(self, offset: int) -> int:
        """Free what is before `offset` and return how much memory that gave back."""
        freed = 0
        active, closed = self._active, self._closed
        if self._untimed_ms is not None:
            kept = {base: written_ms for base, written_ms in self._untimed_ms.items() if base >= active.base_offset}
            self._untimed_ms = kept or None
        if closed is not None:
            gone = sum(1 for start in [*map(_base_offset_of, closed[1:]), active.base_offset] if start <= offset)
            freed = sum(map(self._discard, closed[:gone]))
            del closed[:gone]
            if closed:
                closed[0], head_bytes = self._without_head(closed[0], offset)
                return freed + head_bytes
            self._closed = None
        return freed + active.drop_before(offset, self.end_offset)


def aborted_by(producers: ProducerTable, producer_id: int, offset: int) -> AbortedTransaction | None:
    """Return what an abort marker at `offset` aborts, before the table is told of it; None if nothing is open."""
    state = producers.find(producer_id)
    if state is None or state.transaction_start < 0:
        return None
    first_other = producers.first_open_without(producer_id)
    return AbortedTransaction(
        producer_id, state.transaction_start, offset, offset + 1 if first_other < 0 else first_other
    )


def _ranges(aborted: Iterable[AbortedTransaction]) -> list[AbortedRange]:
    return [
        AbortedRange(one.producer_id, one.first_offset) for one in sorted(aborted, key=lambda one: one.first_offset)
    ]
