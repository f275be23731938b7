"""One partition's log in memory."""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.chunks import placed
from kafkacompat.storage.epochs import UNKNOWN_EPOCH, EpochCache
from kafkacompat.storage.reading import Taken, take
from kafkacompat.storage.segment import ActiveSegment
from kafkacompat.storage.store import Appended, Bounds, Duplicate, EpochEnd, Isolation, Read, Refused
from kafkacompat.storage.timestamps import first_at_or_after, first_of_largest
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import CONTROL_BIT, LENGTH_PREFIX_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kafkacompat.storage.chunks import ChunkList
    from kafkacompat.storage.memory import Memory
    from kafkacompat.storage.producers import ProducerTable
    from kafkacompat.storage.segment import Segment
    from kafkacompat.storage.store import Append, LogConfig, TimestampOffset
    from kafkacompat.storage.watches import Watchers

MAX_LOOSE_PIECES: Final = 16
"""A read that would meet more batches than this one by one has them merged first."""

FULL: Final = Refused(ErrorCode.KAFKA_STORAGE_ERROR)
OUT_OF_RANGE: Final = Refused(ErrorCode.OFFSET_OUT_OF_RANGE)
TO_HIGH_WATERMARK: Final = -1
_base_offset_of: Final = attrgetter("base_offset")


class EphemeralLog:
    """A `PartitionLog` in memory; what it rarely needs is made when first used, so that an empty one is small.

    There is one replica: whatever is appended is committed, so the high watermark is the log's end.
    """

    __slots__ = (
        "_active",
        "_closed",
        "_config",
        "_epochs",
        "_leader_epoch",
        "_log_start_offset",
        "_memory",
        "_new_producers",
        "_producers",
        "end_offset",
        "watchers",
    )

    def __init__(self, config: LogConfig, memory: Memory, new_producers: Callable[[], ProducerTable]) -> None:
        self._config = config
        self._memory = memory
        self._new_producers = new_producers
        self._producers: ProducerTable | None = None
        self._closed: list[Segment] | None = None
        self._active = ActiveSegment(0)
        self._epochs: EpochCache | None = None
        self._leader_epoch = -1
        self._log_start_offset = 0
        self.end_offset = 0
        self.watchers: Watchers | None = None
        """Who waits for this log's end to move."""

    # What the engine asks.

    def append(self, append: Append) -> Appended | Duplicate | Refused:
        """Check a batch, copy it to the log's end, and wake whoever waits for it."""
        _, batch, header, leader_epoch = append
        size = len(batch)
        assert header.batch_length + LENGTH_PREFIX_SIZE == size, "one whole batch, and its own header"
        producers = None
        if header.producer_id >= 0 and not header.attributes & CONTROL_BIT:
            producers = self._producers or self._make_producers()
            seen = producers.check(header)
            if seen is not None:
                if isinstance(seen, Refused):
                    return seen
                return Duplicate(seen.base_offset, self._log_start_offset, seen.max_timestamp_ms)
        memory = self._memory
        if memory.used_bytes + size > memory.limit_bytes:
            return FULL
        if leader_epoch > self._leader_epoch:
            self._begin(leader_epoch)
        base_offset = self.end_offset
        active = self._active
        if active.size_bytes and 0 <= self._config.segment_bytes < active.size_bytes + size:
            active = self._roll()
        active.add(placed(batch, base_offset, leader_epoch), base_offset, header.max_timestamp_ms)
        memory.used_bytes += size
        self.end_offset = base_offset + header.last_offset_delta + 1
        if producers is not None:
            producers.record(header, base_offset)
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
            if self._active.loose_from(offset) > MAX_LOOSE_PIECES:
                self._active.merge()
            taken = take(self._segments_from(offset), offset, limit_bytes, whole_first=whole_first)
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
        """Give the memory back and wake whoever waits."""
        self._memory.used_bytes -= self._active.size_bytes + sum(segment.size_bytes for segment in self._closed or ())
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
        return first_at_or_after(self._segments_from(start_offset), timestamp_ms, start_offset, end_offset)

    async def find_max_timestamp(self) -> TimestampOffset | None:
        """Return the first record with the largest timestamp."""
        return first_of_largest(self._segments_from(self._log_start_offset), self._log_start_offset)

    async def begin_epoch(self, leader_epoch: int) -> None:
        """Note that a leader of this epoch begins at the log's end."""
        if leader_epoch > self._leader_epoch:
            self._begin(leader_epoch)

    async def find_epoch(self, leader_epoch: int) -> EpochEnd:
        """Return where `leader_epoch` ends."""
        return UNKNOWN_EPOCH if self._epochs is None else self._epochs.end_of(leader_epoch, self.end_offset)

    async def epoch_at(self, offset: int) -> int:
        """Return the epoch of the record at `offset`."""
        return -1 if self._epochs is None else self._epochs.at(offset)

    async def delete_before(self, offset: int) -> int | Refused:
        """Raise the log start offset, and free the chunks before it."""
        if offset == TO_HIGH_WATERMARK:
            offset = self.end_offset
        if not 0 <= offset <= self.end_offset:
            return OUT_OF_RANGE
        if offset > self._log_start_offset:
            self._log_start_offset = offset
            self._memory.used_bytes -= self._drop_before(offset)
            if self._epochs is not None:
                self._epochs.drop_before(offset)
        return self._log_start_offset

    # How it is done.

    def _segments_from(self, offset: int) -> Iterable[ChunkList]:
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

    def _roll(self) -> ActiveSegment:
        """Close the active segment and begin another at the log's end."""
        if self._closed is None:
            self._closed = []
        self._closed.append(self._active.close())
        self._active = ActiveSegment(self.end_offset)
        return self._active

    def _drop_before(self, offset: int) -> int:
        """Free whole chunks before `offset` and return how many bytes those had."""
        freed = 0
        active, closed = self._active, self._closed
        if closed is not None:
            gone = sum(1 for start in [*map(_base_offset_of, closed[1:]), active.base_offset] if start <= offset)
            freed = sum(segment.size_bytes for segment in closed[:gone])
            del closed[:gone]
            if closed:
                closed[0], head_bytes = closed[0].without_head(offset)
                return freed + head_bytes
            self._closed = None
        return freed + active.drop_before(offset, self.end_offset)
