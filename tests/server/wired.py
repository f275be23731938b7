"""A whole cluster in memory, and connections to it without sockets."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from kafkacompat.clock.manual import ManualClock
from kafkacompat.cluster.cluster import Cluster
from kafkacompat.cluster.context import Listener
from kafkacompat.server.connection import Connection, Limits
from kafkacompat.settings.settings import Settings
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.wire.codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.cluster.node import Node

T = TypeVar("T")

LISTENER = Listener("PLAINTEXT", "PLAINTEXT", "broker.test", 9092)


class Wired:
    """A cluster of one node on manual clocks."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.clock = ManualClock()
        self.real_time = ManualClock()
        seeds = count(1)
        store = EphemeralStore(self.clock, self.real_time)
        self.cluster = Cluster(
            "test-cluster",
            Settings.from_values(settings or {}),
            store,
            self.clock,
            self.real_time,
            lambda n: next(seeds).to_bytes(n, "big"),
        )
        self.node: Node = self.cluster.add_node(1, [LISTENER])
        self.connections: set[Connection] = set()

    async def start(self, *topics: str) -> Wired:
        await self.cluster.start()
        for name in topics:
            await self.cluster.create_topic(name)
        return self

    def admit(self, connection: Connection, _host: str) -> bool:
        self.connections.add(connection)
        return True

    def leave(self, connection: Connection, _host: str) -> None:
        self.connections.discard(connection)

    def connect(self, idle_seconds: float = 0, frame_bytes: int = 1 << 22) -> Client:
        loop = asyncio.get_running_loop()
        return Client(Connection(self.node, LISTENER, Limits(frame_bytes, idle_seconds), loop, self))


class Client(asyncio.Transport):
    """The transport of one connection: what the server writes is kept in `sent`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__({"peername": ("192.0.2.7", 40001)})
        self.connection = connection
        self.sent = b""
        self.closed = False
        self.reading = True
        self._correlation = count(1)
        self._asked: dict[int, tuple[type, int]] = {}
        connection.connection_made(self)

    # What the server sees.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def writelines(self, list_of_data: Any) -> None:
        self.sent += b"".join(list_of_data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.connection.connection_lost(None)

    abort = close

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    # What the test does.

    def receive(self, data: bytes) -> None:
        """Have the server receive bytes, as far as it reads."""
        while data and self.reading and not self.closed:
            room = self.connection.get_buffer(-1)
            size = min(len(room), len(data))
            room[:size] = data[:size]
            self.connection.buffer_updated(size)
            data = data[size:]

    def frame(self, request: Any, version: int) -> bytes:
        """Frame a request; its response will be found by `responses`."""
        correlation = next(self._correlation)
        cls = type(request)
        self._asked[correlation] = (cls, version)
        head = cls.KEY.to_bytes(2, "big") + version.to_bytes(2, "big") + correlation.to_bytes(4, "big") + b"\0\1c"
        body = head + (b"\0" if version >= cls.FLEXIBLE else b"") + b"".join(encode(request, version))
        framed: bytes = len(body).to_bytes(4, "big") + body
        return framed

    def send(self, request: Any, version: int) -> None:
        self.receive(self.frame(request, version))

    def responses(self, *classes: type[T]) -> list[T]:
        """Return what has been answered since the last call, which must be of these classes in this order."""
        answers: list[T] = []
        for cls in classes:
            size = int.from_bytes(self.sent[:4], "big")
            frame, self.sent = self.sent[4 : 4 + size], self.sent[4 + size :]
            correlation = int.from_bytes(frame[:4], "big")
            request, version = self._asked.pop(correlation)
            flexible = version >= request.FLEXIBLE and request.KEY != 18  # type: ignore[attr-defined] # a message class
            answers.append(decode(cls, version, frame[4 + flexible :]))
        assert self.sent == b"", "more was answered"
        return answers
