"""The sparse indexes beside a segment, in Kafka's formats.

`.index`: entries of a relative offset (int32, of a batch's last record) and that batch's position (int32).
`.timeindex`: entries of the largest timestamp so far (int64) and the relative offset (int32) of the last record of the
batch that has it.  Both grow by an entry every `index.interval.bytes`; a time is only entered when it is new.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from struct import Struct, iter_unpack
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from kafkacompat.storage.disk.open_files import DamagedFileError

if TYPE_CHECKING:
    from kafkacompat.storage.disk.open_files import LogFile

OFFSET_ENTRY: Final = Struct(">II")
TIME_ENTRY: Final = Struct(">qI")


class Place(NamedTuple):
    """Where a batch begins in its segment, and the relative offset of its last record."""

    relative_offset: int
    position: int


class Time(NamedTuple):
    """The largest timestamp up to a batch, and the relative offset of that batch's last record."""

    timestamp_ms: int
    relative_offset: int


START: Final = Place(-1, 0)
"""The entry that an index has by being there: everything comes after it."""


class Index(Protocol):
    """Both indexes of one segment."""

    def at_offset(self, relative_offset: int) -> Place:
        """Return the last indexed batch whose last record is not after the offset, or START."""

    def at_position(self, position: int) -> Place:
        """Return the last indexed batch that does not begin after the position, or START."""

    def before_time(self, timestamp_ms: int) -> Time | None:
        """Return the last entry whose timestamp, the largest so far, is below the one asked, or None."""

    def last_time(self) -> Time | None:
        """Return the last entry of the time index, or None."""


class GrowingIndex:
    """The indexes of the segment at a log's end, in memory."""

    __slots__ = ("_offsets", "_positions", "_time_offsets", "_times")

    def __init__(self) -> None:
        self._offsets = array("I")
        self._positions = array("I")
        self._times = array("q")
        self._time_offsets = array("I")

    def add(self, relative_offset: int, position: int) -> None:
        """Enter a batch."""
        self._offsets.append(relative_offset)
        self._positions.append(position)

    def add_time(self, timestamp_ms: int, relative_offset: int) -> None:
        """Enter a largest timestamp, if it is new."""
        times = self._times
        if timestamp_ms >= 0 and (not times or timestamp_ms > times[-1]):
            times.append(timestamp_ms)
            self._time_offsets.append(relative_offset)

    def is_full(self, limit_bytes: int) -> bool:
        """Tell whether either has reached the size that it may have."""
        return (
            len(self._offsets) >= limit_bytes // OFFSET_ENTRY.size
            or len(self._times) >= limit_bytes // TIME_ENTRY.size - 1
        )

    def at_offset(self, relative_offset: int) -> Place:
        """See `Index`."""
        return self._place(bisect_right(self._offsets, relative_offset))

    def at_position(self, position: int) -> Place:
        """See `Index`."""
        return self._place(bisect_right(self._positions, position))

    def before_time(self, timestamp_ms: int) -> Time | None:
        """See `Index`."""
        after = bisect_right(self._times, timestamp_ms - 1)
        return Time(self._times[after - 1], self._time_offsets[after - 1]) if after else None

    def last_time(self) -> Time | None:
        """See `Index`."""
        return Time(self._times[-1], self._time_offsets[-1]) if self._times else None

    def _place(self, after: int) -> Place:
        return Place(self._offsets[after - 1], self._positions[after - 1]) if after else START

    # As files.

    def offset_bytes(self) -> bytes:
        """Return the contents of the `.index` file."""
        pairs = array("I", bytes(4 * 2 * len(self._offsets)))
        pairs[::2], pairs[1::2] = self._offsets, self._positions
        if sys.byteorder == "little":
            pairs.byteswap()
        return pairs.tobytes()

    def time_bytes(self) -> bytes:
        """Return the contents of the `.timeindex` file."""
        pack = TIME_ENTRY.pack
        return b"".join(map(pack, self._times, self._time_offsets))

    @staticmethod
    def parse(offset_data: bytes, time_data: bytes) -> GrowingIndex | None:
        """Read both files, or return None if they do not make sense."""
        if len(offset_data) % OFFSET_ENTRY.size or len(time_data) % TIME_ENTRY.size:
            return None
        index = GrowingIndex()
        last = START
        for place in map(Place._make, iter_unpack(">II", offset_data)):
            if place.relative_offset <= last.relative_offset or place.position < last.position:
                return None
            index.add(*place)
            last = place
        last_time = Time(-1, -1)
        for time in map(Time._make, iter_unpack(">qI", time_data)):
            if time.timestamp_ms <= last_time.timestamp_ms or time.relative_offset < last_time.relative_offset:
                return None
            index.add_time(*time)
            last_time = time
        return index


class StoredIndex:
    """The indexes of a closed segment, looked up in their files: nothing of them stays in memory."""

    __slots__ = ("_offset_count", "_offsets", "_time_count", "_times")

    def __init__(self, offsets: LogFile, offset_bytes: int, times: LogFile, time_bytes: int) -> None:
        self._offsets = offsets
        self._offset_count = offset_bytes // OFFSET_ENTRY.size
        self._times = times
        self._time_count = time_bytes // TIME_ENTRY.size

    def at_offset(self, relative_offset: int) -> Place:
        """See `Index`."""
        entries = range(self._offset_count)
        return self._place(bisect_right(entries, relative_offset, key=lambda entry: self._entry(entry).relative_offset))

    def at_position(self, position: int) -> Place:
        """See `Index`."""
        entries = range(self._offset_count)
        return self._place(bisect_right(entries, position, key=lambda entry: self._entry(entry).position))

    def before_time(self, timestamp_ms: int) -> Time | None:
        """See `Index`."""
        entries = range(self._time_count)
        after = bisect_right(entries, timestamp_ms - 1, key=lambda entry: self._time(entry).timestamp_ms)
        return self._time(after - 1) if after else None

    def last_time(self) -> Time | None:
        """See `Index`."""
        return self._time(self._time_count - 1) if self._time_count else None

    def files(self) -> tuple[LogFile, LogFile]:
        """Return the files of offsets and of times."""
        return self._offsets, self._times

    def check(self, segment_bytes: int) -> None:
        """DamagedFileError if the last entry cannot be of a segment of this size."""
        if self._offset_count and self._entry(self._offset_count - 1).position >= segment_bytes:
            raise DamagedFileError(self._offsets.path, "points beyond the end of its segment")

    def _place(self, after: int) -> Place:
        return self._entry(after - 1) if after else START

    def _entry(self, index: int) -> Place:
        size = OFFSET_ENTRY.size
        return Place._make(OFFSET_ENTRY.unpack(self._offsets.read_at(index * size, size)))

    def _time(self, index: int) -> Time:
        size = TIME_ENTRY.size
        return Time._make(TIME_ENTRY.unpack(self._times.read_at(index * size, size)))
