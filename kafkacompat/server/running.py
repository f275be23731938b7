"""A whole server in one event loop: clocks, engine, cluster and doors, in the order they start and stop."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.cluster.cluster import Cluster
from kafkacompat.server.connection import Limits
from kafkacompat.server.loop_deadlines import MonotonicDeadlines, WallDeadlines
from kafkacompat.server.server import ConnectionLimits, Door, Server
from kafkacompat.settings.listeners import parse_listeners
from kafkacompat.storage.ephemeral import EphemeralStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.settings.settings import Settings

DEFAULT_CLUSTER_ID: Final = "5L6g3nShT-eMCtK--X86sw"
"""The id that Kafka's own container image uses: clients of 4.4 want it to stay the same over restarts (KIP-1242)."""


class TopicToCreate(NamedTuple):
    """A topic to be there from the start; -1 partitions: num.partitions."""

    name: str
    partitions: int = -1
    configs: dict[str, str] = {}  # noqa: RUF012 - never changed

    @staticmethod
    def parse(text: str) -> TopicToCreate:
        """Read NAME[:PARTITIONS[:key=value]...]; ValueError with a sentence for what does not fit."""
        name, *rest = text.split(":")
        partitions = -1
        if rest:
            if not rest[0].isascii() or not rest[0].isdigit() or int(rest[0]) < 1:
                raise ValueError(f"topic {text!r}: {rest[0]!r} is no number of partitions; write NAME:3")
            partitions = int(rest[0])
        configs = {}
        for pair in rest[1:]:
            key, equals, value = pair.partition("=")
            if not equals:
                raise ValueError(f"topic {text!r}: {pair!r} is no setting; write NAME:3:retention.ms=60000")
            configs[key] = value
        return TopicToCreate(name, partitions, configs)


class Options(NamedTuple):
    """What to serve."""

    settings: Settings
    topics: Sequence[TopicToCreate] = ()
    cluster_id: str = DEFAULT_CLUSTER_ID


class Running:
    """A server that lets clients in; `bootstrap_servers` is what they are given."""

    def __init__(self, cluster: Cluster, server: Server, doors: list[Door]) -> None:
        self.cluster = cluster
        self._server = server
        self.listeners = [door.listener for door in doors]

    @property
    def bootstrap_servers(self) -> str:
        """The address of the first listener, as its clients reach it."""
        first = self.listeners[0]
        host = f"[{first.advertised_host}]" if ":" in first.advertised_host else first.advertised_host
        return f"{host}:{first.advertised_port}"

    async def stop(self) -> None:
        """Stop accepting, finish what was begun, give everything back."""
        await self._server.close()
        await self.cluster.close()


async def run(options: Options) -> Running:
    """Start a server in the running loop.

    Raises PortTakenError, InvalidSettingError, and ApiError for a topic that cannot be created; nothing is left open.
    """
    doors: list[Door] = []
    try:
        doors.extend(Door(config) for config in parse_listeners(options.settings))
        return await _run(options, doors)
    except BaseException:
        for door in doors:
            door.socket.close()
        raise


async def _run(options: Options, doors: list[Door]) -> Running:
    loop = asyncio.get_running_loop()
    settings = options.settings
    real_time, clock = MonotonicDeadlines(loop), WallDeadlines(loop)
    store = EphemeralStore(
        clock,
        real_time,
        memory_limit_bytes=settings.int("kafkacompat.storage.memory.max.bytes"),
        producer_expiration_ms=settings.int("producer.id.expiration.ms"),
    )
    cluster = Cluster(options.cluster_id, settings, store, clock, real_time, os.urandom)
    node = cluster.add_node(settings.int("node.id"), [door.listener for door in doors])
    await cluster.start()
    for topic in options.topics:
        await cluster.create_topic(topic.name, topic.partitions, topic.configs)
    limits = Limits(settings.int("socket.request.max.bytes"), settings.int("connections.max.idle.ms") / 1000)
    connection_limits = ConnectionLimits(settings.int("max.connections"), settings.int("max.connections.per.ip"))
    server = Server(node, doors, limits, connection_limits)
    await server.open()
    return Running(cluster, server, doors)
