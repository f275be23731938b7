"""One socket to a broker: sends requests as bytes, and says what came back, be it nothing."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from enum import Enum
from struct import Struct
from typing import Any, Final

from kafkacompat.wire.codec import decode, decode_from, encode
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.messages.headers import RequestHeader, ResponseHeader

API_VERSIONS_KEY: Final = 18
CLIENT_ID: Final = "differential"
PATIENCE_S: Final = 15
_SIZE: Final = Struct(">i")


class Outcome(Enum):
    """What may come instead of a response."""

    CLOSED = "the connection is closed"
    SILENCE = "no answer"
    SKIPPED = "a later request is answered, this one is not"


class Undecodable:
    """A response that does not parse."""

    def __init__(self, reason: str, body: bytes) -> None:
        self.text = f"undecodable ({reason}): {body.hex()}"


def body_of(request: Any, version: int) -> bytes:
    return b"".join(bytes(piece) for piece in encode(request, version))


def header_of(key: int, version: int, correlation_id: int, client_id: str | None, *, flexible: bool) -> bytes:
    header = RequestHeader(
        request_api_key=key, request_api_version=version, correlation_id=correlation_id, client_id=client_id
    )
    return body_of(header, 2 if flexible else 1)


def framed(data: bytes) -> bytes:
    return _SIZE.pack(len(data)) + data


class Connection:
    """Opened on first use, and again after it was closed."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._socket: socket.socket | None = None
        self._correlation_id = 0
        self.patience_s: float = PATIENCE_S

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def has_answer(self, within_s: float = 0) -> bool:
        """Tell whether something has come, if only the end; wait for it that long."""
        return self._socket is None or bool(select.select([self._socket], [], [], within_s)[0])

    def send(self, request: Any, version: int, client_id: str | None = CLIENT_ID) -> int:
        """Send a request and return its correlation id."""
        return self.send_body(type(request), version, body_of(request, version), client_id)

    def send_body(self, request_class: Any, version: int, body: bytes, client_id: str | None = CLIENT_ID) -> int:
        self._correlation_id += 1
        flexible = version >= request_class.FLEXIBLE
        header = header_of(request_class.KEY, version, self._correlation_id, client_id, flexible=flexible)
        self.send_bytes(framed(header + body))
        return self._correlation_id

    def send_bytes(self, data: bytes) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, PATIENCE_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):  # the answer, or its absence, is read all the same
            self._socket.sendall(data)

    def receive(self, response_class: Any, version: int, correlation_id: int) -> Any:
        """Return the next response, decoded; or an Outcome, or Undecodable."""
        data = self.receive_bytes()
        if isinstance(data, Outcome):
            return data
        flexible = version >= response_class.FLEXIBLE and response_class.__name__ != "ApiVersionsResponse"
        try:
            header, position = decode_from(ResponseHeader, int(flexible), data, 0)
            if header.correlation_id != correlation_id:
                return Outcome.SKIPPED
            return decode(response_class, version, data[position:])
        except MalformedError as error:
            return Undecodable(str(error), data)

    def receive_bytes(self) -> bytes | Outcome:
        """Return the next frame without its size, or what came instead."""
        assert self._socket is not None, "something was sent"
        self._socket.settimeout(self.patience_s)
        try:
            size = self._exactly(_SIZE.size)
            return self._exactly(_SIZE.unpack(size)[0])
        except TimeoutError:
            self.close()
            return Outcome.SILENCE
        except OSError:
            self.close()
            return Outcome.CLOSED

    def _exactly(self, size: int) -> bytes:
        received = bytearray()
        assert self._socket is not None, "still"
        while len(received) < size:
            some = self._socket.recv(size - len(received))
            if not some:
                raise ConnectionResetError
            received += some
        return bytes(received)
