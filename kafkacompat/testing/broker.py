"""`Broker` and `AsyncBroker`: a server in a thread of the test's process, or in a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, Self

from kafkacompat.testing.process import ProcessHost
from kafkacompat.testing.thread import ThreadHost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType


class Host(Protocol):
    """Where a broker runs."""

    def start(self) -> str:
        """Start it and return its bootstrap servers."""

    def stop(self) -> None:
        """Stop it; harmless when it does not run."""


def _make_host(
    settings: Mapping[str, str], topics: Iterable[str], nodes: int, host: str, port: int, *, process: bool
) -> Host:
    if nodes != 1:
        raise ValueError(f"nodes={nodes}: a broker of several nodes is not there yet, only nodes=1")
    if process:
        return ProcessHost(settings, tuple(topics), host, port)
    return ThreadHost(settings, tuple(topics), host, port)


class Broker:
    """A running broker; use it as a context manager, or call `start` and `stop`.

    `settings` are Kafka's own (`{"num.partitions": "3"}`), on top of the CI-friendly defaults; `topics` are there from
    the start, each as `NAME[:PARTITIONS[:key=value]...]`; port 0 is any free one.  The broker lives in a thread of this
    process, or with `process=True` in a process of its own: slower to start, but a busy test cannot slow it down.
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
        self._bootstrap_servers: str | None = None

    @property
    def bootstrap_servers(self) -> str:
        """What clients are given, such as "127.0.0.1:40001"; RuntimeError while the broker does not run."""
        if self._bootstrap_servers is None:
            raise RuntimeError("the broker does not run: use it in a with statement, or call start() first")
        return self._bootstrap_servers

    def start(self) -> None:
        """Start; when this returns, clients may connect."""
        if self._bootstrap_servers is None:
            self._bootstrap_servers = self._host.start()

    def stop(self) -> None:
        """Stop, and forget everything; harmless when the broker does not run."""
        self._bootstrap_servers = None
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
