"""The group coordinator over stores: what lives is what a restart reads back, whoever commits and however it ends."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kafkacompat.clock.manual import ManualClock
from kafkacompat.coordination.decision import Transaction
from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.coordinator import GroupCoordinator
from kafkacompat.groups.offsets.commit import Commit, OffsetToCommit
from kafkacompat.groups.offsets.delete import OffsetDelete
from kafkacompat.groups.offsets.fetch import OffsetFetch
from kafkacompat.groups.offsets.transactional_commit import TransactionalCommit
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import LogConfig, Marker, PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.groups.fake_node import at_once
from tests.groups.harness import TOPIC_IDS
from tests.groups.test_offsets import Topics
from tests.storage.awkward import AwkwardStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.groups.state import GroupsState
    from kafkacompat.storage.store import Store

LOG = PartitionKey(b"o" * 16, 0)
NONE = ErrorCode.NONE
HOUR_MS = 3_600_000
CONFIG = GroupConfig(
    initial_rebalance_delay_ms=0, offsets_retention_ms=HOUR_MS, offsets_retention_check_interval_ms=HOUR_MS
)


def offsets(partition: int, offset: int) -> list[OffsetToCommit]:
    return [OffsetToCommit("t", TOPIC_IDS["t"], partition, offset, 3, "")]


def hard(state: GroupsState) -> dict[str, Any]:
    """Return all that only records change, and which groups are there."""
    return {
        "stored": state.stored,
        "offsets": state.offsets,
        "pending": list(state.pending.commits()),
        "of producers": {
            group_id: (state.pending.of_group(group_id), state.pending._of_group[group_id])
            for group_id in state.pending.groups()
        },
        "overtaken": [
            place
            for groups in state.pending._of_producer.values()
            for places in groups.values()
            for place, pending in places.items()
            if pending.is_overtaken
        ],
        "groups": {group_id: group.state for group_id, group in state.groups.items()},
    }


class Groups:
    """A coordinator of one shard, and producers whose epoch rises with each end, as since KIP-890."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.epochs: dict[int, int] = {}
        self.coordinator = self.anew()

    def anew(self) -> GroupCoordinator:
        return GroupCoordinator(self.store, self.clock, CONFIG, Topics(), lambda prefix: prefix)

    async def start(self) -> None:
        self.coordinator.stop()
        self.coordinator = self.anew()
        await self.coordinator.start(LOG.topic_id, 1)

    async def plain(self, group_id: str, partition: int, offset: int) -> list[ErrorCode]:
        commit = Commit(group_id, "", None, -1, -1, NONE, offsets(partition, offset))
        return await self.coordinator.commit_offsets(commit)

    async def within(self, producer_id: int, group_id: str, partition: int, offset: int) -> list[ErrorCode]:
        epoch = self.epochs.get(producer_id, 0)
        log = self.store.log(self.coordinator.offsets_key(group_id))
        assert log is not None
        guard = await log.transaction_guard(producer_id, epoch)
        return await self.coordinator.commit_transactional_offsets(
            TransactionalCommit(
                group_id, "", None, -1, NONE, offsets(partition, offset), Transaction(producer_id, epoch, guard)
            )
        )

    async def end(self, producer_id: int, *, commit: bool) -> None:
        epoch = self.epochs[producer_id] = self.epochs.get(producer_id, 0) + 1
        await self.coordinator.complete_transaction(0, Marker(producer_id, epoch, 0, commit, 2))

    async def delete_offset(self, group_id: str, partition: int) -> None:
        await self.coordinator.delete_offsets(OffsetDelete(group_id, [("t", partition)]))

    async def served(self) -> None:
        """Wait until the shard is there, should it have been lost."""
        await self.coordinator._runtime.ready(LOG)

    def state(self) -> dict[str, Any]:
        return hard(self.coordinator._runtime.state(LOG))

    async def replayed(self) -> dict[str, Any]:
        """Return what somebody else reads in the log; this coordinator does not own it any more."""
        other = self.anew()
        await other.start(LOG.topic_id, 1)
        state = hard(other._runtime.state(LOG))
        other.stop()
        return state


def attempt(coroutine: Any) -> ErrorCode:
    try:
        at_once(coroutine)
    except ApiError as error:
        return error.code
    return NONE


PRODUCERS = st.integers(7, 9)
GROUPS = st.sampled_from(["g", "h"])
PARTITIONS = st.integers(0, 1)


class OffsetsMachine(RuleBasedStateMachine):
    """Random commits, ends, deletions, waits and restarts, on the store in memory."""

    @initialize()
    def begin(self) -> None:
        clock = ManualClock()
        self.groups = Groups(EphemeralStore(clock, clock), clock)
        at_once(self.groups.store.create(LOG, "__consumer_offsets", LogConfig()))
        at_once(self.groups.start())

    @rule(group_id=GROUPS, partition=PARTITIONS, offset=st.integers(0, 99))
    def plain(self, group_id: str, partition: int, offset: int) -> None:
        assert at_once(self.groups.plain(group_id, partition, offset)) == [NONE]

    @rule(producer_id=PRODUCERS, group_id=GROUPS, partition=PARTITIONS, offset=st.integers(0, 99))
    def within(self, producer_id: int, group_id: str, partition: int, offset: int) -> None:
        assert at_once(self.groups.within(producer_id, group_id, partition, offset)) == [NONE]

    @rule(producer_id=PRODUCERS, group_id=GROUPS)
    def a_zombie_commits(self, producer_id: int, group_id: str) -> None:
        if self.groups.epochs.get(producer_id):
            self.groups.epochs[producer_id] -= 1
            before = self.groups.state()
            refused = attempt(self.groups.within(producer_id, group_id, 0, 77))
            assert refused is ErrorCode.INVALID_PRODUCER_EPOCH
            assert self.groups.state() == before
            self.groups.epochs[producer_id] += 1

    @rule(producer_id=PRODUCERS, commit=st.booleans())
    def end(self, producer_id: int, *, commit: bool) -> None:
        at_once(self.groups.end(producer_id, commit=commit))

    @rule(group_id=GROUPS, partition=PARTITIONS)
    def delete_offset(self, group_id: str, partition: int) -> None:
        assert attempt(self.groups.delete_offset(group_id, partition)) in (NONE, ErrorCode.GROUP_ID_NOT_FOUND)

    @rule(group_id=GROUPS)
    def delete_group(self, group_id: str) -> None:
        assert attempt(self.groups.coordinator.delete(group_id)) in (NONE, ErrorCode.GROUP_ID_NOT_FOUND)

    @rule()
    def delete_topic(self) -> None:
        at_once(self.groups.coordinator.topics_deleted([TOPIC_IDS["t"]]))

    @rule(by_ms=st.sampled_from([HOUR_MS // 4, HOUR_MS]))
    def wait(self, by_ms: int) -> None:
        self.groups.clock.advance(by_ms)

    @rule()
    def restart(self) -> None:
        before = self.groups.state()
        at_once(self.groups.start())
        assert self.groups.state() == before

    @invariant()
    def nothing_is_kept_of_nobody(self) -> None:
        if not hasattr(self, "groups"):
            return
        pending = self.groups.coordinator._runtime.state(LOG).pending
        assert all(places for groups in pending._of_producer.values() for places in groups.values())
        assert {group for groups in pending._of_producer.values() for group in groups} == set(pending._of_group)

    def teardown(self) -> None:
        """Once every transaction has ended, every offset is stable and nothing of them is kept."""
        if not hasattr(self, "groups"):
            return
        before = self.groups.state()
        assert at_once(self.groups.replayed()) == before
        at_once(self.groups.start())
        for producer_id in (7, 8, 9):
            at_once(self.groups.end(producer_id, commit=True))
        after = self.groups.state()
        assert (after["pending"], after["of producers"]) == ([], {})


TestOffsetsMachine = OffsetsMachine.TestCase
TestOffsetsMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


ENGINES: dict[str, Callable[[Store, int], Store]] = {
    "awkward": AwkwardStore,
    "losing answers": lambda engine, seed: AwkwardStore(engine, seed, unknown_outcomes=0.1),
}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("engine", ENGINES)
def test_all_at_once_on_an_engine_that_suspends(engine: str, seed: int) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        store = ENGINES[engine](EphemeralStore(clock, clock), seed)
        await store.create(LOG, "__consumer_offsets", LogConfig())
        groups = Groups(store, clock)
        await groups.start()
        random = Random(seed)
        acknowledged = 0

        async def act(number: int) -> None:
            nonlocal acknowledged
            group_id, partition, producer_id = random.choice("gh"), random.randrange(2), random.randrange(7, 10)
            for _ in range(random.randrange(6)):
                await asyncio.sleep(0)
            try:
                match random.randrange(12):
                    case 0 | 1 | 2:
                        await groups.plain(group_id, partition, number)
                    case 3 | 4 | 5 | 6 | 7:
                        await groups.within(producer_id, group_id, partition, number)
                    case 8 | 9:
                        await groups.end(producer_id, commit=random.random() < 0.7)
                    case 10:
                        await groups.delete_offset(group_id, partition)
                    case _:
                        await groups.coordinator.delete(group_id)
            except ApiError:
                return
            acknowledged += 1

        for _ in range(10):
            await asyncio.gather(*(act(number) for number in range(8)))
            clock.advance(HOUR_MS // 8)
            await groups.served()
            await groups.coordinator.fetch_offsets(OffsetFetch("g", None))
        assert acknowledged > 10
        live = groups.state()
        assert await groups.replayed() == live

    asyncio.run(scenario())
