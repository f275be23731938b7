"""max.connections and max.connections.per.ip, as they are when somebody comes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from kafkacompat.metadata.configs import ConfigChange, ConfigOperation, ResourceChange
from kafkacompat.metadata.state import BROKER_RESOURCE, ConfigResource
from kafkacompat.server.running import Options, run
from kafkacompat.settings.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kafkacompat.server.running import Running

ASK_FOR_VERSIONS = bytes.fromhex("0000000a 0012 0000 00000007 ffff")
LIMITS = ("max.connections", "max.connections.per.ip")


class Visitor:
    """Somebody at the first door of a node."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def is_served(self) -> bool:
        """Ask for the versions of requests, and tell whether there is an answer."""
        self.writer.write(ASK_FOR_VERSIONS)
        try:
            size = int.from_bytes(await self._reader.readexactly(4))
            return len(await self._reader.readexactly(size)) == size
        except (ConnectionError, asyncio.IncompleteReadError):
            return False

    async def leave(self) -> None:
        """Go, and wait until the server has counted one out."""
        self.writer.write_eof()
        assert await self._reader.read() == b""


class House:
    """Two nodes and whoever is at their doors."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._visitors: list[Visitor] = []

    async def visitor(self, node_id: int = 1) -> Visitor:
        host, _, port = self.running.addresses[node_id].rpartition(":")
        visitor = Visitor(*await asyncio.open_connection(host, int(port)))
        self._visitors.append(visitor)
        return visitor

    async def configure(self, node_name: str, name: str, value: str) -> None:
        resource = ConfigResource(BROKER_RESOURCE, node_name)
        change = ResourceChange(resource, [ConfigChange(name, ConfigOperation.SET, value)])
        assert await self.running.cluster.metadata.alter_configs([change], validate_only=False) == [None]

    async def close(self) -> None:
        for visitor in self._visitors:
            visitor.writer.close()
        await asyncio.gather(*(visitor.writer.wait_closed() for visitor in self._visitors), return_exceptions=True)
        await self.running.stop()


@asynccontextmanager
async def house(settings: dict[str, str] | None = None) -> AsyncIterator[House]:
    listeners = {"listeners": "PLAINTEXT://127.0.0.1:0"}
    opened = House(await run(Options(Settings.from_values(listeners | (settings or {})), nodes=2)))
    try:
        yield opened
    finally:
        await opened.close()


@pytest.mark.parametrize("limit", LIMITS)
def test_who_is_too_many_is_refused_until_somebody_leaves(limit: str) -> None:
    async def check() -> None:
        async with house({limit: "1"}) as opened:
            first, second = await opened.visitor(), await opened.visitor()
            assert [await first.is_served(), await second.is_served()] == [True, False]
            await first.leave()
            assert await (await opened.visitor()).is_served()

    asyncio.run(check())


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_changes_holds_for_whoever_comes_then(limit: str) -> None:
    async def check() -> None:
        async with house() as opened:
            inside = [await opened.visitor() for _ in range(2)]
            assert [await visitor.is_served() for visitor in inside] == [True, True]
            await opened.configure("", limit, "1")
            assert not await (await opened.visitor()).is_served()
            assert [await visitor.is_served() for visitor in inside] == [True, True]
            await opened.configure("", limit, "3")
            assert await (await opened.visitor()).is_served()

    asyncio.run(check())


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_of_one_node_is_no_other_nodes(limit: str) -> None:
    async def check() -> None:
        async with house() as opened:
            await opened.configure("2", limit, "0")
            assert [await (await opened.visitor(node_id)).is_served() for node_id in (1, 2)] == [True, False]

    asyncio.run(check())
