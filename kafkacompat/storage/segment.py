"""Segments in memory: the closed ones, immutable and shareable, and the active one at the end of a log."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.chunks import chunk_bytes_between, end_offset_of, kept_from, placed, take_chunks
from kafkacompat.wire.pieces import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kafkacompat.storage.chunks import ChunkList
    from kafkacompat.wire.pieces import OutgoingPiece
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

MAX_LOOSE_PIECES: Final = 16
"""A read that would meet more batches than this one by one has them merged first."""
NO_TIMESTAMP: Final = -1

CHUNK_BYTES: Final = 64 << 10
"""Small batches are merged into chunks of about this size, so that a large read has few pieces."""
LARGE_BATCH_BYTES: Final = 8 << 10
"""A batch of this size is a chunk of its own: copying it again would cost more than one more piece."""
MAX_LOOSE_CHUNKS: Final = 256
"""How many batches may wait to be merged: each costs about 120 bytes beside its own."""


class Segment(NamedTuple):
    """A closed part of a log.  Nothing in it ever changes: snapshots and forks may hold it too."""

    base_offset: int
    chunks: Sequence[bytes]
    base_offsets: Sequence[int]
    max_timestamps_ms: Sequence[int]
    size_bytes: int
    first_timestamp_ms: int = NO_TIMESTAMP

    @property
    def max_timestamp_ms(self) -> int:
        """The largest timestamp that any header names, -1 if there is none."""
        return max(self.max_timestamps_ms, default=NO_TIMESTAMP)

    def take(self, offset: int, room: int, pieces: list[OutgoingPiece], *, whole_first: bool) -> tuple[int, bool]:
        """Take whole batches, as `SegmentView` says."""
        return take_chunks(self, offset, room, pieces, whole_first=whole_first)

    def runs(self, offset: int, timestamp_ms: int) -> Iterator[bytes]:
        """Return the chunks from `offset` on, as `SegmentView` says."""
        return runs(self, offset, timestamp_ms)

    def bytes_between(self, offset: int, end_offset: int) -> int:
        """Return how far it is from one batch to another, as `SegmentView` says."""
        return chunk_bytes_between(self, offset, end_offset)

    def end_of(self, piece: OutgoingPiece) -> int:
        """Return the offset after a piece, as `SegmentView` says."""
        return end_offset_of(plain(piece))

    def without_head(self, offset: int) -> tuple[Segment, int]:
        """Return the segment without the chunks that end before `offset`, and how many bytes those had."""
        keep = kept_from(self.base_offsets, offset)
        freed = sum(map(len, self.chunks[:keep]))
        rest = Segment(
            self.base_offset,
            self.chunks[keep:],
            self.base_offsets[keep:],
            self.max_timestamps_ms[keep:],
            self.size_bytes - freed,
            self.first_timestamp_ms,
        )
        return rest, freed


class ActiveSegment:
    """The part of a log that grows.

    Batches come in as *loose* chunks of one batch each, and are merged when enough have gathered or a read would
    return too many of them.  Chunks themselves are immutable: readers keep what they were given.
    """

    __slots__ = (
        "_loose",
        "_loose_bytes",
        "base_offset",
        "base_offsets",
        "chunks",
        "first_timestamp_ms",
        "max_timestamps_ms",
        "size_bytes",
    )

    def __init__(self, base_offset: int) -> None:
        self.base_offset = base_offset
        self.chunks: list[bytes] = []
        self.base_offsets: list[int] = []
        self.max_timestamps_ms: list[int] = []
        self.size_bytes = 0
        self.first_timestamp_ms = NO_TIMESTAMP
        """The largest timestamp of the first batch: by what `segment.ms` counts."""
        self._loose = 0
        self._loose_bytes = 0

    def add(self, batch: Piece, base_offset: int, leader_epoch: int, header: BatchHeader) -> int:
        """Put a copy of a batch at the end, with its place in it; return how much memory that took."""
        size = len(batch)
        large = size >= LARGE_BATCH_BYTES
        if large and self._loose_bytes:
            self.merge()
        if not self.size_bytes:
            self.first_timestamp_ms = header.max_timestamp_ms
        self.chunks.append(placed(batch, base_offset, leader_epoch))
        self.base_offsets.append(base_offset)
        self.max_timestamps_ms.append(header.max_timestamp_ms)
        self.size_bytes += size
        if large:
            self._loose += 1
            return size
        self._loose_bytes += size
        if self._loose_bytes >= CHUNK_BYTES or len(self.chunks) - self._loose >= MAX_LOOSE_CHUNKS:
            self.merge()
        return size

    @property
    def max_timestamp_ms(self) -> int:
        """The largest timestamp that any header names, -1 if there is none."""
        return max(self.max_timestamps_ms, default=NO_TIMESTAMP)

    def take(self, offset: int, room: int, pieces: list[OutgoingPiece], *, whole_first: bool) -> tuple[int, bool]:
        """Take whole batches, as `SegmentView` says."""
        if self.loose_from(offset) > MAX_LOOSE_PIECES:
            self.merge()
        return take_chunks(self, offset, room, pieces, whole_first=whole_first)

    def runs(self, offset: int, timestamp_ms: int) -> Iterator[bytes]:
        """Return the chunks from `offset` on, as `SegmentView` says."""
        return runs(self, offset, timestamp_ms)

    def bytes_between(self, offset: int, end_offset: int) -> int:
        """Return how far it is from one batch to another, as `SegmentView` says."""
        return chunk_bytes_between(self, offset, end_offset)

    def end_of(self, piece: OutgoingPiece) -> int:
        """Return the offset after a piece, as `SegmentView` says."""
        return end_offset_of(plain(piece))

    def is_full(self, index_bytes: int) -> bool:  # noqa: ARG002 - there is no index
        """Tell whether it takes no more for a reason of its own."""
        return False

    def loose_from(self, offset: int) -> int:
        """Return how many loose chunks a read from `offset` on would meet."""
        return len(self.chunks) - max(self._loose, bisect_right(self.base_offsets, offset) - 1)

    def merge(self) -> None:
        """Make one chunk of the loose ones.

        Chunks before them that are no larger, left by earlier merges, are taken in too until the whole has the size of
        a chunk: so a byte is copied a logarithmic number of times, however often readers ask for a merge.
        """
        chunks, start, size = self.chunks, self._loose, self._loose_bytes
        while start and size < CHUNK_BYTES and len(chunks[start - 1]) <= size:
            start -= 1
            size += len(chunks[start])
        if len(chunks) - start > 1:
            chunks[start:] = [b"".join(chunks[start:])]
            del self.base_offsets[start + 1 :]
            self.max_timestamps_ms[start:] = [max(self.max_timestamps_ms[start:])]
        self._loose = len(chunks)
        self._loose_bytes = 0

    def close(self) -> Segment:
        """Return the segment as it stays; this object is used no more."""
        self.merge()
        return Segment(
            self.base_offset,
            tuple(self.chunks),
            tuple(self.base_offsets),
            tuple(self.max_timestamps_ms),
            self.size_bytes,
            self.first_timestamp_ms,
        )

    def drop_before(self, offset: int, end_offset: int) -> int:
        """Free the chunks that end before `offset` (`end_offset` is the log's) and return how many bytes they had."""
        self.merge()
        chunks = self.chunks
        keep = len(chunks) if offset >= end_offset else kept_from(self.base_offsets, offset)
        freed = sum(map(len, chunks[:keep]))
        del chunks[:keep], self.base_offsets[:keep], self.max_timestamps_ms[:keep]
        self.size_bytes -= freed
        self._loose = len(chunks)
        return freed


def runs(chunk_list: ChunkList, offset: int, timestamp_ms: int) -> Iterator[bytes]:
    """Return the chunks from the one that holds `offset` on, save those with nothing as new as `timestamp_ms`."""
    for index in range(kept_from(chunk_list.base_offsets, offset), len(chunk_list.chunks)):
        if chunk_list.max_timestamps_ms[index] >= timestamp_ms:
            yield chunk_list.chunks[index]
