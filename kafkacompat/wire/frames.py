"""Cuts a byte stream into frames: a size (int32) and that many bytes.

`FrameReader` owns the memory that a connection receives into.  It grows with the bytes received, never with the bytes
claimed, and hands out frames as views of it, without copying.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from kafkacompat.wire.malformed import MalformedError

SIZE_BYTES: Final = 4
_SIZE: Final = Struct(">i")

INITIAL_CAPACITY_BYTES: Final = 64 * 1024
BUSY_CAPACITY_BYTES: Final = 256 * 1024
"""What a stream gets that has filled its whole buffer at once: fewer reads for the same bytes."""
KEPT_CAPACITY_BYTES: Final = 4 * 1024 * 1024
"""A buffer that outgrew this is given back as soon as it is empty."""
LEAST_ROOM_BYTES: Final = 4 * 1024
"""With less room than this for what comes next, the buffer makes more."""


class FrameReader:
    """A stream's received bytes, of which `next_frame` cuts one frame at a time.

    The caller receives into `room()`, reports `received(count)`, then takes frames until there is none.  A frame is a
    view that stays valid until `room` is called after the next `next_frame`; whoever keeps it longer while the stream
    goes on must call `hold` first and `let_go` afterwards: meanwhile nothing is moved.
    """

    __slots__ = ("_buffer", "_end", "_held", "_limit_bytes", "_start", "_view")

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held = False
        self._allocate(INITIAL_CAPACITY_BYTES)
        self._start = self._end = 0

    def _allocate(self, capacity: int) -> None:
        self._buffer = bytearray(capacity)
        self._view = memoryview(self._buffer)

    @property
    def pending_bytes(self) -> int:
        """How many bytes have come that no frame has taken."""
        return self._end - self._start

    def hold(self) -> None:
        """Keep every byte where it is, so that the last frame's view stays valid."""
        self._held = True

    def let_go(self) -> None:
        """End `hold`."""
        self._held = False

    def has_room(self) -> bool:
        """Tell whether `room` can return anything: not while a full buffer is held."""
        return not self._held or self._end < len(self._buffer)

    def room(self) -> memoryview:
        """Return where to receive into; never empty while `has_room`."""
        if not self._held:
            if self._start == self._end:
                filled = self._end == len(self._buffer)
                self._start = self._end = 0
                if len(self._buffer) > KEPT_CAPACITY_BYTES:
                    self._allocate(INITIAL_CAPACITY_BYTES)
                elif filled and len(self._buffer) < BUSY_CAPACITY_BYTES:
                    self._allocate(BUSY_CAPACITY_BYTES)
            elif len(self._buffer) - self._end < self._wanted():
                self._make_room()
        return self._view[self._end :]

    def _wanted(self) -> int:
        """Return how much room is worth having behind what is there: the rest of a known frame, within reason."""
        if self.pending_bytes < SIZE_BYTES:
            return LEAST_ROOM_BYTES
        (size,) = _SIZE.unpack_from(self._buffer, self._start)
        missing: int = size + SIZE_BYTES - self.pending_bytes
        # At most as much again as has really come: a claim alone allocates nothing.
        return max(LEAST_ROOM_BYTES, min(missing, self.pending_bytes))

    def _make_room(self) -> None:
        pending, wanted = self.pending_bytes, self._wanted()
        rest = self._view[self._start : self._end]
        capacity = len(self._buffer)
        if pending + wanted > capacity:
            self._allocate(max(2 * capacity, pending + wanted))
        elif self._end == capacity < BUSY_CAPACITY_BYTES:
            self._allocate(BUSY_CAPACITY_BYTES)
        self._view[:pending] = rest
        self._start, self._end = 0, pending

    def received(self, count: int) -> None:
        """Say that `count` bytes have been put into the last `room`."""
        self._end += count

    def next_frame(self) -> memoryview | None:
        """Cut the next frame, without its size, or return None when it has not all come.

        MalformedError for a size that is not positive or above the limit.
        """
        if self._end - self._start < SIZE_BYTES:
            return None
        (size,) = _SIZE.unpack_from(self._buffer, self._start)
        if not 0 < size <= self._limit_bytes:
            raise MalformedError(f"frame of {size} bytes: between 1 and {self._limit_bytes} are allowed")
        stop = self._start + SIZE_BYTES + size
        if stop > self._end:
            return None
        frame = self._view[self._start + SIZE_BYTES : stop]
        self._start = stop
        return frame
