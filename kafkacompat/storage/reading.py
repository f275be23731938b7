"""Taking whole batches out of the segments of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kafkacompat.wire.pieces import OutgoingPiece


class SegmentView(Protocol):
    """A part of a log as readers see it, in memory or in a file.

    What is in a file may raise OSError: it cannot be read, or it is not what was written.
    """

    @property
    def base_offset(self) -> int:
        """The offset from which on its batches are; compaction may have taken the first ones."""

    @property
    def size_bytes(self) -> int:
        """The size of all its batches."""

    @property
    def max_timestamp_ms(self) -> int:
        """The largest timestamp that any header names, -1 if there is none."""

    def take(self, offset: int, room: int, pieces: list[OutgoingPiece], *, whole_first: bool) -> tuple[int, bool]:
        """Add to `pieces` whole batches from the one that contains `offset` on, at most `room` bytes.

        If `pieces` is empty and `whole_first`, the first batch is taken even if it is larger.  Returns how many bytes
        were taken, and whether that is all for now: there is more here, which the next segment must not overtake.
        """

    def runs(self, offset: int, timestamp_ms: int) -> Iterator[bytes]:
        """Return runs of whole batches in order, of which the first may begin before `offset`.

        Batches may be left out if all their timestamps are below `timestamp_ms`.
        """

    def bytes_between(self, offset: int, end_offset: int) -> int:
        """Return how far it is from the batch that contains `offset` to the one that contains `end_offset`."""

    def end_of(self, piece: OutgoingPiece) -> int:
        """Return the offset after the last batch of a piece that was taken from here."""


class Taken(NamedTuple):
    """Whole batches, in one piece or several, their size together, and the segment that the last is from."""

    pieces: list[OutgoingPiece]
    size_bytes: int
    last: SegmentView | None = None


def take(segments: Iterable[SegmentView], offset: int, limit_bytes: int, *, whole_first: bool) -> Taken:
    """Return pieces of whole batches, from the one that contains `offset` on.

    They hold at most `limit_bytes` together; with `whole_first` the first batch is taken even if it is larger.
    """
    pieces: list[OutgoingPiece] = []
    taken_bytes = 0
    last = None
    for segment in segments:
        size, is_all = segment.take(offset, limit_bytes - taken_bytes, pieces, whole_first=whole_first)
        if size:
            taken_bytes += size
            last = segment
        if is_all:
            break
    return Taken(pieces, taken_bytes, last)


def end_of(taken: Taken) -> int:
    """Return the offset after the last batch that was taken, -1 if there is none."""
    return -1 if taken.last is None else taken.last.end_of(taken.pieces[-1])


def bytes_between(segments: Iterable[SegmentView], offset: int, end_offset: int) -> int:
    """Return how far it is from the batch that contains `offset` to the one that contains `end_offset`."""
    distance = 0
    for segment in segments:
        if segment.base_offset >= end_offset:
            break
        distance += segment.bytes_between(offset, end_offset)
    return distance
