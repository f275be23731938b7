"""`Broker` and `AsyncBroker`: a server in a thread of the test's process, or in a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, Self

from kafkacompat.testing.process import ProcessHost
from kafkacompat.testing.thread import ThreadHost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from kafkacompat.server.running import NodeChange


class Host(Protocol):
    """Where a broker runs."""

    def start(self) -> Mapping[int, str]:
        """Start it and return the address of each node, by id."""

    def stop(self) -> None:
        """Stop it; harmless when it does not run."""

    def change_node(self, change: NodeChange, node_id: int) -> None:
        """Stop, fence or start one node of a broker that runs."""


def _make_host(
    settings: Mapping[str, str], topics: Iterable[str], nodes: int, host: str, port: int, *, process: bool
) -> Host:
    if nodes < 1:
        raise ValueError(f"nodes={nodes}: a broker has one node at least")
    if process:
        return ProcessHost(settings, tuple(topics), host, port, nodes)
    return ThreadHost(settings, tuple(topics), host, port, nodes)


class Node:
    """One node of a running broker, to be stopped and started while the others go on."""

    def __init__(self, host: Host, node_id: int, bootstrap_servers: str) -> None:
        self._host = host
        self.node_id = node_id
        self.bootstrap_servers = bootstrap_servers

    def stop(self) -> None:
        """Stop in order: others lead what it led, then its connections close; its records stay with the broker."""
        self._host.change_node("stop", self.node_id)

    def fence(self) -> None:
        """Have the others take it for lost, as if its heartbeats did not arrive, while clients still reach it."""
        self._host.change_node("fence", self.node_id)

    def start(self) -> None:
        """Bring it back, at its old address; it is in sync at once, and others lead until an election."""
        self._host.change_node("start", self.node_id)


class AsyncNode:
    """`Node` for tests that run in a loop."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.node_id = node.node_id
        self.bootstrap_servers = node.bootstrap_servers

    async def stop(self) -> None:
        """Stop in order."""
        await asyncio.to_thread(self._node.stop)

    async def fence(self) -> None:
        """Have the others take it for lost."""
        await asyncio.to_thread(self._node.fence)

    async def start(self) -> None:
        """Bring it back."""
        await asyncio.to_thread(self._node.start)


class Broker:
    """A running broker; use it as a context manager, or call `start` and `stop`.

    `settings` are Kafka's own (`{"num.partitions": "3"}`), on top of the CI-friendly defaults; `topics` are there from
    the start, each as `NAME[:PARTITIONS[:key=value]...]`; port 0 is any free one.  The broker lives in a thread of this
    process, or with `process=True` in a process of its own: slower to start, but a busy test cannot slow it down.
    With `nodes=3` it is a cluster of three nodes on three ports, internal topics with three replicas: see `node`.
    Raises InvalidSettingError and PortTakenError from `start`.
    """

    def __init__(
        self,
        *,
        settings: Mapping[str, str] | None = None,
        topics: Iterable[str] = (),
        nodes: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        process: bool = False,
    ) -> None:
        self._host = _make_host(settings or {}, topics, nodes, host, port, process=process)
        self._addresses: Mapping[int, str] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """What clients are given, such as "127.0.0.1:40001", every node's address; RuntimeError when nothing runs."""
        return ",".join(self._running().values())

    @property
    def node_ids(self) -> list[int]:
        """The ids of the nodes, stopped ones too, as Metadata names them."""
        return list(self._running())

    def node(self, node_id: int) -> Node:
        """Return one node, by its id; ValueError if there is no such node."""
        address = self._running().get(node_id)
        if address is None:
            raise ValueError(f"there is no node {node_id}: the nodes are {', '.join(map(str, self.node_ids))}")
        return Node(self._host, node_id, address)

    def _running(self) -> Mapping[int, str]:
        if self._addresses is None:
            raise RuntimeError("the broker does not run: use it in a with statement, or call start() first")
        return self._addresses

    def start(self) -> None:
        """Start; when this returns, clients may connect."""
        if self._addresses is None:
            self._addresses = self._host.start()

    def stop(self) -> None:
        """Stop, and forget everything; harmless when the broker does not run."""
        self._addresses = None
        self._host.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class AsyncBroker:
    """`Broker` for `async with`: it starts and stops without holding up the test's loop."""

    def __init__(
        self,
        *,
        settings: Mapping[str, str] | None = None,
        topics: Iterable[str] = (),
        nodes: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        process: bool = False,
    ) -> None:
        self._broker = Broker(settings=settings, topics=topics, nodes=nodes, host=host, port=port, process=process)

    @property
    def bootstrap_servers(self) -> str:
        """What clients are given; RuntimeError while the broker does not run."""
        return self._broker.bootstrap_servers

    @property
    def node_ids(self) -> list[int]:
        """The ids of the nodes."""
        return self._broker.node_ids

    def node(self, node_id: int) -> AsyncNode:
        """Return one node, by its id; ValueError if there is no such node."""
        return AsyncNode(self._broker.node(node_id))

    async def start(self) -> None:
        """Start; when this returns, clients may connect."""
        await asyncio.to_thread(self._broker.start)

    async def stop(self) -> None:
        """Stop, and forget everything."""
        await asyncio.to_thread(self._broker.stop)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
