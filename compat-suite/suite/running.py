"""The cells run: servers and sessions are started when they are needed, and ended when they are not needed any more."""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from suite.cells import Cell, server_keys
from suite.failures import SkippedError, TargetError, UnsupportedError
from suite.pool import Pool
from suite.results import Result, Status
from suite.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from suite.clients import ClientProgram
    from suite.targets.server import Server, Wanted
    from suite.targets.target import Target


class Watcher(Protocol):
    """Who is told what goes on."""

    def finished(self, result: Result) -> None:
        """Take note of a cell that is done."""


class Servers:
    """Servers by target and kind, each started by the first cell that needs it and ended after the last."""

    def __init__(self, needed: Counter[tuple[str, Wanted]], pool: Pool) -> None:
        self._needed = needed
        self._pool = pool
        self._lock = threading.Lock()
        self._starting: dict[tuple[str, Wanted], threading.Lock] = {}
        self._running: dict[tuple[str, Wanted], Server | TargetError] = {}

    def get(self, target: Target, wanted: Wanted) -> Server:
        """Return the server; TargetError if it does not start."""
        key = (target.name, wanted)
        with self._lock:
            starting = self._starting.setdefault(key, threading.Lock())
        with starting:
            if key not in self._running:
                try:
                    self._running[key] = target.open(wanted)
                except TargetError as error:
                    self._running[key] = error
        server = self._running[key]
        if isinstance(server, TargetError):
            raise server
        return server

    def done(self, target: Target, wanted: Wanted) -> None:
        """Take note that one cell does not need it any more."""
        key = (target.name, wanted)
        with self._lock:
            self._needed[key] -= 1
            server = self._running.pop(key, None) if self._needed[key] <= 0 else None
        if server is not None:
            self._end(server)

    def close(self) -> None:
        """End those that are left."""
        while self._running:
            self._end(self._running.popitem()[1])

    def _end(self, server: Server | TargetError) -> None:
        if not isinstance(server, TargetError):
            self._pool.end_sessions_of(server)
            server.close()


class Runner:
    """Runs cells, several at the same time.

    `broken` says of clients why their programs could not be built.  Logs are written below `folder`.
    Clients meet those that have cells too, and (names of targets and clients) `partners`.
    """

    def __init__(
        self,
        clients: Mapping[str, ClientProgram],
        broken: Mapping[str, str],
        folder: Path,
        partners: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._clients = clients
        self._broken = broken
        self._folder = folder
        self._partners = set(partners)
        self._stopped = threading.Event()
        complaints = folder / "stderr"
        complaints.mkdir(parents=True, exist_ok=True)
        self._pool = Pool(clients, complaints)

    def run(self, cells: Sequence[Cell], jobs: int, watcher: Watcher) -> list[Result]:
        """Run all cells and return their results, in the same order."""
        self._partners |= {(cell.target.name, cell.client) for cell in cells if not cell.skip}
        servers = Servers(Counter(server_keys(cells)), self._pool)
        threads = ThreadPoolExecutor(jobs)

        def one(cell: Cell) -> Result:
            result = self._run_cell(cell, servers)
            watcher.finished(result)
            return result

        try:
            running = [threads.submit(one, cell) for cell in cells]
            return [each.result() for each in running]
        finally:
            self._stopped.set()  # scenarios in progress fail at their next step
            threads.shutdown(cancel_futures=True)
            servers.close()

    def _run_cell(self, cell: Cell, servers: Servers) -> Result:
        if cell.skip is not None:
            return Result(cell.scenario.id, cell.client, cell.target.name, Status.SKIP, cell.skip)
        try:
            if self._stopped.is_set():
                return self._told(cell, Status.SKIP, "the run was broken off")
            if cell.client in self._broken:
                return self._told(cell, Status.FAIL, self._broken[cell.client])
            return self._run_on(servers.get(cell.target, cell.wanted), cell)
        except TargetError as error:
            return self._told(cell, Status.FAIL, str(error))
        finally:
            servers.done(cell.target, cell.wanted)

    @staticmethod
    def _told(cell: Cell, status: Status, reason: str) -> Result:
        return Result(cell.scenario.id, cell.client, cell.target.name, status, reason)

    def _run_on(self, server: Server, cell: Cell) -> Result:
        """Run the scenario, and write its log."""
        here = {client for target, client in self._partners if target == cell.target.name}
        partners = sorted(name for name in here - self._broken.keys() if self._clients[name].has)
        world = World(cell.scenario, cell.client, server, self._pool, partners, self._stopped)
        began = time.monotonic()
        status, reason, unsupported = Status.PASS, "", False
        try:
            cell.scenario.function(world)
        except SkippedError as error:
            status, reason = Status.SKIP, str(error)
        except UnsupportedError as error:
            status, reason, unsupported = Status.SKIP, f"the client says: {error}", True
        except Exception as error:  # noqa: BLE001 - whatever it is, this cell has failed and the others go on
            status, reason = Status.FAIL, str(error) or type(error).__name__
            world.log.append(traceback.format_exc())
        seconds = time.monotonic() - began
        world.release(healthy=status is not Status.FAIL)
        versions = {"client": self._pool.versions.get(cell.client, ""), "target": server.version}
        log = self._write_log(cell, status, reason, world.log)
        return Result(
            cell.scenario.id, cell.client, server.target, status, reason, round(seconds, 2), log, unsupported, versions
        )

    def _write_log(self, cell: Cell, status: Status, reason: str, lines: list[str]) -> str:
        """Write what happened in a cell, and return where that is, relative to the report."""
        target = cell.target.name.replace(":", "-").replace("/", "-")
        path = self._folder / "logs" / target / cell.client / f"{cell.scenario.id.replace('/', '.')}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f"{cell.scenario.id} with {cell.client} on {cell.target.name}: {status}\n{cell.scenario.promise}\n"
        path.write_text(f"{head}{reason}\n\n" + "\n".join(lines) + "\n", encoding="utf-8", errors="replace")
        return str(path.relative_to(self._folder))
