"""`kafkacompat serve`: run a server, and say when it is ready."""

from __future__ import annotations

import os
import sys
from time import monotonic
from typing import TYPE_CHECKING, Final

from kafkacompat import __version__
from kafkacompat.cli.told import Address, CannotServeError, gather, warn_of_ignored
from kafkacompat.server.running import DEFAULT_CLUSTER_ID, Options, Running, TopicToCreate, address
from kafkacompat.server.serve import serve
from kafkacompat.server.server import PortTakenError
from kafkacompat.storage.directory.errors import DataDirectoryError
from kafkacompat.wire.errors import ApiError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

READY_LINES: Final = ("Transitioning from RECOVERY to RUNNING", "Kafka Server started")
"""What testcontainers' modules wait for in the output (Java and Go the first, Python the second)."""


def serve_command(told: Namespace) -> int:
    """Serve until told to stop; 0 then, 2 if that cannot begin."""
    where = Address(told.host, told.port)
    gathered = gather(told.properties, os.environ, told.options, where, told.defaults, told.nodes)
    warn_of_ignored(gathered.ignored_variables)
    cluster_id = os.environ.get("CLUSTER_ID") or DEFAULT_CLUSTER_ID
    options = Options(
        gathered.settings, _topics(told.topic), cluster_id, told.nodes, told.data, RecoveryProgress(monotonic)
    )
    try:
        serve(options, say_ready_as_json if told.json else say_ready, say if told.commands else None)
    except (PortTakenError, DataDirectoryError) as error:
        raise CannotServeError(str(error)) from error
    except ApiError as error:
        raise CannotServeError(f"A topic cannot be created: {error.message or error.code.name}") from error
    return 0


class RecoveryProgress:
    """Says on stderr how far a recovery is, once a second; `now_seconds` counts from anywhere."""

    def __init__(self, now_seconds: Callable[[], float]) -> None:
        self._now_seconds = now_seconds
        self._said_at = now_seconds()

    def __call__(self, log_name: str, done: int, total: int) -> None:
        """Take note of the next log."""
        now = self._now_seconds()
        if now - self._said_at >= 1:
            self._said_at = now
            print(f"kafkacompat: recovering {log_name}, {done} of {total} logs are done", file=sys.stderr, flush=True)


def _topics(texts: Sequence[str]) -> list[TopicToCreate]:
    try:
        return [TopicToCreate.parse(text) for text in texts]
    except ValueError as error:
        raise CannotServeError(f"--topic: {error}") from error


def say(line: str) -> None:
    """Answer a command."""
    print(line, flush=True)


def say_ready(running: Running) -> None:
    """Print the bootstrap address, and the lines that others wait for."""
    print(f"kafkacompat {__version__} is ready: {running.bootstrap_servers}")
    for line in READY_LINES:
        print(f"[kafkacompat] {line}")
    sys.stdout.flush()


def say_ready_as_json(running: Running) -> None:
    """Print one object for programs that start the server."""
    import json  # noqa: PLC0415 - only this way of saying it pays for it

    nodes = [
        {"node_id": node_id, "listeners": {listener.name: address(listener) for listener in listeners}}
        for node_id, listeners in running.listeners.items()
    ]
    ready = {
        "bootstrap_servers": running.bootstrap_servers,
        "listeners": nodes[0]["listeners"],
        "nodes": nodes,
        "cluster_id": running.cluster.cluster_id,
        "node_ids": list(running.cluster.nodes),
        "pid": os.getpid(),
        "version": __version__,
    }
    print(json.dumps(ready), flush=True)
