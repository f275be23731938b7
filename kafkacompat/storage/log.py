"""One partition's log of the ephemeral engine: in memory while it is small, in files once it is not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.aborted import ENTRY_BYTES, AbortedIndex
from kafkacompat.storage.chunks import batches
from kafkacompat.storage.disk.segment_files import INDEX, LOG, TIME_INDEX, GrowingFileSegment, Storage, segment_name
from kafkacompat.storage.partition_log import EmbeddedLog
from kafkacompat.storage.segment import ActiveSegment, Segment
from kafkacompat.wire.records.batch import LENGTH_PREFIX_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kafkacompat.clock.ports import Clock
    from kafkacompat.storage.aborted import AbortedTransaction
    from kafkacompat.storage.disk.open_files import LogFile
    from kafkacompat.storage.disk.segment_files import ClosedFileSegment
    from kafkacompat.storage.memory import Memory
    from kafkacompat.storage.producers import ProducerTable
    from kafkacompat.storage.spill import SpillFolder
    from kafkacompat.storage.store import LogConfig

logger = logging.getLogger(__name__)

LOG_MEMORY_BYTES: Final = 4 << 20
"""What one log keeps in memory; one that grows beyond it goes to files as a whole."""


class EphemeralLog(EmbeddedLog["Segment | ClosedFileSegment"]):
    """A log in memory or, where there is a `spill` folder and the log or the whole engine is large, in files there."""

    __slots__ = ("_aborted_index", "_closed_bytes", "_spill", "_storage")

    _active: ActiveSegment | GrowingFileSegment

    def __init__(
        self,
        config: LogConfig,
        clock: Clock,
        memory: Memory,
        new_producers: Callable[[], ProducerTable],
        spill: SpillFolder | None = None,
    ) -> None:
        super().__init__(config, clock, memory, new_producers)
        self._active = ActiveSegment(0)
        self._aborted_index: AbortedIndex | None = None
        self._closed_bytes = 0
        """What the closed segments hold in memory."""
        self._spill = spill
        self._storage: Storage | None = None
        """Where its files are, once it is in files."""

    def release(self) -> None:
        """Give memory and files back and wake whoever waits."""
        self._memory.used_bytes -= self._closed_bytes
        if self._aborted_index is not None:
            self._memory.used_bytes -= ENTRY_BYTES * len(self._aborted_index)
            self._aborted_index = None
        if isinstance(self._active, ActiveSegment):
            self._memory.used_bytes -= self._active.size_bytes
        if self._storage is not None and self._spill is not None:
            for segment in [*(self._closed or ()), self._active]:
                if not isinstance(segment, Segment | ActiveSegment):
                    _pin(segment.file)
            self._spill.remove_log(self._storage)
        super().release()

    def _must_roll(self, size_bytes: int, last_offset: int, max_timestamp_ms: int) -> bool:
        if (
            self._spill is not None
            and self._storage is None
            and self._closed_bytes + self._active.size_bytes + size_bytes > LOG_MEMORY_BYTES
        ):
            self._go_to_files(self._spill)
        return super()._must_roll(size_bytes, last_offset, max_timestamp_ms)

    def _roll(self) -> None:
        closed: Segment | ClosedFileSegment
        if isinstance(self._active, ActiveSegment):
            closed = self._active.close()
            self._closed_bytes += closed.size_bytes
            self._active = ActiveSegment(self.end_offset)
        else:
            assert self._storage is not None, "it is in files"
            closed = self._active.closed()
            self._active = GrowingFileSegment(self._storage, self.end_offset, self._config.index_interval_bytes)
        if self._closed is None:
            self._closed = []
        self._closed.append(closed)

    def _make_room(self, size_bytes: int) -> bool:  # noqa: ARG002 - all of it goes
        if self._spill is not None and self._storage is None:
            self._go_to_files(self._spill)
        return self._storage is not None

    def _discard(self, segment: Segment | ClosedFileSegment) -> int:
        if isinstance(segment, Segment):
            self._closed_bytes -= segment.size_bytes
            return segment.size_bytes
        assert self._storage is not None, "it is in files"
        segment.close()
        _pin(segment.file)
        for suffix in (LOG, INDEX, TIME_INDEX):
            self._storage.files.remove_if_there(self._storage.path(segment_name(segment.base_offset, suffix)))
        return 0

    def _without_head(
        self, segment: Segment | ClosedFileSegment, offset: int
    ) -> tuple[Segment | ClosedFileSegment, int]:
        if not isinstance(segment, Segment):
            return segment, 0
        rest, freed = segment.without_head(offset)
        self._closed_bytes -= freed
        return rest, freed

    def _drop_before(self, offset: int) -> int:
        freed = super()._drop_before(offset)
        if self._aborted_index is not None:
            freed += ENTRY_BYTES * self._aborted_index.drop_before(offset)
        return freed

    def _has_aborted(self) -> bool:
        return self._aborted_index is not None

    def _aborted(self, offset: int, end_offset: int) -> Iterable[AbortedTransaction]:
        return () if self._aborted_index is None else self._aborted_index.overlapping(offset, end_offset)

    def _note_aborted(self, aborted: AbortedTransaction) -> None:
        if self._aborted_index is None:
            self._aborted_index = AbortedIndex()
        self._aborted_index.add(aborted)
        self._memory.used_bytes += ENTRY_BYTES

    def _take_back_aborted(self) -> None:
        assert self._aborted_index is not None, "something was noted"
        self._aborted_index.take_back()
        self._memory.used_bytes -= ENTRY_BYTES

    def _go_to_files(self, spill: SpillFolder) -> None:
        """Write everything to files, and give the memory back; if that cannot be, stay in memory."""
        active = self._active
        assert isinstance(active, ActiveSegment), "it goes once"
        try:
            storage = spill.new_log()
            closed: list[Segment | ClosedFileSegment] = [
                self._written(storage, segment).closed()
                for segment in self._closed or ()
                if isinstance(segment, Segment)
            ]
            active.merge()
            written = self._written(storage, active)
        except OSError as error:
            logger.warning("a log of %d bytes stays in memory: %s", self._closed_bytes + active.size_bytes, error)
            self._spill = None
            return
        self._memory.used_bytes -= self._closed_bytes + active.size_bytes
        self._closed_bytes = 0
        self._closed = closed or None
        self._active = written
        self._storage = storage

    def _written(self, storage: Storage, segment: Segment | ActiveSegment) -> GrowingFileSegment:
        growing = GrowingFileSegment(storage, segment.base_offset, self._config.index_interval_bytes)
        for chunk in segment.chunks:
            growing.write((chunk,))
            for _, header in batches(chunk):
                growing.note(header.base_offset, header, header.batch_length + LENGTH_PREFIX_SIZE)
        return growing


def _pin(file: LogFile) -> None:
    try:
        file.pin()
    except OSError as error:
        logger.warning("whoever still reads %s will not finish: %s", file.path, error)
