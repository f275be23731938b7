"""The awkward engine is awkward, and the same again from the same seed."""

from __future__ import annotations

import asyncio

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import Appended, AppendOutcomeUnknownError, Isolation, Watch
from tests.storage.awkward import AwkwardStore
from tests.storage.batches import PARTITION, batch, get, make, put, values


def awkward(seed: int, unknown_outcomes: float = 0.0) -> AwkwardStore:
    return AwkwardStore(EphemeralStore(ManualClock(), ManualClock()), seed, unknown_outcomes=unknown_outcomes)


async def test_replays_append_once() -> None:
    store = awkward(1)
    await make(store)
    assert [await put(store, batch(b"a")) for _ in range(50)] == [Appended(offset, 0) for offset in range(50)]
    assert store.replays > 5
    assert len(values(await get(store, 0))) == 50


async def test_an_unknown_outcome_is_either() -> None:
    store = awkward(2, unknown_outcomes=0.5)
    await make(store)
    known, lost = set[bytes](), set[bytes]()
    for index in range(60):
        value = b"%d" % index
        try:
            await put(store, batch(value))
            known.add(value)
        except AppendOutcomeUnknownError:
            lost.add(value)
    there = values(await get(store, 0))
    assert len(there) == len(set(there))
    assert known < set(there)
    assert 0 < len(lost & set(there)) < len(lost)


async def test_readers_are_woken_early() -> None:
    store = awkward(3)
    await make(store)
    for _ in range(20):
        waiting = asyncio.create_task(store.wait([Watch(PARTITION, 0, Isolation.READ_UNCOMMITTED)], 1 << 60))
        for _ in range(20):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    assert 2 < store.early_wakes < 15


async def test_every_call_suspends_and_answers_late() -> None:
    store = awkward(4)
    await make(store)
    appending = asyncio.create_task(put(store, batch(b"a")))
    seen_before_answered = False
    log = store.engine.log(PARTITION)
    assert log is not None
    while not appending.done():
        await asyncio.sleep(0)
        seen_before_answered |= (await log.bounds()).end_offset == 1 and not appending.done()
    assert seen_before_answered


def test_the_same_seed_does_the_same() -> None:
    async def history(seed: int) -> list[object]:
        store = awkward(seed, unknown_outcomes=0.3)
        await make(store)
        outcomes: list[object] = []
        for _ in range(30):
            try:
                outcomes.append(await put(store, batch(b"a")))
            except AppendOutcomeUnknownError:
                outcomes.append("unknown")
        return [*outcomes, store.replays]

    assert asyncio.run(history(5)) == asyncio.run(history(5))
    assert asyncio.run(history(5)) != asyncio.run(history(6))
