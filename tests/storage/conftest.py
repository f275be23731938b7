"""The engines under test; a test that is a coroutine function runs in an event loop of its own."""

from __future__ import annotations

import asyncio
import inspect
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zlib import crc32

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.spill import SpillFolder
from tests.storage.awkward import AwkwardStore
from tests.storage.directories import open_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafkacompat.storage.directory.store import DirectoryStore
    from kafkacompat.storage.store import Store

MEMORY_LIMIT_BYTES: Final = 4 << 20
SEED_VARIABLE: Final = "KAFKACOMPAT_TEST_SEED"


@dataclass
class World:
    """A store and its two clocks; `engine` is what is under the awkward one."""

    store: Store
    engine: EphemeralStore | DirectoryStore
    clock: ManualClock
    real_time: ManualClock
    is_closed: bool = False

    async def close(self) -> None:
        """Close the store, once; its files would stay open as long as the tests run."""
        if not self.is_closed:
            self.is_closed = True
            await self.store.close()


def make_engine(name: str, folder: Path, clock: ManualClock, real_time: ManualClock) -> EphemeralStore | DirectoryStore:
    if name.endswith("directory"):
        return open_directory(folder, clock, real_time)
    if name == "spilling":
        return EphemeralStore(clock, real_time, memory_limit_bytes=0, spill=SpillFolder(str(folder)))
    return EphemeralStore(clock, real_time, memory_limit_bytes=MEMORY_LIMIT_BYTES)


@pytest.fixture(params=["ephemeral", "awkward", "directory", "awkward directory", "spilling"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    clock, real_time = ManualClock(), ManualClock()
    engine = make_engine(request.param, tmp_path, clock, real_time)
    store: Store = engine
    if request.param.startswith("awkward"):
        seed = int(os.environ.get(SEED_VARIABLE) or crc32(request.node.name.encode()))
        request.node.add_report_section("setup", "seed", f"{SEED_VARIABLE}={seed}")
        store = AwkwardStore(engine, seed)
    made = World(store, engine, clock, real_time)
    yield made
    asyncio.run(made.close())


@pytest.fixture
def store(world: World) -> Store:
    return world.store


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(function).parameters}
    asyncio.run(function(**arguments))
    return True
