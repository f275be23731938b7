"""The real Kafka, from Maven Central."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from suite.failures import TargetError
from suite.places import ROOT
from suite.targets.security import security_of
from suite.targets.server import Server, Wanted
from suite.tools import lack

if TYPE_CHECKING:
    from collections.abc import Callable

    from suite.targets.server import Controls

FEW_PARTITIONS: Final = {"offsets.topic.num.partitions": "5", "transaction.state.log.num.partitions": "5"}
"""Of the coordinators' own topics: fifty each take a busy machine longer to make than some clients wait."""
JAVA: Final = "-XX:TieredStopAtLevel=1 -Xshare:auto"
"""A broker that lives for a few scenarios spends most of its time on compiling itself, unless it is told otherwise."""
COMMAND_S: Final = 300
"""The first start fetches the jars."""


class Kafka:
    """Starts `scripts/kafka`."""

    name = "kafka"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def refusal(self, wanted: Wanted) -> str | None:  # noqa: ARG002 - the real one can do everything
        """Return what the machine lacks."""
        return lack("kafka")

    def open(self, wanted: Wanted) -> Server:
        """Start one."""
        security = security_of(wanted.security)
        folder = Path(tempfile.mkdtemp(prefix="kafka-", dir=self._folder))
        settings = {**FEW_PARTITIONS, **security.settings(folder), **dict(wanted.settings)}
        chosen = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        told = script("start", "--json", "--nodes", str(wanted.nodes), "--heap", "512m", *chosen)
        ready = json.loads(told.splitlines()[-1])
        directory = Path(ready["dir"])
        server = Server(
            self.name,
            ready["bootstrap"],
            ready["version"],
            Nodes(directory, wanted.nodes),
            data=directory / "data-0",
            client_security=security.client(folder),
            admin_security=security.administrator(folder),
        )
        try:
            server.create_scram_users(security.scram_users)
            server.wait_until_ready(transactions=True)
        except TargetError:
            server.close()
            raise
        return server


class Nodes:
    """The nodes of a cluster in a directory."""

    def __init__(self, directory: Path, count: int) -> None:
        self._directory = directory
        self._count = count

    def start(self) -> None:
        """Start all nodes again."""
        self._each(self.start_node)

    def stop(self) -> None:
        """Stop all nodes in order."""
        self._each(self.stop_node)

    def kill(self) -> None:
        """End all nodes with SIGKILL."""
        self._each(lambda node_id: script("node", "kill", str(node_id), "--dir", str(self._directory)))

    def _each(self, change: Callable[[int], object]) -> None:
        """Change all nodes at the same time: one of several controllers alone neither starts nor stops."""
        with ThreadPoolExecutor(self._count) as threads:
            list(threads.map(change, range(self._count)))

    def start_node(self, node_id: int) -> None:
        """Start one node again."""
        script("node", "start", str(node_id), "--dir", str(self._directory), "--heap", "512m")

    def stop_node(self, node_id: int) -> None:
        """Stop one node in order."""
        script("node", "stop", str(node_id), "--dir", str(self._directory))

    def close(self) -> None:
        """End it, and remove its directory."""
        script("stop", "--dir", str(self._directory))


def script(*arguments: str) -> str:
    """Run `scripts/kafka` and return what it prints; TargetError with its complaint if it fails."""
    command = [sys.executable, str(ROOT / "scripts" / "kafka"), *arguments]
    try:
        # In a session of its own: what ends the suite must not end the start of a broker halfway, and leave the broker.
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
            env={**os.environ, "JAVA_TOOL_OPTIONS": f"{os.environ.get('JAVA_TOOL_OPTIONS', '')} {JAVA}".strip()},
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise TargetError(f"scripts/kafka {arguments[0]} took longer than {COMMAND_S} s") from None
    if done.returncode:
        raise TargetError(f"scripts/kafka {arguments[0]} failed: {done.stderr.strip()[-600:]}")
    return done.stdout


if TYPE_CHECKING:
    _nodes_can_be_steered: type[Controls] = Nodes
