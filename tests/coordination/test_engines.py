"""The runtime over engines: acknowledged means in the log, in order, whatever the engine does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.coordination.runtime import Runtime
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import LogConfig
from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.coordination.test_runtime import SHARD, NumberCodec, Tally, add, apply, look
from tests.storage.awkward import AwkwardStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.storage.store import Store

ENGINES: dict[str, Callable[[Store, int], Store]] = {
    "ephemeral": lambda engine, _: engine,
    "awkward": AwkwardStore,
    "losing answers": lambda engine, seed: AwkwardStore(engine, seed, unknown_outcomes=0.15),
}


async def new_runtime(store: Store) -> Runtime[Tally]:
    runtime: Runtime[Tally] = Runtime(store, ManualClock(), NumberCodec(), Tally, apply)
    await runtime.load(SHARD)
    return runtime


async def loaded_numbers(runtime: Runtime[Tally]) -> list[int]:
    """Return what the shard holds, once it is back from a replay."""
    while True:
        try:
            return await runtime.decide(SHARD, look)
        except ApiError as error:
            assert error.code in (ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NOT_COORDINATOR)  # noqa: PT017 - retried
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_acknowledged_is_in_the_log(engine: str, seed: int) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = ENGINES[engine](EphemeralStore(clock, clock), seed)
        await store.create(SHARD, "shard", LogConfig())
        runtime = await new_runtime(store)
        acknowledged: list[int] = []

        async def write(number: int) -> None:
            for _ in range(number % 7):
                await asyncio.sleep(0)
            try:
                seen = await runtime.decide(SHARD, add(number))
            except ApiError:
                return
            acknowledged.append(number)
            assert seen[-1] == number

        for start in range(0, 60, 20):
            await asyncio.gather(*(write(number) for number in range(start, start + 20)))
        live = await loaded_numbers(runtime)
        assert len(set(live)) == len(live), "nothing is appended twice"
        assert set(acknowledged) <= set(live), "nothing that was acknowledged is lost"
        assert [number for number in live if number in acknowledged] == acknowledged, "in the order acknowledged"
        assert await loaded_numbers(await new_runtime(store)) == live, "a replay says the same"
        if engine != "losing answers":
            assert len(live) == 60

    asyncio.run(scenario())


def test_a_new_owner_fences_the_old_one() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = AwkwardStore(EphemeralStore(clock, clock), seed=3)
        await store.create(SHARD, "shard", LogConfig())
        old = await new_runtime(store)
        await old.decide(SHARD, add(1))
        new = await new_runtime(store)
        with pytest.raises(ApiError) as caught:
            await old.decide(SHARD, add(2))
        assert caught.value.code is ErrorCode.NOT_COORDINATOR
        assert await new.decide(SHARD, add(3)) == [1, 3]

    asyncio.run(scenario())


def test_a_long_log_is_read_in_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        monkeypatch.setattr("kafkacompat.coordination.runtime.LOAD_CHUNK_BYTES", 500)
        clock = ManualClock()
        store = EphemeralStore(clock, clock)
        await store.create(SHARD, "shard", LogConfig())
        runtime = await new_runtime(store)
        for number in range(200):
            await runtime.decide(SHARD, add(number, number))
        replayed = await new_runtime(store)
        assert await replayed.decide(SHARD, look) == [number for number in range(200) for _ in range(2)]

    asyncio.run(scenario())
