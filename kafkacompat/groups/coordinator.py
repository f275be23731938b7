"""The group coordinator: one async method for each request about groups.

Methods raise ApiError when the whole request is refused: what Kafka answers for the request itself, NOT_COORDINATOR
before `start` and for a shard that is not served, and COORDINATOR_LOAD_IN_PROGRESS for one that is not served yet.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from kafkacompat.coordination.decision import Decision
from kafkacompat.coordination.partitioner import partition_for
from kafkacompat.coordination.runtime import Runtime
from kafkacompat.groups import listing
from kafkacompat.groups.classic.member import JoinReply
from kafkacompat.groups.classic.rebalance import expect_member
from kafkacompat.groups.offsets.delete import topics_deleted
from kafkacompat.groups.offsets.expiry import schedule_sweep
from kafkacompat.groups.records import GroupRecordCodec
from kafkacompat.groups.state import GroupsState, apply, apply_pending, end_transaction
from kafkacompat.storage.store import PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.primitives import MAX_STRING_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.groups.classic.heartbeat import Heartbeat
    from kafkacompat.groups.classic.join import Joining
    from kafkacompat.groups.classic.leave import Leaving
    from kafkacompat.groups.classic.member import SyncReply
    from kafkacompat.groups.classic.sync import Syncing
    from kafkacompat.groups.config import GroupConfig
    from kafkacompat.groups.offsets.commit import Commit
    from kafkacompat.groups.offsets.delete import OffsetDelete
    from kafkacompat.groups.offsets.fetch import OffsetFetch, TopicOffsets
    from kafkacompat.groups.offsets.transactional_commit import TransactionalCommit
    from kafkacompat.groups.ports import TopicsView
    from kafkacompat.storage.store import Marker, Store

logger = logging.getLogger(__name__)

R = TypeVar("R")


class GroupCoordinator:
    """All groups, sharded over the partitions of `__consumer_offsets`.

    `new_member_id` makes a member id that begins with what it is given (a client id, or an instance id).
    """

    def __init__(
        self,
        store: Store,
        clock: Deadlines,
        config: GroupConfig,
        topics: TopicsView,
        new_member_id: Callable[[str], str],
    ) -> None:
        self.topics = topics
        self.new_member_id = new_member_id
        self._config = config
        self._runtime: Runtime[GroupsState] = Runtime(
            store,
            clock,
            GroupRecordCodec(),
            lambda timers: GroupsState(timers, clock, config),
            apply,
            loaded=_loaded,
            apply_pending=apply_pending,
            ended=end_transaction,
        )
        self._shards: list[PartitionKey] = []
        self._leader_epochs: dict[int, int | None] = {}

    async def start(self, topic_id: bytes, partitions: int, leader_epochs: Sequence[int] = ()) -> None:
        """Serve the groups kept in `__consumer_offsets`, whose logs exist by now; leader epochs are 0 unless told."""
        self._shards = [PartitionKey(topic_id, partition) for partition in range(partitions)]
        for shard, leader_epoch in zip(self._shards, leader_epochs or [0] * partitions, strict=True):
            await self._load(shard, leader_epoch)
            self._leader_epochs[shard.partition] = leader_epoch

    async def leader_changed(self, partition: int, leader_epoch: int | None) -> None:
        """Serve a shard under its new leader, or none (None: it has no leader); who waits gets NOT_COORDINATOR.

        Being told of the same leader again changes nothing.
        """
        shard = self._shards[partition]
        if leader_epoch is None:
            self._runtime.unload(shard)
        elif self._leader_epochs.get(partition) != leader_epoch:
            await self._load(shard, leader_epoch)
        self._leader_epochs[partition] = leader_epoch

    async def _load(self, shard: PartitionKey, leader_epoch: int) -> None:
        """Serve a shard; one whose log cannot be read answers NOT_COORDINATOR, and no other suffers."""
        try:
            await self._runtime.load(shard, leader_epoch)
        except ApiError as error:
            logger.warning("the groups of shard %d are not served: %s", shard.partition, error.code.name)

    def stop(self) -> None:
        """Serve no group any more; whoever waits gets NOT_COORDINATOR."""
        for shard in self._shards:
            self._runtime.unload(shard)
        self._shards = []
        self._leader_epochs = {}

    @property
    def started(self) -> bool:
        """Whether `__consumer_offsets` is there."""
        return bool(self._shards)

    def partition_for(self, group_id: str) -> int:
        """Return the partition of `__consumer_offsets` that keeps a group."""
        return partition_for(group_id, self._require_started())

    # -- membership

    async def join(self, joining: Joining) -> JoinReply:
        """Join, and wait until the group has a generation with this member; refusals are in the reply."""
        refusal = self.join_refusal(joining)
        if refusal is not None:
            return refusal
        if len(joining.new_member_id.encode()) > MAX_STRING_SIZE:
            raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)  # it could be neither answered nor recorded
        return await self._decide(joining.group_id, joining.decide)

    def join_refusal(self, joining: Joining) -> JoinReply | None:
        """Return how a join is refused whatever its group is, if it is."""
        if not joining.group_id:
            return JoinReply(ErrorCode.INVALID_GROUP_ID, joining.member_id)
        if not self._config.min_session_timeout_ms <= joining.session_timeout_ms <= self._config.max_session_timeout_ms:
            return JoinReply(ErrorCode.INVALID_SESSION_TIMEOUT, joining.member_id)
        return None

    async def sync(self, syncing: Syncing) -> SyncReply:
        """Hand in assignments, or wait for one's own."""
        self._require_group_id(syncing.group_id)
        return await self._decide(syncing.group_id, syncing.decide)

    async def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Say that a member lives; while its shard loads, all is well."""
        self._require_group_id(heartbeat.group_id)
        try:
            await self._decide(heartbeat.group_id, heartbeat.decide)
        except ApiError as error:
            if error.code is not ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
                raise

    async def leave(self, leaving: Leaving) -> list[ErrorCode]:
        """Let members go; one code for each."""
        self._require_group_id(leaving.group_id)
        return await self._decide(leaving.group_id, leaving.decide)

    # -- offsets

    async def commit_offsets(self, commit: Commit) -> list[ErrorCode]:
        """Commit offsets of partitions that exist; one code for each."""
        return await self._decide(commit.group_id, commit.decide)

    async def commit_transactional_offsets(self, commit: TransactionalCommit) -> list[ErrorCode]:
        """Commit offsets within a transaction; they count when it is committed.  One code for each.

        Also raises ApiError as the log refuses a producer: INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE.
        """
        self._require_group_id(commit.group_id)
        return await self._decide(commit.group_id, commit.decide)

    async def complete_transaction(self, partition: int, marker: Marker) -> None:
        """End a producer's transaction in one partition of `__consumer_offsets`.

        ApiError as the log refuses a marker: INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED.
        """
        if not 0 <= partition < self._require_started():
            raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        await self._runtime.decide(self._shards[partition], lambda _: Decision(None, ends=marker))

    def offsets_key(self, group_id: str) -> PartitionKey:
        """Return the log that keeps what a group commits; ApiError if it can have none."""
        self._require_group_id(group_id)
        return self._shards[self.partition_for(group_id)]

    async def fetch_offsets(self, fetch: OffsetFetch) -> list[TopicOffsets]:
        """Return what a group has committed."""
        return await self._decide(fetch.group_id, fetch.decide)

    async def delete_offsets(self, deletion: OffsetDelete) -> list[ErrorCode]:
        """Forget what a group has committed for partitions that exist; one code for each."""
        self._require_group_id(deletion.group_id)
        return await self._decide(deletion.group_id, deletion.decide)

    async def topics_deleted(self, topic_ids: Collection[bytes]) -> None:
        """Forget what any group has committed for topics that are no more, or all if `__consumer_offsets` is one."""
        if self._shards and self._shards[0].topic_id in topic_ids:
            self.stop()
        for shard in self._runtime.shards():
            await self._runtime.decide(shard, lambda state: topics_deleted(state, topic_ids, self.topics))

    # -- groups as a whole

    async def describe(self, group_id: str) -> listing.GroupDescription | None:
        """Describe a group; None if it is not there."""
        return await self._decide(group_id, listing.describe(group_id))

    async def list_groups(self) -> list[listing.GroupListing]:
        """List all groups: none before `start`, which is no error (measured on Kafka 4.4)."""
        of_shards = [await self._runtime.decide(shard, listing.list_groups) for shard in self._runtime.shards()]
        return [group for listings in of_shards for group in listings]

    async def delete(self, group_id: str) -> None:
        """Delete a group that has no members."""
        await self._decide(group_id, listing.delete(group_id))

    # --

    async def _decide(self, group_id: str, decider: Callable[[GroupsState], Decision[R]]) -> R:
        return await self._runtime.decide(self._shards[self.partition_for(group_id)], decider)

    def _require_started(self) -> int:
        if not self._shards:
            raise ApiError(ErrorCode.NOT_COORDINATOR)
        return len(self._shards)

    def _require_group_id(self, group_id: str) -> None:
        if not group_id:
            raise ApiError(ErrorCode.INVALID_GROUP_ID)


def _loaded(state: GroupsState) -> None:
    """Give every member that the log knows a session from now on."""
    state.revive()
    for group in state.groups.values():
        for member in group.members.values():
            expect_member(state, group, member)
    schedule_sweep(state)
