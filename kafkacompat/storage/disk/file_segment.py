"""A segment in a file: what closed and growing ones have in common, which is everything about reading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.chunks import end_offset_of
from kafkacompat.storage.disk.indexes import START
from kafkacompat.storage.disk.open_files import DamagedFileError
from kafkacompat.storage.disk.walking import RUN_BYTES, Batch, Order, checked, headers, whole_batches
from kafkacompat.wire.pieces import FileRange
from kafkacompat.wire.records.batch import read_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.storage.disk.indexes import Index, Place
    from kafkacompat.storage.disk.open_files import LogFile
    from kafkacompat.storage.disk.walking import FirstBatch
    from kafkacompat.wire.pieces import OutgoingPiece

SMALL_BYTES: Final = 64 << 10
"""What is smaller is read at once: a range would only cost a second look."""
MAX_HINTS: Final = 16
"""How many readers of one segment may have their next position remembered."""


class FileSegment(ABC):
    """A `SegmentView` of a file.

    What this process has written, or has checked once, is trusted; anything else is checked when it is first read, so
    that no reader is ever given what was not written.
    """

    __slots__ = (
        "_checked_from",
        "_checked_to",
        "_gaps_before",
        "_hints",
        "_written_from",
        "base_offset",
        "end_offset",
        "file",
        "first_batch",
        "size_bytes",
    )

    def __init__(self, file: LogFile, base_offset: int, end_offset: int, size_bytes: int, gaps_before: int) -> None:
        self.file = file
        self.base_offset = base_offset
        self.end_offset = end_offset
        """Where the next segment begins."""
        self.size_bytes = size_bytes
        self.first_batch: FirstBatch | None = None
        """The batch it begins with, if that is known."""
        self._gaps_before = gaps_before
        self._written_from = size_bytes
        self._checked_from = self._checked_to = 0
        self._hints: dict[int, int] | None = None

    @property
    @abstractmethod
    def index(self) -> Index:
        """The segment's indexes."""

    @property
    @abstractmethod
    def max_timestamp_ms(self) -> int:
        """The largest timestamp that any header names, -1 if there is none."""

    @abstractmethod
    def mistrust_index(self) -> None:
        """Have the indexes made anew from the segment itself; DamagedFileError if that is no use."""

    def trust(self, position: int) -> None:
        """Take the file from a position on for what was written: it has just been checked."""
        self._written_from = position

    def take(self, offset: int, room: int, pieces: list[OutgoingPiece], *, whole_first: bool) -> tuple[int, bool]:
        """Take whole batches, as `SegmentView` says."""
        size = self.size_bytes
        if not pieces and self._gaps_before <= offset < self.base_offset:
            raise DamagedFileError(self.file.path, f"begins at {self.base_offset}, and {offset} before it is missing")
        start = self.position_of(offset)
        if start == size:
            if self._gaps_before <= max(offset, self.base_offset) < self.end_offset:
                raise DamagedFileError(self.file.path, f"ends before offset {offset}, which it should hold")
            return 0, False  # empty, or compaction left a gap at its end
        end = size if size - start <= room else self._fitting_end(start, room)
        if end == start:
            if pieces or not whole_first:
                return 0, True
            end = self._first(start, None).end
        if not self._is_trusted(start, end):
            data = self._checked(start, end, offset)
            pieces.append(data)
            return len(data), start + len(data) < size
        if end - start <= SMALL_BYTES:
            pieces.append(self.file.read_at(start, end - start))
        else:
            pieces.append(FileRange(self.file, start, end - start))
        return end - start, end < size

    def runs(self, offset: int, timestamp_ms: int) -> Iterator[bytes]:
        """Return runs of batches from `offset` on, as `SegmentView` says."""
        if timestamp_ms > self.max_timestamp_ms:
            return
        older = self.index.before_time(timestamp_ms)
        if older is not None:
            offset = max(offset, self.base_offset + older.relative_offset)
        for position, run in whole_batches(self.file, self.position_of(offset), self.size_bytes):
            if not self._is_trusted(position, position + len(run)):
                self._check(position, run, Order(None, self._gaps_before))
            yield run

    def position_of(self, offset: int) -> int:
        """Return where the first batch begins that holds `offset` or a later one; the segment's size if none does."""
        if offset <= self.base_offset or not self.size_bytes:
            return 0
        if self._hints is not None:
            hint = self._hints.get(offset)
            if hint is not None:
                return hint
        for batch in self._walk(offset - self.base_offset, by_position=False):
            if batch.last_offset >= offset:
                return batch.position
        return self.size_bytes

    def bytes_between(self, offset: int, end_offset: int) -> int:
        """Return how far it is from one batch to another, as `SegmentView` says."""
        return self.position_of(end_offset) - self.position_of(offset)

    def end_of(self, piece: OutgoingPiece) -> int:
        """Return the offset after a piece, as `SegmentView` says: where the batch after it begins."""
        if not isinstance(piece, FileRange):
            return end_offset_of(piece)
        end = piece.position + len(piece)
        return self.end_offset if end >= self.size_bytes else self._first(end, None).header.base_offset

    def headers_from(self, position: int) -> Iterator[Batch]:
        """Step through the batches from a position on, by their headers."""
        return headers(self.file, position, self.size_bytes, Order(None, self._gaps_before))

    def remember(self, offset: int, position: int) -> None:
        """Remember where a batch begins that a reader is likely to ask for next."""
        hints = self._hints
        if hints is None:
            hints = self._hints = {}
        elif len(hints) >= MAX_HINTS and offset not in hints:
            del hints[next(iter(hints))]
        hints[offset] = position

    def _fitting_end(self, start: int, room: int) -> int:
        """Return where the last batch ends that fits within `room` bytes from `start` on; `start` if none fits."""
        limit = start + room
        if room <= 0:
            return start
        place = self.index.at_position(limit)
        batches = headers(self.file, start, self.size_bytes, Order(None, self._gaps_before))
        if place.position > start:
            batches = self._walk(limit, by_position=True)
        for batch in batches:
            if batch.end > limit:
                self.remember(batch.header.base_offset, batch.position)
                return batch.position
        return self.size_bytes

    def _walk(self, sought: int, *, by_position: bool) -> Iterator[Batch]:
        """Step through the batches from the indexed one before what is sought; an index that leads astray is remade."""
        place = self._look_up(sought, by_position=by_position)
        if not self._is_right(place):
            self.mistrust_index()
            place = self._look_up(sought, by_position=by_position)
        first = self.base_offset if place == START else None
        return headers(self.file, place.position, self.size_bytes, Order(first, self._gaps_before))

    def _look_up(self, sought: int, *, by_position: bool) -> Place:
        index = self.index
        return index.at_position(sought) if by_position else index.at_offset(sought)

    def _is_right(self, place: Place) -> bool:
        """Tell whether an entry leads to the batch that it was made for."""
        if place == START:
            return True
        if place.position >= self.size_bytes:
            return False
        try:
            return self._first(place.position, None).last_offset == self.base_offset + place.relative_offset
        except DamagedFileError:
            return False

    def _first(self, position: int, offset: int | None) -> Batch:
        return next(headers(self.file, position, self.size_bytes, Order(offset, self._gaps_before)))

    def _ends_right(self, next_offset: int | None) -> bool:
        """Tell whether the segment's last batch is followed by what the next segment begins with."""
        end_offset = self.end_offset
        return next_offset == end_offset or (
            next_offset is not None and next_offset < min(end_offset, self._gaps_before)
        )

    def _is_trusted(self, start: int, end: int) -> bool:
        return start >= self._written_from or self._checked_from <= start <= end <= self._checked_to

    def _checked(self, start: int, end: int, offset: int) -> bytes:
        """Read what is not trusted yet, at most one run of it, and check it."""
        if end - start > RUN_BYTES:
            end = self._fitting_end(start, RUN_BYTES)
            if end == start:
                end = self._first(start, None).end
        data = self.file.read_at(start, end - start)
        first = self.base_offset if start == 0 else read_header(data).base_offset
        if first > offset > self._gaps_before and start:
            raise DamagedFileError(self.file.path, f"byte {start}: offset {offset} is missing")
        self._check(start, data, Order(first, self._gaps_before))
        return data

    def _check(self, start: int, run: bytes, order: Order) -> None:
        end = 0
        for batch in checked(run, order):
            end = batch.end
        if end != len(run) or (start + end == self.size_bytes and not self._ends_right(order.next_offset)):
            raise DamagedFileError(self.file.path, f"byte {start + end}: this is not the batch that was written")
        end += start
        if self._checked_from <= start <= self._checked_to <= end:
            self._checked_to = end
        elif end - start > self._checked_to - self._checked_from:
            self._checked_from, self._checked_to = start, end
