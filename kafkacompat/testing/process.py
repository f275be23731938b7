"""A broker in a process of its own: it does not share the interpreter with a busy test."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafkacompat.server.running import NodeChange

STOP_SECONDS: Final = 10


class ProcessHost:
    """Runs `kafkacompat serve` as a child."""

    def __init__(self, settings: Mapping[str, str], topics: Sequence[str], host: str, port: int, nodes: int) -> None:
        address = [] if "listeners" in settings else ["--host", host, "--port", str(port)]
        chosen = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        named = [word for topic in topics for word in ("--topic", topic)]
        several = ["--nodes", str(nodes), "--commands"]
        self._command = [sys.executable, "-m", "kafkacompat", "serve", "--json", *several, *address, *chosen, *named]
        self._child: subprocess.Popen[str] | None = None
        self._complaints: IO[str] | None = None

    def start(self) -> Mapping[int, str]:
        """Start the child and wait until clients may connect; RuntimeError with what it said if it ended instead."""
        # A file, not a pipe that nobody reads: a broker with much to say must not come to a halt.
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `stop`
        self._child = subprocess.Popen(  # noqa: S603 - our own command
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, text=True
        )
        assert self._child.stdout is not None, "asked for a pipe"
        line = self._child.stdout.readline()
        if not line:
            self._complaints.seek(0)
            complaint = self._complaints.read().strip()
            self.stop()
            raise RuntimeError(f"the broker did not start: {complaint}")
        nodes = json.loads(line)["nodes"]
        return {node["node_id"]: next(iter(node["listeners"].values())) for node in nodes}

    def change_node(self, change: NodeChange, node_id: int) -> None:
        """Have the child stop, fence or start one node; RuntimeError with what it said if it could not."""
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            raise RuntimeError("the broker does not run")
        child.stdin.write(f"{change} {node_id}\n")
        child.stdin.flush()
        answer = child.stdout.readline().strip()
        if answer != "done":
            raise RuntimeError(f"node {node_id} did not {change}: {answer or 'the broker has ended'}")

    def stop(self) -> None:
        """End the child, by force if it does not go."""
        child, self._child = self._child, None
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None
        if child is None:
            return
        child.terminate()
        try:
            child.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
