"""Opens the doors of a cluster and keeps count of who came in."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.context import Listener
from kafkacompat.cluster.node_settings import node_settings
from kafkacompat.server.connection import Connection, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.cluster.node import Node
    from kafkacompat.settings.listeners import ListenerConfig

logger = logging.getLogger(__name__)

BACKLOG: Final = 1024
REBIND_ATTEMPTS: Final = 200
REBIND_PAUSE_SECONDS: Final = 0.005
STOP_SECONDS: Final = 2.0
"""How long a stop waits for replies that are still being sent."""


class PortTakenError(Exception):
    """A door cannot be opened; the message is a sentence for the person who asked for it."""


class Door:
    """A bound socket and the listener it stands for; nobody is let in before `Server.open`."""

    def __init__(self, config: ListenerConfig) -> None:
        self.socket = _bound(config)
        port: int = self.socket.getsockname()[1]
        self.listener = Listener(
            config.name, config.security_protocol, config.advertised_host, config.advertised_port or port
        )
        self._config = config._replace(port=port)

    def rebind(self) -> None:
        """Take the same port again once the socket was closed; whoever knocks meanwhile is refused."""
        self.socket = _bound(self._config)


def _bound(config: ListenerConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((config.host, config.port))
        bound.setblocking(False)
    except (OSError, OverflowError) as error:
        bound.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PortTakenError(
            f"Cannot listen on {config.host or '*'}:{config.port} for {config.name}: {reason}. "
            "Choose another port with --port, or --port 0 for any free one."
        ) from error
    return bound


async def _rebind(door: Door) -> None:
    """Take a door's port again; uvloop closes a socket some turns of the loop later than it says."""
    for _ in range(REBIND_ATTEMPTS):
        try:
            door.rebind()
        except PortTakenError:
            await asyncio.sleep(REBIND_PAUSE_SECONDS)
        else:
            return
    door.rebind()


class Server:
    """The doors of one node, to be opened once, or shut and opened again."""

    def __init__(self, node: Node, doors: list[Door], limits: Limits) -> None:
        self._node = node
        self._doors = doors
        self._limits = limits
        self._servers: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._hosts: Counter[str] = Counter()
        self._all_closed: asyncio.Event = asyncio.Event()

    @property
    def listeners(self) -> list[Listener]:
        """What the doors stand for, in the order given."""
        return [door.listener for door in self._doors]

    @property
    def is_open(self) -> bool:
        """Whether clients are let in."""
        return bool(self._servers)

    async def open(self) -> None:
        """Let clients in."""
        loop = asyncio.get_running_loop()
        for door in self._doors:
            factory = self._factory(door.listener, loop)
            self._servers.append(await loop.create_server(factory, sock=door.socket, backlog=BACKLOG))

    def _factory(self, listener: Listener, loop: asyncio.AbstractEventLoop) -> Callable[[], Connection]:
        return lambda: Connection(self._node, listener, self._limits, loop, self)

    def admit(self, connection: Connection, host: str) -> bool:
        """Count a new connection in, or tell that there are too many.

        A limit that is changed at run time holds for whoever comes then; nobody is put out (KIP-226, KIP-402).
        """
        settings = node_settings(self._node)
        if len(self._connections) >= settings.int("max.connections") or self._hosts[host] >= settings.int(
            "max.connections.per.ip"
        ):
            logger.warning("refusing a connection of %s: too many connections", host)
            return False
        self._connections.add(connection)
        self._hosts[host] += 1
        return True

    def leave(self, connection: Connection, host: str) -> None:
        """Count a connection out."""
        self._connections.discard(connection)
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
        if not self._connections:
            self._all_closed.set()

    async def close(self) -> None:
        """Stop accepting, send what has been begun, and close every connection."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        self._all_closed.clear()
        for connection in tuple(self._connections):
            connection.close()
        if self._connections:
            try:
                await asyncio.wait_for(self._all_closed.wait(), STOP_SECONDS)
            except TimeoutError:
                for connection in tuple(self._connections):
                    connection.abort()

    async def shut(self) -> None:
        """Close as `close` does, but keep the ports: `open` lets clients in again."""
        servers = list(self._servers)
        await self.close()
        for server in servers:
            await server.wait_closed()
        for door in self._doors:
            door.socket.close()
            await _rebind(door)

    def give_up_ports(self) -> None:
        """Close the sockets of doors that nobody was let in by."""
        for door in self._doors:
            door.socket.close()
