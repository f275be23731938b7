"""What all tests share: the tools they need, and a real Kafka to compare with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests that need a real Kafka in one process, so that one Kafka serves them."""
    for item in items:
        if item.get_closest_marker("oracle"):
            item.add_marker(pytest.mark.xdist_group("oracle"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail, what this machine lacks the tools for."""
    for mark in item.iter_markers("client"):
        machine.require(*mark.args)
    if item.get_closest_marker("oracle"):
        machine.require("kafka")


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """Return the address of a real Kafka, started for this run; mark the tests that use it `oracle`."""
    yield from running_kafka()


@pytest.fixture(scope="session")
def old_kafka_bootstrap() -> Iterator[str]:
    """Return the address of a Kafka 3.9.1, the last that serves the oldest versions of requests; mark as `oracle`."""
    yield from running_kafka("--version", "3.9.1")


def running_kafka(*arguments: str) -> Iterator[str]:
    """Start a real Kafka, yield its address, and stop it."""
    program = [sys.executable, str(ROOT / "scripts" / "kafka")]
    started = subprocess.run(
        [*program, "start", "--json", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
    )
    where = json.loads(started.stdout)
    yield where["bootstrap"]
    subprocess.run([*program, "stop", "--dir", where["dir"]], stdout=subprocess.DEVNULL, check=True)
