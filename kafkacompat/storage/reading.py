"""Taking whole batches out of segments without copying them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.storage.chunks import batch_end, fitting_end, position_of
from kafkacompat.storage.segment import kept_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.storage.chunks import ChunkList
    from kafkacompat.wire.pieces import OutgoingPiece


class Taken(NamedTuple):
    """Whole batches, in one piece or several, and their size together."""

    pieces: list[OutgoingPiece]
    size_bytes: int


def take(segments: Iterable[ChunkList], offset: int, limit_bytes: int, *, whole_first: bool) -> Taken:
    """Return pieces of whole batches, from the one that contains `offset` on.

    They hold at most `limit_bytes` together; with `whole_first` the first batch is taken even if it is larger.
    """
    pieces: list[OutgoingPiece] = []
    room = limit_bytes
    for segment in segments:
        chunks = segment.chunks
        for index in range(kept_from(segment.base_offsets, offset), len(chunks)):
            chunk = chunks[index]
            size = len(chunk)
            start = 0 if pieces else position_of(chunk, offset)
            end = size if size - start <= room else fitting_end(chunk, start, room)
            if end == start:
                if start == size:
                    continue  # compaction left a gap at this chunk's end
                if pieces or not whole_first:
                    return Taken(pieces, limit_bytes - room)
                end = batch_end(chunk, start)
            pieces.append(chunk if end - start == size else memoryview(chunk)[start:end])
            room -= end - start
            if end < size:
                return Taken(pieces, limit_bytes - room)
    return Taken(pieces, limit_bytes - room)
