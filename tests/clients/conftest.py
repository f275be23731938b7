"""The server that stock clients talk to."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import machine
from tests.clients.program import NAMES, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STOP_TIMEOUT_S = 20


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server in a process of its own, or the one that KAFKACOMPAT_TEST_BOOTSTRAP names."""
    given = os.environ.get("KAFKACOMPAT_TEST_BOOTSTRAP")
    if given:
        yield given
        return
    complaints: Path = tmp_path_factory.mktemp("server") / "stderr"
    command = [sys.executable, "-m", "kafkacompat", "serve", "--port", "0", "--json"]
    with (
        complaints.open("w") as stderr,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True) as server,
    ):
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, complaints.read_text()
        yield json.loads(line)["bootstrap_servers"]
        server.terminate()
        assert server.wait(STOP_TIMEOUT_S) == 0
    assert "Traceback" not in complaints.read_text()


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.client(*Client.needs(name))) for name in NAMES])
def client(request: pytest.FixtureRequest, bootstrap: str) -> Client:
    """Return one stock client after the other."""
    client = Client(request.param, bootstrap)
    machine.skip_or_fail(client.build(), *Client.needs(client.name))
    return client


@pytest.fixture
def administrator(client: Client, bootstrap: str) -> Client:
    """Return the client itself, or another where it cannot create and delete topics."""
    return client if "create-topic" not in client.lacks else Client("confluent-kafka", bootstrap)


@pytest.fixture(scope="session")
def fresh_name() -> Callable[[str], str]:
    """Return names that no other test of this run uses: the server is shared."""
    numbers = itertools.count(1)
    return lambda stem: f"{stem}-{os.getpid()}-{next(numbers)}"
