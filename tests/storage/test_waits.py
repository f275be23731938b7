"""Waiting for new data: perhaps early, never late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kafkacompat.storage.store import Isolation, PartitionKey, Watch
from tests.storage.batches import MISSING, OTHER, PARTITION, TOPIC_ID, batch, get, make, put, values

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store
    from tests.storage.conftest import World

MANY_TURNS = 60
"""Of the event loop: more than any engine here takes for one call."""


async def settle() -> None:
    for _ in range(MANY_TURNS):
        await asyncio.sleep(0)


def watch(partition: PartitionKey, seen_offset: int = 0) -> Watch:
    return Watch(partition, seen_offset, Isolation.READ_UNCOMMITTED)


async def poll(world: World, until_ms: int, *partitions: PartitionKey) -> list[bytes | None]:
    """Read as a long poll does: wait, look, and wait again until there is something or time is up."""
    while True:
        found = [value for partition in partitions for value in values(await get(world.store, 0, partition=partition))]
        if found or world.real_time.now_ms() >= until_ms:
            return found
        await world.store.wait([watch(partition) for partition in partitions], until_ms)


async def test_a_reader_gets_what_is_appended_while_it_waits(world: World) -> None:
    await make(world.store, PARTITION, OTHER)
    polling = asyncio.create_task(poll(world, world.real_time.now_ms() + 1_000, PARTITION, OTHER))
    await settle()
    assert not polling.done()
    await put(world.store, batch(b"a"), OTHER)
    assert await polling == [b"a"]


async def test_a_reader_goes_away_when_its_time_is_up(world: World) -> None:
    await make(world.store)
    polling = asyncio.create_task(poll(world, world.real_time.now_ms() + 1_000, PARTITION))
    await settle()
    world.real_time.advance(999)
    await settle()
    assert not polling.done()
    world.real_time.advance(1)
    assert await polling == []


async def test_the_domain_clock_ends_no_wait(world: World) -> None:
    await make(world.store)
    polling = asyncio.create_task(poll(world, world.real_time.now_ms() + 1_000, PARTITION))
    await settle()
    world.clock.advance(1_000_000)
    await settle()
    assert not polling.done()
    world.real_time.advance(1_000)
    assert await polling == []


async def test_whoever_has_not_seen_the_end_does_not_wait(world: World) -> None:
    await make(world.store)
    await put(world.store, batch(b"a", b"b"))
    await world.store.wait([watch(PARTITION, 1)], world.real_time.now_ms() + 1_000)


async def test_a_time_that_has_passed_is_no_wait(world: World) -> None:
    await make(world.store)
    await world.store.wait([watch(PARTITION)], world.real_time.now_ms())
    await world.store.wait([watch(PARTITION)], world.real_time.now_ms() - 5)


async def test_a_log_that_is_not_there_is_no_wait(world: World) -> None:
    await make(world.store)
    await world.store.wait([watch(PARTITION), watch(MISSING)], world.real_time.now_ms() + 1_000)


async def test_deleting_a_log_wakes_its_readers(world: World) -> None:
    await make(world.store)
    waiting = asyncio.create_task(world.store.wait([watch(PARTITION)], world.real_time.now_ms() + 1_000))
    await settle()
    await world.store.delete(PARTITION)
    await waiting
    assert world.store.log(PARTITION) is None


async def test_closing_wakes_everyone(world: World) -> None:
    await make(world.store)
    waiting = asyncio.create_task(world.store.wait([watch(PARTITION)], world.real_time.now_ms() + 1_000))
    await settle()
    await world.close()
    await waiting


async def test_one_append_wakes_all_who_wait_for_it(world: World) -> None:
    await make(world.store)
    until_ms = world.real_time.now_ms() + 1_000
    polling = [asyncio.create_task(poll(world, until_ms, PARTITION)) for _ in range(50)]
    await settle()
    await put(world.store, batch(b"a"))
    assert await asyncio.gather(*polling) == [[b"a"]] * 50


async def test_cancelling_takes_back_the_watches(world: World) -> None:
    partitions = [PartitionKey(TOPIC_ID, index) for index in range(100)]
    await make(world.store, *partitions)
    pending = world.real_time.pending()
    waiting = [
        asyncio.create_task(world.store.wait([watch(partition) for partition in partitions], 1 << 60))
        for _ in range(20)
    ]
    await settle()
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    logs = [world.engine.log(partition) for partition in partitions]
    assert all(log is not None and log.watchers is None for log in logs)
    assert world.real_time.pending() == pending
    await put(world.store, batch(b"a"))
    assert values(await get(world.store, 0)) == [b"a"]


@pytest.mark.parametrize("ending", ["append", "deadline"])
async def test_a_finished_wait_leaves_nothing_behind(world: World, ending: str) -> None:
    await make(world.store, PARTITION, OTHER)
    await put(world.store, batch(b"first"))
    pending = world.real_time.pending()  # an engine may have its own
    until_ms = world.real_time.now_ms() + 1_000
    waiting = asyncio.create_task(world.store.wait([watch(PARTITION, 1), watch(OTHER)], until_ms))
    await settle()
    if ending == "append":
        await put(world.store, batch(b"a"))
    world.real_time.advance(0 if ending == "append" else 1_000)
    await waiting
    assert world.real_time.pending() == pending
    logs = [world.engine.log(partition) for partition in (PARTITION, OTHER)]
    assert all(log is not None and log.watchers is None for log in logs)


async def test_deleting_records_leaves_readers_where_they_are(store: Store, world: World) -> None:
    await make(store)
    await put(store, batch(b"a"))
    log = store.log(PARTITION)
    assert log is not None
    until_ms = world.real_time.now_ms() + 1_000

    async def read_on() -> list[bytes | None]:
        while not (found := values(await get(store, 1))):
            await store.wait([watch(PARTITION, 1)], until_ms)
        return found

    reading = asyncio.create_task(read_on())
    await settle()
    await log.delete_before(1)
    await settle()
    await put(store, batch(b"b"))
    assert await reading == [b"b"]
