"""Metadata on an engine that suspends, answers late and loses answers."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from kafkacompat.metadata.topics import CreatedTopic
from kafkacompat.wire.errors import ApiError
from tests.metadata.fake_cluster import new_metadata, new_store
from tests.metadata.making import asked
from tests.storage.awkward import AwkwardStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.coordinator import MetadataCoordinator
    from kafkacompat.metadata.topic import Topic


class Logs:
    """A listener that keeps the ids of topics whose logs exist, and takes its time."""

    def __init__(self) -> None:
        self.topic_ids: set[bytes] = set()

    async def __call__(self, created: Sequence[Topic], deleted: Sequence[Topic], changed: Sequence[Topic]) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        self.topic_ids |= {topic.topic_id for topic in created}
        self.topic_ids -= {topic.topic_id for topic in deleted}


class User:
    """Creates and deletes topics; every creation that succeeds must leave a topic with its logs."""

    def __init__(self, metadata: MetadataCoordinator, logs: Logs, seed: int) -> None:
        self.metadata = metadata
        self.logs = logs
        self.random = Random(seed)

    async def work(self) -> None:
        for _ in range(15):
            try:
                await self.act()
            except ApiError:
                await asyncio.sleep(0)

    async def act(self) -> None:
        name = self.random.choice("abcdefgh")
        topic = self.metadata.topic(name)
        if topic is not None and self.random.random() < 0.5:
            await self.metadata.delete_topics([topic.topic_id])
            assert topic.topic_id not in self.logs.topic_ids
            return
        (outcome,) = await self.metadata.create_topics([asked(name, 2)])
        if isinstance(outcome, CreatedTopic) and self.metadata.topic_by_id(outcome.topic_id) is not None:
            assert outcome.topic_id in self.logs.topic_ids


def shown(metadata: MetadataCoordinator) -> list[tuple[str, bytes, int]]:
    return [(topic.name, topic.topic_id, len(topic.partitions)) for topic in metadata.topics()]


@pytest.mark.parametrize("unknown_outcomes", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(10))
def test_what_is_shown_is_what_the_log_says(seed: int, unknown_outcomes: float) -> None:
    async def scenario() -> None:
        store = AwkwardStore(new_store(), seed, unknown_outcomes=unknown_outcomes)
        metadata, logs = new_metadata(store), Logs()
        metadata.subscribe(logs)
        await metadata.start()
        await asyncio.gather(*(User(metadata, logs, seed * 10 + number).work() for number in range(3)))
        store.unknown_outcomes = 0.0
        await settle(metadata)
        restarted = new_metadata(store)
        await restarted.start()
        assert shown(metadata) == shown(restarted)
        assert logs.topic_ids == {topic.topic_id for topic in metadata.topics()}

    asyncio.run(scenario())


def test_whoever_goes_away_leaves_no_topic_without_its_logs() -> None:
    async def scenario() -> None:
        store = AwkwardStore(new_store(), 3)
        metadata, logs = new_metadata(store), Logs()
        metadata.subscribe(logs)
        await metadata.start()
        for turns in range(12):
            asking = asyncio.ensure_future(metadata.create_topics([asked(f"t{turns}")]))
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        await settle(metadata)
        assert logs.topic_ids == {topic.topic_id for topic in metadata.topics()}

    asyncio.run(scenario())


def test_who_finds_a_topic_that_another_just_created_waits_for_its_logs() -> None:
    async def scenario() -> None:
        metadata, logs = new_metadata(AwkwardStore(new_store(), 5)), Logs()
        metadata.subscribe(logs)
        await metadata.start()

        async def ask() -> None:
            await metadata.auto_create_topics(["a"])
            topic = metadata.topic("a")
            assert topic is not None
            assert topic.topic_id in logs.topic_ids

        await asyncio.gather(*(ask() for _ in range(5)))

    asyncio.run(scenario())


async def settle(metadata: MetadataCoordinator) -> None:
    """Make one more change, once the log has been read back: it announces whatever was left in doubt."""
    for _ in range(100):
        try:
            await metadata.create_topics([asked("last")])
        except ApiError:
            await asyncio.sleep(0)
        else:
            return
    raise AssertionError("the log was never read back")


def test_producer_ids_are_unique_among_those_who_ask_together() -> None:
    async def scenario() -> list[int]:
        metadata = new_metadata(AwkwardStore(new_store(), 1))
        await metadata.start()
        return await asyncio.gather(*(metadata.allocate_producer_id() for _ in range(50)))

    assert len(set(asyncio.run(scenario()))) == 50
