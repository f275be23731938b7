"""The files of one segment: their names, and the closed and the growing segment that are made of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.chunks import PLACE
from kafkacompat.storage.disk.file_segment import FileSegment
from kafkacompat.storage.disk.indexes import GrowingIndex, StoredIndex
from kafkacompat.storage.disk.open_files import DamagedFileError, LogFile
from kafkacompat.storage.disk.walking import Batch, FirstBatch, Order, headers
from kafkacompat.wire.records.batch import LENGTH_PREFIX_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.storage.disk.files import Files
    from kafkacompat.storage.disk.open_files import Folder, OpenFiles
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

logger = logging.getLogger(__name__)

LOG: Final = ".log"
INDEX: Final = ".index"
TIME_INDEX: Final = ".timeindex"
NO_TIMESTAMP: Final = -1
NO_OFFSET_LIMIT: Final = 1 << 63
MAX_POSITION: Final = (1 << 31) - 1
"""Indexes name positions as int32."""

_pack_place = PLACE.pack


def segment_name(base_offset: int, suffix: str) -> str:
    """Return the name of one of a segment's files."""
    return f"{base_offset:020}{suffix}"


class Storage:
    """Where the segments of one log are kept; compaction may have left gaps between batches before `gaps_before`."""

    __slots__ = ("folder", "gaps_before", "open_files")

    def __init__(self, open_files: OpenFiles, folder: Folder, gaps_before: int = 0) -> None:
        self.open_files = open_files
        self.folder = folder
        self.gaps_before = gaps_before

    @property
    def files(self) -> Files:
        """The door to the disk."""
        return self.open_files.files

    def path(self, name: str) -> str:
        """Return where a file of the log is."""
        return f"{self.folder.path}/{name}"

    def file(self, base_offset: int, suffix: str, *, grows: bool = False) -> LogFile:
        """Return one of a segment's files, not open yet."""
        return LogFile(self.open_files, self.folder, segment_name(base_offset, suffix), grows=grows)


class ClosedFileSegment(FileSegment):
    """A segment that grows no more.  Its indexes are looked up in their files, and made anew if they are no good."""

    __slots__ = ("_index", "_interval_bytes", "_max_timestamp_ms", "_storage")

    def __init__(
        self, storage: Storage, base_offset: int, end_offset: int, size_bytes: int, interval_bytes: int
    ) -> None:
        super().__init__(storage.file(base_offset, LOG), base_offset, end_offset, size_bytes, storage.gaps_before)
        self._storage = storage
        self._interval_bytes = interval_bytes
        self._index: StoredIndex | None = None
        self._max_timestamp_ms: int | None = None

    @property
    def index(self) -> StoredIndex:
        """The indexes, in their files."""
        if self._index is None:
            try:
                self._index = self._stored_index()
            except OSError as error:
                logger.warning("making the indexes of %s anew: %s", self.file.path, error)
                self.mistrust_index()
        assert self._index is not None, "just made"
        return self._index

    @property
    def max_timestamp_ms(self) -> int:
        """The largest timestamp that any header names."""
        if self._max_timestamp_ms is None:
            last = self.index.last_time()
            self._max_timestamp_ms = NO_TIMESTAMP if last is None else last.timestamp_ms
        return self._max_timestamp_ms

    def mistrust_index(self) -> None:
        """Make the indexes anew from the segment."""
        self._close_index()
        growing = GrowingFileSegment(self._storage, self.base_offset, self._interval_bytes)
        growing.read_over(self.size_bytes)
        growing.write_index()
        self._max_timestamp_ms = growing.max_timestamp_ms
        self._index = self._stored_index()
        self._hints = None

    def files(self) -> list[LogFile]:
        """Return the files that readers may hold."""
        return [self.file]

    def close(self) -> None:
        """Give back the descriptors."""
        self.file.close()
        self._close_index()

    def _close_index(self) -> None:
        if self._index is not None:
            for file in self._index.files():
                file.close()
            self._index = None

    def _stored_index(self) -> StoredIndex:
        storage = self._storage
        offsets, times = storage.file(self.base_offset, INDEX), storage.file(self.base_offset, TIME_INDEX)
        sizes = storage.files.size(offsets.path), storage.files.size(times.path)
        if sizes[1] == 0 and self._has_timestamps():
            raise DamagedFileError(times.path, "is empty")
        index = StoredIndex(offsets, sizes[0], times, sizes[1])
        index.check(self.size_bytes)
        return index

    def _has_timestamps(self) -> bool:
        """Tell whether any header names a timestamp: without one, the time index is rightly empty, as Kafka's is."""
        return any(batch.header.max_timestamp_ms > NO_TIMESTAMP for batch in self.headers_from(0))


class GrowingFileSegment(FileSegment):
    """The segment at a log's end: an `ActiveView`.  Its indexes are in memory until it is closed."""

    __slots__ = (
        "_index",
        "_max_timestamp_ms",
        "_max_timestamp_offset",
        "_storage",
        "_unindexed_bytes",
        "first_timestamp_ms",
        "interval_bytes",
    )

    def __init__(self, storage: Storage, base_offset: int, interval_bytes: int) -> None:
        file = storage.file(base_offset, LOG, grows=True)
        super().__init__(file, base_offset, base_offset, 0, storage.gaps_before)
        self._storage = storage
        self._index = GrowingIndex()
        self._unindexed_bytes = 0
        self._max_timestamp_ms = NO_TIMESTAMP
        self._max_timestamp_offset = base_offset
        self.first_timestamp_ms = NO_TIMESTAMP
        self.interval_bytes = interval_bytes

    @property
    def index(self) -> GrowingIndex:
        """The indexes, in memory."""
        return self._index

    @property
    def max_timestamp_ms(self) -> int:
        """The largest timestamp that any header names."""
        return self._max_timestamp_ms

    def add(self, batch: Piece, base_offset: int, leader_epoch: int, header: BatchHeader) -> int:
        """Write a batch at the end with its place in it, without copying it; nothing of it stays in memory."""
        size = header.batch_length + LENGTH_PREFIX_SIZE
        # The sender's own bytes stay untouched: the place goes out of a buffer of its own, in the same call.
        place = _pack_place(base_offset, header.batch_length, leader_epoch)
        self.file.append((place, memoryview(batch)[PLACE.size :]), size, self.size_bytes)
        self.note(base_offset, header, size)
        return 0

    def write(self, batches: Sequence[Piece]) -> None:
        """Write whole batches that have their places already, and are still to be noted."""
        self.file.append(batches, sum(map(len, batches)), self.size_bytes)

    def note(self, base_offset: int, header: BatchHeader, size_bytes: int) -> None:
        """Take a batch that is in the file into account."""
        last_offset = base_offset + header.last_offset_delta
        max_timestamp_ms = header.max_timestamp_ms
        if max_timestamp_ms > self._max_timestamp_ms:
            self._max_timestamp_ms = max_timestamp_ms
            self._max_timestamp_offset = last_offset
        if not self.size_bytes:
            self.first_timestamp_ms = max_timestamp_ms
            self.first_batch = FirstBatch.of(header)
        if self._unindexed_bytes > self.interval_bytes:
            self._index.add(last_offset - self.base_offset, self.size_bytes)
            self._index.add_time(self._max_timestamp_ms, self._max_timestamp_offset - self.base_offset)
            self._unindexed_bytes = 0
        self._unindexed_bytes += size_bytes
        self.size_bytes += size_bytes
        self.end_offset = last_offset + 1

    def is_full(self, index_bytes: int) -> bool:
        """Tell whether an index is full, or the file so long that an index could not name its end."""
        return self.size_bytes > MAX_POSITION or self._index.is_full(index_bytes)

    def drop_before(self, offset: int, end_offset: int) -> int:  # noqa: ARG002 - `ActiveView`'s signature
        """Free nothing: a file is removed as a whole."""
        return 0

    def read_over(
        self, size_bytes: int, *, stored: GrowingIndex | None = None, until_offset: int = NO_OFFSET_LIMIT
    ) -> None:
        """Take into account what the file holds up to a size and an offset, by its headers.

        With `stored`, an index from its files, only what that lacks.  DamagedFileError where there is no batch, or not
        the one indexed.
        """
        interval_bytes = self.interval_bytes
        order = Order(self.base_offset, self._gaps_before)
        position = 0
        if stored is not None and size_bytes:
            position = self._take_index(stored, size_bytes)
            if position:
                order.next_offset = None
            # What follows was added after the last entry, so it makes none of its own before the next append.
            self.interval_bytes = size_bytes
        for batch in headers(self.file, position, size_bytes, order):
            if batch.header.base_offset >= until_offset:
                break
            self.note(batch.header.base_offset, batch.header, batch.end - batch.position)
        self.interval_bytes = interval_bytes
        self._written_from = self.size_bytes

    def _take_index(self, stored: GrowingIndex, size_bytes: int) -> int:
        """Take over an index from its files, if it fits, and return the position of its last batch."""
        place, last_time = stored.at_position(MAX_POSITION), stored.last_time()
        if place.position and not (
            place.position < size_bytes
            and self._header_at(place.position, size_bytes).last_offset == self.base_offset + place.relative_offset
        ):
            raise DamagedFileError(self._storage.path(segment_name(self.base_offset, INDEX)), "leads astray")
        self._index = stored
        first = self._header_at(0, size_bytes).header
        self.first_timestamp_ms, self.first_batch = first.max_timestamp_ms, FirstBatch.of(first)
        if last_time is not None:
            self._max_timestamp_ms = last_time.timestamp_ms
            self._max_timestamp_offset = self.base_offset + last_time.relative_offset
        if place.position:
            self.size_bytes = place.position
            self.end_offset = self._header_at(place.position, size_bytes).header.base_offset
        return place.position

    def _header_at(self, position: int, size_bytes: int) -> Batch:
        return next(headers(self.file, position, size_bytes, Order(None, self._gaps_before)))

    def mistrust_index(self) -> None:
        """Give up: an index in memory is right."""
        raise DamagedFileError(self.file.path, "is not what was written")

    def write_index(self) -> None:
        """Write the indexes to their files."""
        self._index.add_time(self._max_timestamp_ms, self._max_timestamp_offset - self.base_offset)
        files, path = self._storage.files, self._storage.path
        files.replace_if_other(path(segment_name(self.base_offset, INDEX)), self._index.offset_bytes())
        files.replace_if_other(path(segment_name(self.base_offset, TIME_INDEX)), self._index.time_bytes())

    def closed(self) -> ClosedFileSegment:
        """Return the segment as it stays; this object is used no more."""
        self.write_index()
        self.file.close()
        segment = ClosedFileSegment(
            self._storage, self.base_offset, self.end_offset, self.size_bytes, self.interval_bytes
        )
        segment.first_batch = self.first_batch
        segment._written_from = self._written_from  # noqa: SLF001 - the same file, trusted as before
        segment._checked_from, segment._checked_to = self._checked_from, self._checked_to  # noqa: SLF001
        return segment
