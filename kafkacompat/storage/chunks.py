"""Chunks: immutable runs of whole batches, and how to step through one by the batches' headers."""

from __future__ import annotations

from bisect import bisect_right
from struct import Struct
from typing import TYPE_CHECKING, Final, Protocol

from kafkacompat.wire.records.batch import LENGTH_PREFIX_SIZE, read_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kafkacompat.wire.pieces import OutgoingPiece
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

PLACE: Final = Struct(">qii")
"""Base offset, batch length, leader epoch: the first 16 bytes, outside the checksum."""
_STEP: Final = Struct(">qi11xi")
"""Base offset, batch length and last offset delta: what a walk needs of a header."""
_BATCH_LENGTH: Final = Struct(">8xi")

_pack_place = PLACE.pack
_unpack_step = _STEP.unpack_from
_unpack_batch_length = _BATCH_LENGTH.unpack_from


class ChunkList(Protocol):
    """Chunks in order of offset, and what is known of each: the first base offset and the largest timestamp."""

    @property
    def chunks(self) -> Sequence[bytes]:
        """The runs of batches."""

    @property
    def base_offsets(self) -> Sequence[int]:
        """The base offset of each chunk's first batch."""

    @property
    def max_timestamps_ms(self) -> Sequence[int]:
        """The largest timestamp that the headers in each chunk name."""


def kept_from(base_offsets: Sequence[int], offset: int) -> int:
    """Return the index of the first chunk that may hold `offset` or a later one."""
    return max(bisect_right(base_offsets, offset) - 1, 0)


def take_chunks(
    chunk_list: ChunkList, offset: int, room: int, pieces: list[OutgoingPiece], *, whole_first: bool
) -> tuple[int, bool]:
    """Take whole batches without copying them, as `SegmentView.take` says."""
    chunks = chunk_list.chunks
    taken_bytes = 0
    for index in range(kept_from(chunk_list.base_offsets, offset), len(chunks)):
        chunk = chunks[index]
        size = len(chunk)
        start = 0 if pieces else position_of(chunk, offset)
        end = size if size - start <= room else fitting_end(chunk, start, room)
        if end == start:
            if start == size:
                continue  # compaction left a gap at this chunk's end
            if pieces or not whole_first:
                return taken_bytes, True
            end = batch_end(chunk, start)
        pieces.append(chunk if end - start == size else memoryview(chunk)[start:end])
        taken_bytes += end - start
        room -= end - start
        if end < size:
            return taken_bytes, True
    return taken_bytes, False


def chunk_bytes_between(chunk_list: ChunkList, offset: int, end_offset: int) -> int:
    """Return how far it is from the batch that contains `offset` to the one that contains `end_offset`."""
    chunks = chunk_list.chunks
    if not chunks:
        return 0
    first, last = kept_from(chunk_list.base_offsets, offset), kept_from(chunk_list.base_offsets, end_offset)
    whole_bytes = sum(map(len, chunks[first:last]))
    return whole_bytes + position_of(chunks[last], end_offset) - position_of(chunks[first], offset)


def end_offset_of(run: Piece) -> int:
    """Return the offset after the last batch of a run of whole batches."""
    position, size, end_offset = 0, len(run), -1
    while position < size:
        base_offset, batch_length, last_offset_delta = _unpack_step(run, position)
        end_offset = base_offset + last_offset_delta + 1
        position += batch_length + LENGTH_PREFIX_SIZE
    return end_offset


def placed(batch: Piece, base_offset: int, leader_epoch: int) -> bytes:
    """Return the engine's own copy of a batch, with its place in the log; the one copy that an append makes."""
    return _pack_place(base_offset, len(batch) - LENGTH_PREFIX_SIZE, leader_epoch) + memoryview(batch)[PLACE.size :]


def position_of(chunk: bytes, offset: int) -> int:
    """Return where the first batch begins that holds `offset` or a later one; the chunk's size if none does.

    Compaction leaves gaps between batches, so the offset itself need not be there.
    """
    position, size = 0, len(chunk)
    while position < size:
        base_offset, batch_length, last_offset_delta = _unpack_step(chunk, position)
        if base_offset + last_offset_delta >= offset:
            return position
        position += batch_length + LENGTH_PREFIX_SIZE
    return size


def batch_end(chunk: bytes, position: int) -> int:
    """Return where the batch at `position` ends."""
    (batch_length,) = _unpack_batch_length(chunk, position)
    return position + LENGTH_PREFIX_SIZE + int(batch_length)


def fitting_end(chunk: bytes, position: int, limit_bytes: int) -> int:
    """Return where the last batch ends that fits within `limit_bytes` from `position` on; `position` if none fits."""
    limit = min(position + limit_bytes, len(chunk))
    while position < limit:
        end = batch_end(chunk, position)
        if end > limit:
            break
        position = end
    return position


def batches(chunk: bytes, position: int = 0) -> Iterator[tuple[int, BatchHeader]]:
    """Step through the batches from `position` on: where each begins, and its header."""
    size = len(chunk)
    while position < size:
        header = read_header(chunk, position)
        yield position, header
        position += header.batch_length + LENGTH_PREFIX_SIZE
