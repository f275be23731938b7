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
from tests.storage.awkward import AwkwardStore

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store

MEMORY_LIMIT_BYTES: Final = 4 << 20
SEED_VARIABLE: Final = "KAFKACOMPAT_TEST_SEED"


@dataclass(frozen=True)
class World:
    """A store and its two clocks; `engine` is what is under the awkward one."""

    store: Store
    engine: EphemeralStore
    clock: ManualClock
    real_time: ManualClock


@pytest.fixture(params=["ephemeral", "awkward"])
def world(request: pytest.FixtureRequest) -> World:
    clock, real_time = ManualClock(), ManualClock()
    engine = EphemeralStore(clock, real_time, memory_limit_bytes=MEMORY_LIMIT_BYTES)
    store: Store = engine
    if request.param == "awkward":
        seed = int(os.environ.get(SEED_VARIABLE) or crc32(request.node.name.encode()))
        request.node.add_report_section("setup", "seed", f"{SEED_VARIABLE}={seed}")
        store = AwkwardStore(engine, seed)
    return World(store, engine, clock, real_time)


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
