"""One client's connection: bytes in, requests one at a time, replies in order.

The next request is taken up when the last one's reply has been handed to the transport and the peer reads: a peer that
does not read is not served, and one that waits (a long poll) keeps its own later requests waiting, as in Kafka.
"""

from __future__ import annotations

import asyncio
import logging
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, Protocol

from kafkacompat.api.routes import CloseConnectionError, Peer, dispatch
from kafkacompat.server.eager import Suspended, run_eagerly
from kafkacompat.server.outbox import Outbox
from kafkacompat.wire.frames import FrameReader
from kafkacompat.wire.malformed import MalformedError

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Listener
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.pieces import OutgoingPiece

logger = logging.getLogger(__name__)

WRITE_BUFFER_HIGH_BYTES: Final = 256 * 1024
"""With this much unsent no further request is taken up."""
_SIZE: Final = Struct(">i")


class Limits:
    """What a peer may do: frame size in bytes, silence in seconds (0: for ever)."""

    __slots__ = ("frame_bytes", "idle_seconds")

    def __init__(self, frame_bytes: int, idle_seconds: float) -> None:
        self.frame_bytes = frame_bytes
        self.idle_seconds = idle_seconds


class Doorkeeper(Protocol):
    """Limits and counts connections."""

    def admit(self, connection: Connection, host: str) -> bool:
        """Count a connection in; False refuses it."""

    def leave(self, connection: Connection, host: str) -> None:
        """Count an admitted connection out."""


class Connection(asyncio.BufferedProtocol):
    """Receives, dispatches, replies; `doorkeeper` counts it in and out."""

    def __init__(
        self,
        node: Node,
        listener: Listener,
        limits: Limits,
        loop: asyncio.AbstractEventLoop,
        doorkeeper: Doorkeeper,
    ) -> None:
        self._node = node
        self._listener = listener
        self._limits = limits
        self._loop = loop
        self._doorkeeper = doorkeeper
        self._admitted = False
        self._frames = FrameReader(limits.frame_bytes)
        self._suspended: Suspended | None = None
        self._reading = True
        self._ended = False
        self._active_at = loop.time()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._transport: Any = None
        self._outbox = Outbox(None)
        self._peer = Peer(listener, "")

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self._outbox = Outbox(transport)
        address = transport.get_extra_info("peername")
        self._peer = Peer(self._listener, address[0] if address else "")
        self._admitted = self._doorkeeper.admit(self, self._peer.host)
        if not self._admitted:
            self.abort()
            return
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER_HIGH_BYTES)
        if self._limits.idle_seconds:
            self._watch_idleness(self._limits.idle_seconds)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the protocol's signature
        """Give the transport room to receive into."""
        return self._frames.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Take what has come."""
        self._active_at = self._loop.time()
        self._frames.received(nbytes)
        if self._suspended is None and self._outbox.is_clear:
            self._take_requests()
        if not self._frames.has_room():
            self._reading = False
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Close: a client that has stopped sending waits for nothing that it has not been sent."""
        return False

    def pause_writing(self) -> None:
        """Stop serving a peer that does not read."""
        self._outbox.writable = False
        self._frames.hold()

    def resume_writing(self) -> None:
        """Go on."""
        self._outbox.writable = True
        try:
            self._outbox.pump()
        except OSError as error:
            self._refuse(error)
        if self._suspended is None:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the reason is the peer's
        """End: what waits is cancelled."""
        self._ended = True
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._suspended is not None:
            self._suspended.cancel()
        if self._admitted:
            self._doorkeeper.leave(self, self._peer.host)

    # What the server calls.

    def close(self) -> None:
        """Send what is still to be sent, and close."""
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    # Requests.

    def _take_requests(self) -> None:
        """Serve whole frames until one waits, the peer does not read, or there is none."""
        try:
            try:
                while self._suspended is None and self._outbox.is_clear and not self._transport.is_closing():
                    frame = self._frames.next_frame()
                    if frame is None:
                        return
                    self._serve(frame)
            finally:
                self._outbox.flush()
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this connection and no other
            self._refuse(error)

    def _serve(self, frame: memoryview) -> None:
        request = dispatch(self._node, self._peer, frame)
        outcome = run_eagerly(request, self._loop, self._finished_later)
        if isinstance(outcome, Suspended):
            self._frames.hold()
            self._suspended = outcome
        else:
            self._reply(outcome)

    def _finished_later(self, task: asyncio.Task[list[OutgoingPiece] | None]) -> None:
        self._suspended = None
        if task.cancelled() or self._ended:
            return
        error = task.exception()
        if error is None:
            self._reply_and_go_on(task.result())
        else:
            self._refuse(error)

    def _reply_and_go_on(self, pieces: list[OutgoingPiece] | None) -> None:
        try:
            self._reply(pieces)
        except OSError as error:
            self._refuse(error)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self._ended:
            return
        self._active_at = self._loop.time()
        self._take_requests()
        if self._suspended is None and self._outbox.is_clear and not self._transport.is_closing():
            self._frames.let_go()
            if not self._reading:
                self._reading = True
                self._transport.resume_reading()

    def _reply(self, pieces: list[OutgoingPiece] | None) -> None:
        if pieces is None or self._ended:
            return
        size = sum(map(len, pieces))
        pieces.insert(0, _SIZE.pack(size))
        # Sent by the `flush` that ends `_take_requests`, which is always on the way from here.
        self._outbox.gather(pieces, size)

    def _refuse(self, error: BaseException) -> None:
        if isinstance(error, CloseConnectionError | MalformedError):
            logger.warning("closing the connection of %s: %s", self._peer.host, error)
        else:
            logger.error("closing the connection of %s", self._peer.host, exc_info=error)
        self.close()

    def _watch_idleness(self, delay_seconds: float) -> None:
        self._idle_timer = self._loop.call_later(delay_seconds, self._check_idleness)

    def _check_idleness(self) -> None:
        if self._suspended is not None:
            self._active_at = self._loop.time()
        silent = self._loop.time() - self._active_at
        if silent >= self._limits.idle_seconds:
            self.close()
        else:
            self._watch_idleness(self._limits.idle_seconds - silent)
