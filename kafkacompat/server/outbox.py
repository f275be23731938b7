"""Sends replies: small ones joined, large ones gathered, files a part at a time and only while the peer reads."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from kafkacompat.wire.pieces import FileRange, joined

if TYPE_CHECKING:
    from kafkacompat.wire.pieces import OutgoingPiece
    from kafkacompat.wire.schema import Piece

JOIN_BELOW_BYTES: Final = 64 * 1024
"""Smaller replies are joined into one write; of larger ones no record byte is copied."""
FILE_PART_BYTES: Final = 256 * 1024
"""At most this much of a file is in memory for one connection, beside what the transport has not sent yet."""


class Outbox:
    """What is still to be sent on one connection.

    `writable` is the owner's word on whether the transport takes more; while it is False no file is read.
    """

    __slots__ = ("_gathered", "_gathered_bytes", "_pending", "_sent_of_first", "_transport", "writable")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._pending: deque[OutgoingPiece] = deque()
        self._sent_of_first = 0
        self._gathered: list[OutgoingPiece] = []
        self._gathered_bytes = 0
        self.writable = True

    @property
    def is_clear(self) -> bool:
        """Whether everything has been handed to a transport that takes more: the next request may be taken up."""
        return self.writable and not self._pending

    def send(self, pieces: list[OutgoingPiece], size_bytes: int) -> None:
        """Send a reply, after what is pending; OSError if a file cannot be read, and the connection is useless then."""
        self.gather(pieces, size_bytes)
        self.flush()

    def gather(self, pieces: list[OutgoingPiece], size_bytes: int) -> None:
        """Send as `send` does, but a small reply only with the next `flush`: one write answers pipelined requests."""
        if self._pending or any(type(piece) is FileRange for piece in pieces):
            self.flush()
            self._pending.extend(pieces)
            self.pump()
        elif size_bytes >= JOIN_BELOW_BYTES:
            self.flush()
            self._transport.writelines(pieces)
        else:
            self._gathered.extend(pieces)
            self._gathered_bytes += size_bytes
            if self._gathered_bytes >= JOIN_BELOW_BYTES:
                self.flush()

    def flush(self) -> None:
        """Send what was gathered, in one write."""
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._gathered_bytes = 0
            self._transport.write(joined(gathered))

    def pump(self) -> None:
        """Go on with what is pending, as far as the transport takes it; OSError as `send`."""
        while self._pending and self.writable:
            self._transport.writelines(self._next_parts())

    def _next_parts(self) -> list[Piece]:
        """Take pieces off, up to about one part of a file."""
        parts: list[Piece] = []
        room = FILE_PART_BYTES
        while self._pending and room > 0:
            piece = self._pending[0]
            part: Piece
            if isinstance(piece, FileRange):
                part = piece.read(self._sent_of_first, room)
                self._sent_of_first += len(part)
                done = self._sent_of_first >= len(piece)
            else:
                part, done = piece, True
            parts.append(part)
            room -= len(part)
            if done:
                self._pending.popleft()
                self._sent_of_first = 0
        return parts
