"""What a reply is made of: bytes at hand, and ranges of files that are read only when they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.wire.schema import Piece


class RangeFile(Protocol):
    """A file whose written part never changes."""

    def read_at(self, position: int, size_bytes: int) -> bytes:
        """Return exactly so many bytes from a position on; OSError when the file cannot give them."""


class FileRange:
    """Record bytes in a file, which stays readable for as long as this object lives, deleted or not.

    Whoever sends it reads it part by part, so that a reply never is in memory as a whole.
    """

    __slots__ = ("_file", "_position", "_size_bytes")

    def __init__(self, file: RangeFile, position: int, size_bytes: int) -> None:
        self._file = file
        self._position = position
        self._size_bytes = size_bytes

    @property
    def position(self) -> int:
        """Where in the file it begins."""
        return self._position

    def __len__(self) -> int:
        return self._size_bytes

    def __bytes__(self) -> bytes:
        return self._file.read_at(self._position, self._size_bytes)

    def read(self, start: int, size_bytes: int) -> bytes:
        """Return at most `size_bytes` bytes from `start` within the range; fewer only at its end.

        OSError when the file cannot give them: the reply that has been begun cannot be finished.
        """
        return self._file.read_at(self._position + start, min(size_bytes, self._size_bytes - start))


OutgoingPiece = bytes | memoryview | FileRange
"""A part of a reply; `Piece` is the same without files, which is all that comes in."""


def plain(piece: OutgoingPiece) -> Piece:
    """Return a piece as bytes in memory, read whole if it is in a file."""
    return bytes(piece) if isinstance(piece, FileRange) else piece


def joined(pieces: Iterable[OutgoingPiece]) -> bytes:
    """Return all pieces as one run of bytes."""
    return b"".join(map(plain, pieces))
