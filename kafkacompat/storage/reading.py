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


class Taken(NamedTuple):
    """Whole batches, in one piece or several, and their size together."""

    pieces: list[OutgoingPiece]
    size_bytes: int


def take(segments: Iterable[SegmentView], offset: int, limit_bytes: int, *, whole_first: bool) -> Taken:
    """Return pieces of whole batches, from the one that contains `offset` on.

    They hold at most `limit_bytes` together; with `whole_first` the first batch is taken even if it is larger.
    """
    pieces: list[OutgoingPiece] = []
    taken_bytes = 0
    for segment in segments:
        size, is_all = segment.take(offset, limit_bytes - taken_bytes, pieces, whole_first=whole_first)
        taken_bytes += size
        if is_all:
            break
    return Taken(pieces, taken_bytes)
