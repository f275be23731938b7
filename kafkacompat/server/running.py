"""A whole server in one event loop: clocks, engine, cluster and doors, in the order they start and stop."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from kafkacompat.cluster.cluster import Cluster
from kafkacompat.server.connection import Limits
from kafkacompat.server.engines import Engine, open_directory, open_memory
from kafkacompat.server.loop_deadlines import MonotonicDeadlines, WallDeadlines
from kafkacompat.server.node_listeners import listeners_of_nodes
from kafkacompat.server.server import Door, Server
from kafkacompat.settings.listeners import parse_listeners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.context import Listener
    from kafkacompat.settings.settings import Settings
    from kafkacompat.storage.directory.store import Progress

DEFAULT_CLUSTER_ID: Final = "5L6g3nShT-eMCtK--X86sw"
"""The id that Kafka's own container image uses: clients of 4.4 want it to stay the same over restarts (KIP-1242)."""


NodeChange = Literal["stop", "fence", "start"]
"""What may be done to one node of a running cluster."""


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
    """What to serve; a cluster of several nodes has ids and ports that rise by one from the first node's."""

    settings: Settings
    topics: Sequence[TopicToCreate] = ()
    cluster_id: str = DEFAULT_CLUSTER_ID
    nodes: int = 1
    data: str | None = None
    """The directory to keep logs in, or None to keep them in memory."""
    progress: Progress | None = None
    """Told how far the recovery of a directory is that was not stopped in order."""


class Running:
    """Nodes that let clients in; `bootstrap_servers` is what clients are given."""

    def __init__(self, cluster: Cluster, servers: dict[int, Server]) -> None:
        self.cluster = cluster
        self._servers = servers
        self._changing = asyncio.Lock()

    @property
    def listeners(self) -> dict[int, list[Listener]]:
        """Each node's listeners, in the order given, by node id."""
        return {node_id: server.listeners for node_id, server in self._servers.items()}

    @property
    def bootstrap_servers(self) -> str:
        """The address of each node's first listener, as its clients reach it; those of stopped nodes too."""
        return ",".join(self.addresses.values())

    @property
    def addresses(self) -> dict[int, str]:
        """The address of each node's first listener, by node id."""
        return {node_id: address(listeners[0]) for node_id, listeners in self.listeners.items()}

    async def stop(self) -> None:
        """Stop accepting, finish what was begun, give everything back."""
        async with self._changing:
            await asyncio.gather(*(server.close() for server in self._servers.values()))
            for server in self._servers.values():
                server.give_up_ports()
            await self.cluster.close()

    # -- single nodes

    async def change_node(self, change: NodeChange, node_id: int) -> None:
        """Stop, fence or start one node while the others go on; ValueError if there is no such node."""
        async with self._changing:
            server = self._servers.get(node_id)
            if server is None:
                raise ValueError(f"there is no node {node_id}: the nodes are {', '.join(map(str, self._servers))}")
            match change:
                case "stop":
                    await self._stop_node(server, node_id)
                case "fence":
                    await self.cluster.fence_node(node_id)
                case "start":
                    await self._start_node(server, node_id)

    async def _stop_node(self, server: Server, node_id: int) -> None:
        """Stop as a controlled shutdown does: others lead, then the connections close."""
        await self.cluster.stop_node(node_id)
        if server.is_open:
            # Whoever waited for its logs is told now to go elsewhere, and may still hear it.
            await _let_replies_out()
            await server.shut()

    async def _start_node(self, server: Server, node_id: int) -> None:
        if not server.is_open:
            await server.open()
        await self.cluster.start_node(node_id)


def address(listener: Listener) -> str:
    """Return where clients reach a listener, as HOST:PORT."""
    host = listener.advertised_host
    return f"[{host}]:{listener.advertised_port}" if ":" in host else f"{host}:{listener.advertised_port}"


async def _let_replies_out() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


_TURNS: Final = 5
"""Turns of the loop that a woken request needs to be answered, and some to spare."""


async def run(options: Options) -> Running:
    """Start a server in the running loop.

    Raises PortTakenError, InvalidSettingError, DataDirectoryError, and ApiError for a topic that cannot be created;
    nothing is left open then.
    """
    doors: list[list[Door]] = []
    try:
        for listeners in listeners_of_nodes(parse_listeners(options.settings), options.nodes):
            doors.append([])
            for listener in listeners:
                doors[-1].append(Door(listener))
        return await _run(options, doors)
    except BaseException:
        for door in chain.from_iterable(doors):
            door.socket.close()
        raise


async def _run(options: Options, doors: list[list[Door]]) -> Running:
    loop = asyncio.get_running_loop()
    root = None if options.data is None else data_root(options.data, options.nodes)
    settings = options.settings if root is None else options.settings.with_text("log.dirs", root)
    real_time, clock = MonotonicDeadlines(loop), WallDeadlines(loop)
    engine = _open_engine(options, root, clock, real_time)
    try:
        cluster = await _start_cluster(options, settings, root, engine, (clock, real_time), doors)
    except BaseException:
        await engine.store.close()
        raise
    limits = Limits(settings.int("socket.request.max.bytes"), settings.int("connections.max.idle.ms") / 1000)
    servers = {
        node.node_id: Server(node, its_doors, limits)
        for node, its_doors in zip(cluster.nodes.values(), doors, strict=True)
    }
    for server in servers.values():
        await server.open()
    return Running(cluster, servers)


async def _start_cluster(
    options: Options,
    settings: Settings,
    root: str | None,
    engine: Engine,
    clocks: tuple[WallDeadlines, MonotonicDeadlines],
    doors: list[list[Door]],
) -> Cluster:
    cluster = Cluster(options.cluster_id, settings, engine.store, *clocks, os.urandom)
    first_id = settings.int("node.id")
    directories = _directory_ids(options, root, engine, range(first_id, first_id + len(doors)))
    for number, its_doors in enumerate(doors):
        listeners = [door.listener for door in its_doors]
        cluster.add_node(first_id + number, listeners, rack_of(settings, number), directories[number])
    if root is None:
        await cluster.start()
    else:
        await _start_in(root, cluster)
    engine.topics_known(cluster.metadata.broker_epoch(first_id))
    for topic in options.topics:
        if cluster.metadata.topic(topic.name) is None:
            await cluster.create_topic(topic.name, topic.partitions, topic.configs)
    return cluster


def _directory_ids(
    options: Options, root: str | None, engine: Engine, node_ids: Sequence[int]
) -> Sequence[bytes | None]:
    """Return the ids of all nodes' log directories that last; None for one that does not."""
    if options.data is None or root is None:
        return [None] * len(node_ids)
    if len(node_ids) == 1:
        return [engine.directory_id]
    from kafkacompat.server.data_directory import directory_ids  # noqa: PLC0415 - who keeps data pays for it

    return [engine.directory_id, *directory_ids(options.data, root, options.cluster_id, node_ids)]


async def _start_in(root: str, cluster: Cluster) -> None:
    """Start on a directory's data, and keep there what only a directory has."""
    from kafkacompat.server.data_directory import disk_space, start_in, write_quorum_files  # noqa: PLC0415 - who keeps data pays for it

    await start_in(root, cluster)
    write_quorum_files(root, cluster)
    cluster.log_directory_space = partial(disk_space, root)


def _open_engine(options: Options, root: str | None, clock: WallDeadlines, real_time: MonotonicDeadlines) -> Engine:
    if root is None:
        return open_memory(options.settings, clock, real_time)
    return open_directory(root, options.cluster_id, options.settings, clock, real_time, options.progress)


def data_root(data: str, nodes: int) -> str:
    """Return the directory that holds the logs of all nodes: DIR/node-0 for a cluster, DIR itself for one node.

    What is there already stays in use, however many nodes there are now.
    """
    from kafkacompat.storage.directory.properties import META_PROPERTIES  # noqa: PLC0415 - who keeps data pays for it

    of_cluster = os.path.join(data, "node-0")  # noqa: PTH118 - pathlib costs a start 5 ms
    for root in (of_cluster, data):
        if os.path.exists(os.path.join(root, META_PROPERTIES)):  # noqa: PTH110, PTH118 - likewise
            return root
    return data if nodes == 1 else of_cluster


def rack_of(settings: Settings, number: int) -> str | None:
    """Return a node's rack: from kafkacompat.node.racks, again from its start where it is short, else broker.rack."""
    racks = settings.list("kafkacompat.node.racks")
    return racks[number % len(racks)] if racks else settings.optional_text("broker.rack")
