"""One partition's log, whatever its segments are kept in: what the embedded engines have in common."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from bisect import bisect_right
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from kafkacompat.storage.epochs import UNKNOWN_EPOCH, EpochCache
from kafkacompat.storage.reading import SegmentView, Taken, take
from kafkacompat.storage.store import Appended, Bounds, Duplicate, EpochEnd, Isolation, Read, Refused
from kafkacompat.storage.timestamps import first_at_or_after, first_of_largest
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.records.batch import CONTROL_BIT, LENGTH_PREFIX_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kafkacompat.clock.ports import Clock
    from kafkacompat.storage.memory import Memory
    from kafkacompat.storage.producers import ProducerTable, SeenBatch
    from kafkacompat.storage.store import ActiveProducer, Append, LogConfig, TimestampOffset
    from kafkacompat.storage.watches import Watchers
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

logger = logging.getLogger(__name__)

MAX_RELATIVE_OFFSET: Final = (1 << 31) - 1
"""Indexes of a segment name offsets relative to its base, as int32."""
FULL: Final = Refused(ErrorCode.KAFKA_STORAGE_ERROR)
OUT_OF_RANGE: Final = Refused(ErrorCode.OFFSET_OUT_OF_RANGE)
TO_HIGH_WATERMARK: Final = -1
_base_offset_of: Final = attrgetter("base_offset")


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
        _, batch, header, leader_epoch = append
        size = len(batch)
        assert header.batch_length + LENGTH_PREFIX_SIZE == size, "one whole batch, and its own header"
        producers = None
        if header.producer_id >= 0 and not header.attributes & CONTROL_BIT:
            producers = self._producers or self._make_producers()
            seen = producers.check(header)
            if seen is not None:
                return self._not_again(seen)
        memory = self._memory
        if memory.used_bytes + size > memory.limit_bytes and not self._make_room(size):
            return FULL
        base_offset = self.end_offset
        last_offset = base_offset + header.last_offset_delta
        try:
            if self._active.size_bytes and self._must_roll(size, last_offset, header.max_timestamp_ms):
                self._roll()
            memory.used_bytes += self._active.add(batch, base_offset, leader_epoch, header)
        except OSError as error:
            return self._write_failed(error)
        if leader_epoch > self._leader_epoch:
            self._begin(leader_epoch)
        self.end_offset = last_offset + 1
        if producers is not None:
            producers.record(header, base_offset)
        if header.max_timestamp_ms < 0:
            self._note_untimed()
        if self.watchers is not None:
            self.watchers.wake()
        return Appended(base_offset, self._log_start_offset)

    def read(self, offset: int, limit_bytes: int, isolation: Isolation, *, whole_first: bool) -> Read | Refused:
        """Return whole batches from the one that contains `offset` on."""
        end_offset = self.end_offset
        if not self._log_start_offset <= offset <= end_offset:
            return OUT_OF_RANGE
        if offset == end_offset or (limit_bytes <= 0 and not whole_first):
            taken = Taken([], 0)
        else:
            try:
                taken = take(self._segments_from(offset), offset, limit_bytes, whole_first=whole_first)
            except OSError as error:
                return self._failed(error)
        return Read(
            taken.pieces,
            taken.size_bytes,
            self._log_start_offset,
            end_offset,
            self.readable_end(Isolation.READ_COMMITTED),
            [] if isolation is Isolation.READ_COMMITTED else None,
        )

    def readable_end(self, _isolation: Isolation) -> int:
        """Return the offset before which a reader may see: no transaction is ever open yet, so it is one for all."""
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
