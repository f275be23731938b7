"""The server of this checkout, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from suite.failures import TargetError
from suite.targets.ports import free_ports
from suite.targets.security import security_of
from suite.targets.server import Server, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suite.targets.server import Controls

START_S: Final = 30
STOP_S: Final = 20


class Ours:
    """Starts `kafkacompat serve`; `program` is what Python runs in place of kafkacompat."""

    name = "ours"

    def __init__(self, folder: Path, program: Sequence[str] = ("-m", "kafkacompat")) -> None:
        self._folder = folder
        self._program = program

    def refusal(self, wanted: Wanted) -> str | None:  # noqa: ARG002 - what it cannot do yet is a finding, not a skip
        """Nothing is refused."""
        return None

    def open(self, wanted: Wanted) -> Server:
        """Start one; with a data directory when a scenario owns it."""
        folder = Path(tempfile.mkdtemp(prefix="ours-", dir=self._folder))
        security = security_of(wanted.security)
        settings = {**security.settings(folder), **dict(wanted.settings)}
        data = folder / "data" if wanted.own is not None else None
        process = Process(self._program, settings, wanted.nodes, data, folder)
        try:
            process.start()
        except TargetError:
            process.close()
            raise
        server = Server(
            self.name,
            process.bootstrap,
            process.version,
            process,
            data=data,
            client_security=security.client(folder),
            admin_security=security.administrator(folder),
        )
        try:
            server.create_scram_users(security.scram_users)
            server.wait_until_ready(transactions=False)
        except TargetError:
            server.close()
            raise
        return server


class Process:
    """One `kafkacompat serve`, whose nodes are steered by its standard input."""

    def __init__(
        self, program: Sequence[str], settings: dict[str, str], nodes: int, data: Path | None, folder: Path
    ) -> None:
        # Ports of its own choice would be others after a restart.
        port = free_ports(nodes) if data else 0
        chosen = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        kept = ["--data", str(data)] if data else []
        address = ["--port", str(port), "--nodes", str(nodes)]
        self._command = [sys.executable, *program, "serve", "--json", "--commands", *address, *kept, *chosen]
        self._folder = folder
        self._child: subprocess.Popen[str] | None = None
        self.bootstrap = ""
        self.version = ""

    def start(self) -> None:
        """Start, and return when clients may connect."""
        complaints = self._folder / "server.log"
        with complaints.open("a") as log:
            # Its end comes with the end of its input, at the latest.
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self._folder,
                start_new_session=True,
            )
        self._child = child
        ready = json.loads(self._line() or "{}")
        if not ready:
            raise TargetError(f"our server does not start: {complaints.read_text().strip()[-600:]}")
        self.bootstrap = ready["bootstrap_servers"]
        self.version = ready["version"]

    def _line(self) -> str:
        """Return the next line that the server writes, "" when it writes none in time or has ended."""
        assert self._child is not None
        assert self._child.stdout is not None
        readable, _, _ = select.select([self._child.stdout], [], [], START_S)
        return self._child.stdout.readline() if readable else ""

    def stop(self) -> None:
        """Stop in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, how)
        try:
            child.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise TargetError(f"our server did not stop within {STOP_S} s") from None

    def stop_node(self, node_id: int) -> None:
        """Stop one node in order."""
        self._command_node("stop", node_id)

    def start_node(self, node_id: int) -> None:
        """Start it again."""
        self._command_node("start", node_id)

    def _command_node(self, change: str, node_id: int) -> None:
        if self._child is None or self._child.stdin is None:
            raise TargetError("our server does not run")
        self._child.stdin.write(f"{change} {node_id}\n")
        self._child.stdin.flush()
        answer = self._line().strip()
        if answer != "done":
            raise TargetError(f"node {node_id} did not {change}: {answer or 'no answer'}")

    def close(self) -> None:
        """End it, and remove its folder."""
        with contextlib.suppress(TargetError):
            self._end(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)


if TYPE_CHECKING:
    _process_can_be_steered: type[Controls] = Process
