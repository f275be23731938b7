"""The groups that one node coordinates: those whose partition of `__consumer_offsets` it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.groups.classic.heartbeat import Heartbeat
    from kafkacompat.groups.classic.join import Joining
    from kafkacompat.groups.classic.leave import Leaving
    from kafkacompat.groups.classic.member import JoinReply, SyncReply
    from kafkacompat.groups.classic.sync import Syncing
    from kafkacompat.groups.listing import GroupDescription, GroupListing
    from kafkacompat.groups.offsets.commit import Commit
    from kafkacompat.groups.offsets.delete import OffsetDelete
    from kafkacompat.groups.offsets.fetch import OffsetFetch, TopicOffsets
    from kafkacompat.groups.offsets.transactional_commit import TransactionalCommit
    from kafkacompat.groups.ports import TopicsView
    from kafkacompat.storage.store import PartitionKey


class NodeGroups:
    """The group coordinator as one node offers it.

    Methods are those of `GroupCoordinator`; about a group of another node they raise ApiError(NOT_COORDINATOR), after
    the refusals that Kafka makes wherever it is asked (an empty group id, a session timeout out of bounds).
    """

    __slots__ = ("_cluster", "_node_id")

    def __init__(self, cluster: Cluster, node_id: int) -> None:
        self._cluster = cluster
        self._node_id = node_id

    @property
    def topics(self) -> TopicsView:
        """The topics that exist."""
        return self._cluster.groups.topics

    def new_member_id(self, prefix: str) -> str:
        """Make a member id that begins with a client id, or an instance id."""
        return self._cluster.groups.new_member_id(prefix)

    # -- membership

    async def join(self, joining: Joining) -> JoinReply:
        """Join, and wait until the group has a generation with this member; refusals are in the reply."""
        groups = self._cluster.groups
        if groups.join_refusal(joining) is None:
            self._require_here(joining.group_id)
        return await groups.join(joining)

    async def sync(self, syncing: Syncing) -> SyncReply:
        """Hand in assignments, or wait for one's own."""
        self._require_here_if_named(syncing.group_id)
        return await self._cluster.groups.sync(syncing)

    async def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Say that a member lives."""
        self._require_here_if_named(heartbeat.group_id)
        await self._cluster.groups.heartbeat(heartbeat)

    async def leave(self, leaving: Leaving) -> list[ErrorCode]:
        """Let members go; one code for each."""
        self._require_here_if_named(leaving.group_id)
        return await self._cluster.groups.leave(leaving)

    # -- offsets

    async def commit_offsets(self, commit: Commit) -> list[ErrorCode]:
        """Commit offsets of partitions that exist; one code for each."""
        self._require_here(commit.group_id)
        return await self._cluster.groups.commit_offsets(commit)

    async def commit_transactional_offsets(self, commit: TransactionalCommit) -> list[ErrorCode]:
        """Commit offsets within a transaction; one code for each."""
        self._require_here_if_named(commit.group_id)
        return await self._cluster.groups.commit_transactional_offsets(commit)

    def offsets_key(self, group_id: str) -> PartitionKey:
        """Return the log that keeps what a group commits, which is this node's."""
        self._require_here_if_named(group_id)
        return self._cluster.groups.offsets_key(group_id)

    async def fetch_offsets(self, fetch: OffsetFetch) -> list[TopicOffsets]:
        """Return what a group has committed."""
        self._require_here(fetch.group_id)
        return await self._cluster.groups.fetch_offsets(fetch)

    async def delete_offsets(self, deletion: OffsetDelete) -> list[ErrorCode]:
        """Forget what a group has committed for partitions that exist; one code for each."""
        self._require_here_if_named(deletion.group_id)
        return await self._cluster.groups.delete_offsets(deletion)

    # -- groups as a whole

    async def describe(self, group_id: str) -> GroupDescription | None:
        """Describe a group; None if it is not there."""
        self._require_here(group_id)
        return await self._cluster.groups.describe(group_id)

    async def list_groups(self) -> list[GroupListing]:
        """List the groups of this node."""
        groups = self._cluster.groups
        return [group for group in await groups.list_groups() if self._leads(groups.partition_for(group.group_id))]

    async def delete(self, group_id: str) -> None:
        """Delete a group that has no members."""
        self._require_here(group_id)
        await self._cluster.groups.delete(group_id)

    # --

    def _require_here_if_named(self, group_id: str) -> None:
        """Leave an empty group id to the coordinator, which refuses it."""
        if group_id:
            self._require_here(group_id)

    def _require_here(self, group_id: str) -> None:
        groups = self._cluster.groups
        if groups.started and not self._leads(groups.partition_for(group_id)):
            raise ApiError(ErrorCode.NOT_COORDINATOR)

    def _leads(self, partition: int) -> bool:
        topic = self._cluster.metadata.topic(GROUP_METADATA_TOPIC)
        return topic is not None and topic.partitions[partition].leader == self._node_id
