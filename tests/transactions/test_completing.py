"""A transaction whose end is decided gets there, whatever fails on the way."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import LogConfig, PartitionKey
from kafkacompat.transactions.completing import FIRST_RETRY_MS, LAST_RETRY_MS
from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.coordinator import Initializing, TransactionCoordinator
from kafkacompat.wire.errors import ErrorCode
from tests.storage.awkward import AwkwardStore
from tests.transactions.harness import EPOCH, ID, P0, P1, P2, TOPIC_ID, FakeMarkers, Harness, drive, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.storage.store import Marker
    from kafkacompat.transactions.ports import TopicPartition

BOTH_FLOWS = pytest.mark.parametrize("version", [0, 1, 2])


def test_markers_that_could_not_be_written_are_tried_again_and_only_those() -> None:
    harness = Harness()
    harness.markers.failing[P1] = 2
    drive(harness.end(harness.open(P0, P1, P2)))
    assert harness.state == "PrepareCommit 1"
    harness.clock.advance(FIRST_RETRY_MS)
    assert harness.state == "PrepareCommit 1"
    harness.clock.advance(2 * FIRST_RETRY_MS)
    assert harness.state == "CompleteCommit 1"
    assert [partitions for _, partitions in harness.markers.writes] == [[P0, P1, P2], [P1], [P1]]


def test_the_wait_between_attempts_grows_up_to_a_bound() -> None:
    harness = Harness()
    harness.stuck()
    attempts = []
    for _ in range(60_000 // FIRST_RETRY_MS):
        before = len(harness.markers.writes)
        harness.clock.advance(FIRST_RETRY_MS)
        if len(harness.markers.writes) > before:
            attempts.append(harness.clock.now_ms())
    waits = [later - sooner for sooner, later in pairwise(attempts)]
    assert waits == sorted(waits)
    assert waits[-1] == LAST_RETRY_MS


def test_markers_that_break_are_tried_again() -> None:
    harness = Harness()
    harness.markers.broken = True
    drive(harness.end(harness.open()))
    assert harness.state == "PrepareCommit 1"
    harness.markers.broken = False
    harness.clock.advance(LAST_RETRY_MS)
    assert harness.state == "CompleteCommit 1"


@pytest.mark.parametrize("commit", [True, False])
@BOTH_FLOWS
def test_who_takes_over_completes_what_was_decided_under_the_new_epoch(version: int, commit: bool) -> None:  # noqa: FBT001
    harness = Harness(version=version)
    harness.stuck(commit=commit)
    harness.markers.failing.clear()
    harness.restart()
    word = "Commit" if commit else "Abort"
    assert harness.state == f"Complete{word} {1 if version == 2 else 0}"
    marker, partitions = harness.markers.writes[-1]
    assert marker.coordinator_epoch == EPOCH + 1
    assert marker.commit is commit
    assert marker.transaction_version == (2 if version == 2 else 0)
    assert partitions == [P0, P1]


def test_who_takes_over_completes_the_end_of_a_producer_id() -> None:
    harness = Harness()
    producer = harness.exhaust()
    drive(harness.add(producer))
    harness.markers.broken = True
    drive(harness.end(producer))
    harness.markers.broken = False
    harness.restart()
    assert harness.describe()[:3] == (1001, 0, "CompleteCommit")


def test_a_new_leader_takes_over_and_no_leader_is_no_coordinator() -> None:
    harness = Harness()
    producer = harness.stuck()
    harness.markers.failing.clear()
    drive(harness.coordinator.leader_changed(0, None))
    assert refusal(harness.end(producer)) is ErrorCode.NOT_COORDINATOR
    harness.clock.advance(LAST_RETRY_MS)
    assert harness.states()[-1] == "PrepareCommit 1"
    drive(harness.coordinator.leader_changed(0, EPOCH + 3))
    assert harness.state == "CompleteCommit 1"
    assert harness.markers.writes[-1][0].coordinator_epoch == EPOCH + 3


def test_the_same_leader_again_changes_nothing() -> None:
    harness = Harness()
    producer = harness.open()
    drive(harness.coordinator.leader_changed(0, EPOCH))
    drive(harness.end(producer))
    assert harness.markers.writes[0][0].coordinator_epoch == EPOCH


@pytest.mark.parametrize("lost", [True, False])
def test_when_the_last_record_cannot_be_written_it_is_tried_again(lost: bool) -> None:  # noqa: FBT001
    harness = Harness()
    producer = harness.open()
    before = harness.store.appends
    failing = frozenset({before + 1})
    if lost:
        harness.store.lost = failing
    else:
        harness.store.refused = failing
    drive(harness.end(producer))
    assert harness.state == ("CompleteCommit 1" if lost else "PrepareCommit 1")
    harness.clock.advance(LAST_RETRY_MS)
    assert harness.states()[2:] == ["PrepareCommit 1", "CompleteCommit 1"]


def test_while_the_store_refuses_everything_attempts_keep_their_distance() -> None:
    harness = Harness()
    producer = harness.open()
    harness.store.refused = frozenset(range(harness.store.appends + 1, 10_000))
    drive(harness.end(producer))
    before = harness.store.appends
    harness.clock.advance(LAST_RETRY_MS * 10)
    assert harness.store.appends - before < 20
    harness.store.refused = frozenset()
    harness.clock.advance(LAST_RETRY_MS)
    assert harness.state == "CompleteCommit 1"


def test_before_the_topic_is_there_nothing_is_coordinated() -> None:
    harness = Harness()
    assert harness.coordinator.started
    harness.coordinator.stop()
    assert not harness.coordinator.started
    assert refusal(harness.initialize()) is ErrorCode.NOT_COORDINATOR
    assert refusal(harness.add((1000, 0))) is ErrorCode.NOT_COORDINATOR
    assert refusal(harness.end((1000, 0))) is ErrorCode.NOT_COORDINATOR
    assert refusal(harness.coordinator.describe(ID)) is ErrorCode.NOT_COORDINATOR


def test_ids_are_spread_over_shards_as_kafka_spreads_them() -> None:
    harness = Harness(shards=50)
    names = [f"id-{number}" for number in range(20)]
    for name in names:
        drive(harness.initialize(name=name))
    for name in names:
        shard = harness.coordinator.partition_for(name)
        assert name in {record.transactional_id for record in harness.log(shard)}


# -- on a store that suspends


class HeldMarkers(FakeMarkers):
    """Markers that are on their way until `arrive` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.arrive = asyncio.Event()

    async def write(self, marker: Marker, partitions: Sequence[TopicPartition]) -> Sequence[TopicPartition]:
        await self.arrive.wait()
        return await super().write(marker, partitions)


class Ids:
    async def allocate(self) -> int:
        await asyncio.sleep(0)
        return 1000


async def _settled(coordinator: TransactionCoordinator, state: str) -> None:
    for _ in range(1_000):
        if (await coordinator.describe(ID)).state == state:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"never {state}")


def test_the_end_is_answered_when_it_is_decided_not_when_the_markers_are_there() -> None:
    async def scenario() -> None:
        harness = Harness()
        markers = HeldMarkers()
        store = AwkwardStore(EphemeralStore(harness.clock, harness.clock), seed=1)
        await store.create(PartitionKey(TOPIC_ID, 0), "__transaction_state", LogConfig())
        coordinator = TransactionCoordinator(store, harness.clock, TransactionConfig(), markers, Ids(), lambda: 2)
        await coordinator.start(TOPIC_ID, 1)
        producer = await coordinator.init_producer_id(Initializing(ID, 60_000))
        await coordinator.add_partitions(ID, *producer, [P0])
        assert await coordinator.end(ID, *producer, commit=True, client_version=2) == (1000, 1)
        assert (await coordinator.describe(ID)).state == "PrepareCommit"
        markers.arrive.set()
        await _settled(coordinator, "CompleteCommit")
        assert len(markers.logs[P0]) == 1

    asyncio.run(scenario())


def test_markers_that_are_still_on_their_way_never_arrive_in_the_next_transaction() -> None:
    async def scenario() -> None:
        harness = Harness()
        markers = HeldMarkers()
        store = AwkwardStore(EphemeralStore(harness.clock, harness.clock), seed=2)
        await store.create(PartitionKey(TOPIC_ID, 0), "__transaction_state", LogConfig())
        coordinator = TransactionCoordinator(store, harness.clock, TransactionConfig(), markers, Ids(), lambda: 0)
        await coordinator.start(TOPIC_ID, 1)
        producer = await coordinator.init_producer_id(Initializing(ID, 60_000))
        await coordinator.add_partitions(ID, *producer, [P0], client_version=1)
        await coordinator.end(ID, *producer, commit=True, client_version=1)
        await coordinator.leader_changed(0, None)
        await coordinator.leader_changed(0, 5)  # takes up the end, while the first attempt is still under way
        assert (await coordinator.describe(ID)).state == "PrepareCommit"
        markers.arrive.set()
        await _settled(coordinator, "CompleteCommit")
        await coordinator.add_partitions(ID, *producer, [P0], client_version=1)
        for _ in range(100):
            await asyncio.sleep(0)
        assert [marker.coordinator_epoch for marker in markers.logs[P0]] == [0, 5]
        assert (await coordinator.describe(ID)).state == "Ongoing"

    asyncio.run(scenario())
