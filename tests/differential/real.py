"""A real Kafka of this folder's own, whose nodes can be stopped and started one by one."""

from __future__ import annotations

import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Final

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen

HEAP: Final = "512m"
STOP_PATIENCE_S: Final = 60


def _program() -> Any:
    """Return `scripts/kafka` as a module; it has no ending that Python would know."""
    loader = SourceFileLoader("kafka_program", str(ROOT / "scripts" / "kafka"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


class RealKafka:
    """Nodes 0, 1, ...; `racks` has one for each."""

    def __init__(self, racks: Sequence[str | None] = (None,), version: str | None = None) -> None:
        self._program = _program()
        self._libraries = self._program.libraries("broker", version or self._program.BROKER_VERSION)
        self._program.CLUSTERS.mkdir(parents=True, exist_ok=True)
        self._directory = Path(tempfile.mkdtemp(prefix="kafka-", dir=self._program.CLUSTERS))
        self._racks = list(racks)
        self._ports: list[int] = []
        self._processes: dict[int, Popen[bytes]] = {}

    @property
    def addresses(self) -> dict[int, str]:
        return {node: f"127.0.0.1:{self._ports[node]}" for node in self._nodes}

    @property
    def _nodes(self) -> range:
        return range(len(self._racks))

    def start(self) -> None:
        """Return when every node answers."""
        held = self._program.Reservation(2 * len(self._racks), 0)
        self._ports = held.ports
        with ThreadPoolExecutor(len(self._racks)) as threads:
            list(threads.map(self._prepare, self._nodes))
            for node in self._nodes:
                self._launch(node)
            list(threads.map(self._wait, self._nodes))
        held.release()

    def _prepare(self, node: int) -> None:
        rack = self._racks[node]
        settings = self._program.node_settings(node, len(self._racks), self._ports, self._directory)
        settings |= {} if rack is None else {"broker.rack": rack}
        self._program.write_properties(self._directory / f"node-{node}.properties", settings)
        self._program.format_storage(self._libraries, self._directory, node)

    def _launch(self, node: int) -> None:
        self._processes[node] = self._program.launch(self._libraries, self._directory, node, HEAP)

    def _wait(self, node: int) -> None:
        log = self._directory / f"node-{node}.log"
        known = len(self._racks)
        self._program.wait_until_ready(self._processes[node], self._ports[node], known, log, plain=True)

    def stop_node(self, node: int) -> None:
        """Stop a node in order; it is over when this returns."""
        self._processes[node].send_signal(signal.SIGTERM)
        self._processes[node].wait(STOP_PATIENCE_S)

    def start_node(self, node: int) -> None:
        """Start a node that was stopped; it answers when this returns."""
        self._launch(node)
        self._wait(node)

    def stop(self) -> None:
        """End all nodes and forget what they kept."""
        for process in self._processes.values():
            process.kill()
            process.wait(STOP_PATIENCE_S)
        rmtree(self._directory, ignore_errors=True)
