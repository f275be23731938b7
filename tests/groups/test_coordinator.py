"""The coordinator over a store: one that answers at once, and one that suspends, answers late and loses answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.groups.classic.heartbeat import Heartbeat
from kafkacompat.groups.classic.join import Joining
from kafkacompat.groups.classic.leave import Leaver, Leaving
from kafkacompat.groups.classic.sync import Syncing
from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.coordinator import GroupCoordinator
from kafkacompat.groups.listing import GroupListing
from kafkacompat.groups.offsets.commit import Commit, OffsetToCommit
from kafkacompat.groups.offsets.fetch import OffsetFetch
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import LogConfig, PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.groups.harness import TOPIC_IDS
from tests.groups.test_offsets import Topics
from tests.storage.awkward import AwkwardStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from kafkacompat.groups.classic.member import JoinReply
    from kafkacompat.storage.store import Store

TOPIC_ID = b"o" * 16
PARTITIONS = 5


class Bench:
    def __init__(self, wrap: Callable[[Store], Store]) -> None:
        self.clock = ManualClock()
        self.store = wrap(EphemeralStore(self.clock, ManualClock()))
        self.groups = self.coordinator()

    def coordinator(self) -> GroupCoordinator:
        config = GroupConfig(initial_rebalance_delay_ms=0)
        ids = iter(range(1_000))
        return GroupCoordinator(self.store, self.clock, config, Topics(), lambda prefix: f"{prefix}-{next(ids)}")

    async def start(self) -> None:
        for partition in range(PARTITIONS):
            await self.store.create(PartitionKey(TOPIC_ID, partition), "__consumer_offsets", LogConfig())
        await self.groups.start(TOPIC_ID, PARTITIONS)

    async def join(self, group_id: str, member_id: str = "", session_timeout_ms: int = 10_000) -> JoinReply:
        return await self.groups.join(
            Joining(
                group_id=group_id,
                member_id=member_id,
                new_member_id=self.groups.new_member_id("c"),
                instance_id=None,
                client_id="c",
                client_host="/127.0.0.1",
                session_timeout_ms=session_timeout_ms,
                rebalance_timeout_ms=20_000,
                protocol_type="consumer",
                protocols={"range": b""},
                must_know_member_id=False,
                may_skip_assignment=True,
            )
        )

    async def sync(self, group_id: str, member_id: str, generation_id: int, **shares: bytes) -> bytes:
        assignments = {name.replace("_", "-"): share for name, share in shares.items()}
        syncing = Syncing(group_id, member_id, None, generation_id, None, None, assignments)
        return (await self.groups.sync(syncing)).assignment

    async def heartbeat(self, group_id: str, member_id: str, generation_id: int) -> None:
        await self.groups.heartbeat(Heartbeat(group_id, member_id, None, generation_id))

    async def commit(self, group_id: str, offset: int, member_id: str = "", generation_id: int = -1) -> list[ErrorCode]:
        offsets = [OffsetToCommit("t", TOPIC_IDS["t"], 0, offset, -1, "")]
        code = ErrorCode.GROUP_ID_NOT_FOUND
        return await self.groups.commit_offsets(Commit(group_id, member_id, None, generation_id, -1, code, offsets))

    async def committed(self, group_id: str) -> dict[int, int]:
        found = await self.groups.fetch_offsets(OffsetFetch(group_id, None))
        return {index: committed.offset for _, partitions in found for index, committed in partitions}


def plain(engine: Store) -> Store:
    return engine


def awkward(engine: Store) -> Store:
    return AwkwardStore(engine, seed=20)


def run(wrap: Callable[[Store], Store], scenario: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        bench = Bench(wrap)
        await bench.start()
        await scenario(bench)

    asyncio.run(main())


async def refusal(awaitable: Any) -> ErrorCode:
    with pytest.raises(ApiError) as caught:
        await awaitable
    return caught.value.code


async def settle() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


stores = pytest.mark.parametrize("wrap", [plain, awkward])


@stores
def test_two_members_and_their_offsets_outlive_the_coordinator(wrap: Callable[[Store], Store]) -> None:
    async def scenario(bench: Bench) -> None:
        first = await bench.join("g")
        await bench.sync("g", first.member_id, 1, **{first.member_id: b"all"})
        joining = asyncio.create_task(bench.join("g"))
        await settle()
        assert await refusal(bench.heartbeat("g", first.member_id, 1)) is ErrorCode.REBALANCE_IN_PROGRESS
        again = await bench.join("g", first.member_id)
        second = await joining
        assert (again.generation_id, second.generation_id, second.leader) == (2, 2, first.member_id)
        waiting = asyncio.create_task(bench.sync("g", second.member_id, 2))
        await settle()
        shares = {first.member_id: b"one", second.member_id: b"two"}
        assert await bench.sync("g", first.member_id, 2, **shares) == b"one"
        assert await waiting == b"two"
        assert await bench.commit("g", 7, second.member_id, 2) == [ErrorCode.NONE]

        bench.groups.stop()
        bench.groups = bench.coordinator()
        await bench.groups.start(TOPIC_ID, PARTITIONS)
        await bench.heartbeat("g", first.member_id, 2)
        assert await bench.sync("g", second.member_id, 2) == b"two"
        assert await bench.committed("g") == {0: 7}
        assert await refusal(bench.commit("g", 8)) is ErrorCode.UNKNOWN_MEMBER_ID

    run(wrap, scenario)


@stores
def test_members_that_the_log_knows_have_a_session(wrap: Callable[[Store], Store]) -> None:
    async def scenario(bench: Bench) -> None:
        only = await bench.join("g")
        await bench.sync("g", only.member_id, 1)
        bench.groups.stop()
        await bench.groups.start(TOPIC_ID, PARTITIONS)
        bench.clock.advance(10_000)
        await settle()
        description = await bench.groups.describe("g")
        assert description is not None
        assert description.state == "Empty"

    run(wrap, scenario)


@stores
def test_many_groups_over_all_partitions(wrap: Callable[[Store], Store]) -> None:
    async def scenario(bench: Bench) -> None:
        names = [f"group-{number}" for number in range(30)]
        await asyncio.gather(*(bench.commit(name, number) for number, name in enumerate(names)))
        listings = await bench.groups.list_groups()
        assert sorted(listings) == sorted(GroupListing(name, "", "Empty", "classic") for name in names)
        assert len({bench.groups.partition_for(name) for name in names}) == PARTITIONS
        for number, name in enumerate(names):
            assert await bench.committed(name) == {0: number}
        await bench.groups.delete("group-3")
        assert await refusal(bench.groups.delete("group-3")) is ErrorCode.GROUP_ID_NOT_FOUND
        await bench.groups.topics_deleted([TOPIC_IDS["t"]])
        assert await bench.committed("group-4") == {}

    run(wrap, scenario)


def test_appends_whose_outcome_is_unknown_are_settled_by_the_log() -> None:
    async def scenario(bench: Bench) -> None:
        highest = -1
        for offset in range(60):
            try:
                await bench.commit("g", offset)
            except ApiError as error:
                assert error.code in (ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)  # noqa: PT017 - both ways are fine
                await settle()
            else:
                highest = offset
            found = (await bench.committed("g")).get(0, -1)
            assert highest <= found <= offset
            highest = found
        assert highest > 0

    run(lambda engine: AwkwardStore(engine, seed=7, unknown_outcomes=0.2), scenario)


def test_nothing_is_served_before_the_topic_is_there() -> None:
    bench = Bench(plain)
    not_coordinator = ErrorCode.NOT_COORDINATOR
    assert not bench.groups.started
    for refused in (
        bench.join("g"),
        bench.heartbeat("g", "m", 1),
        bench.commit("g", 1),
        bench.committed("g"),
        bench.groups.describe("g"),
        bench.groups.delete("g"),
        bench.groups.leave(Leaving("g", [Leaver("m", None)])),
    ):
        assert asyncio.run(refusal(refused)) is not_coordinator
    assert asyncio.run(bench.groups.list_groups()) == []


def test_when_the_topic_is_deleted_nothing_is_served_any_more() -> None:
    async def scenario(bench: Bench) -> None:
        await bench.commit("g", 1)
        await bench.groups.topics_deleted([TOPIC_ID])
        assert await refusal(bench.commit("g", 2)) is ErrorCode.NOT_COORDINATOR

    run(plain, scenario)


def test_what_is_refused_before_any_group_is_looked_at() -> None:
    async def scenario(bench: Bench) -> None:
        assert (await bench.join("")).error is ErrorCode.INVALID_GROUP_ID
        assert (await bench.join("g", session_timeout_ms=5_999)).error is ErrorCode.INVALID_SESSION_TIMEOUT
        assert (await bench.join("g", session_timeout_ms=1_800_001)).error is ErrorCode.INVALID_SESSION_TIMEOUT
        assert await refusal(bench.heartbeat("", "m", 1)) is ErrorCode.INVALID_GROUP_ID
        assert await refusal(bench.sync("", "m", 1)) is ErrorCode.INVALID_GROUP_ID
        assert await bench.commit("", 1) == [ErrorCode.NONE]
        assert await bench.committed("") == {0: 1}

    run(plain, scenario)
