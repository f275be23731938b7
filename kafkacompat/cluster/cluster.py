"""The state of the cluster, and its parts wired together."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from kafkacompat.cluster.closest_replica import selects_by_rack
from kafkacompat.cluster.disk_space import unknown_space
from kafkacompat.cluster.fetch_sessions import FetchSessions
from kafkacompat.cluster.identities import identity
from kafkacompat.cluster.leader_balancing import LeaderBalancing
from kafkacompat.cluster.log_config import log_config
from kafkacompat.cluster.node import Node
from kafkacompat.cluster.producer_ids import MetadataProducerIds
from kafkacompat.cluster.producing import ProduceLimits
from kafkacompat.cluster.retention import Retention
from kafkacompat.cluster.topics_view import MetadataTopicsView
from kafkacompat.cluster.transaction_markers import ClusterMarkers
from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.coordinator import GroupCoordinator
from kafkacompat.metadata.coordinator import MetadataCoordinator
from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC, NO_LEADER, TRANSACTION_STATE_TOPIC
from kafkacompat.metadata.topic_ids import new_topic_id
from kafkacompat.metadata.topics import RefusedTopic
from kafkacompat.storage.store import PartitionKey
from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.coordinator import TransactionCoordinator
from kafkacompat.wire.errors import ApiError
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreatableTopicConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.cluster.context import Listener
    from kafkacompat.cluster.disk_space import DiskSpace
    from kafkacompat.cluster.interceptor import Interceptor
    from kafkacompat.metadata.leader_changes import LeaderChange
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.settings.settings import Settings
    from kafkacompat.storage.store import Store

_log = logging.getLogger(__name__)


class Cluster:
    """What all nodes share.

    `settings` are those of the start; what is set at run time goes on top, in `Cluster.settings`.
    `clock` is the domain clock; `real_time` is what connections wait for; `random_bytes(n)` is where ids come from.
    Add the nodes, then `start`.
    """

    def __init__(
        self,
        cluster_id: str,
        settings: Settings,
        store: Store,
        clock: Deadlines,
        real_time: Deadlines,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.cluster_id = cluster_id
        self.settings = settings.as_at_start()
        self.store = store
        self.clock = clock
        self.real_time = real_time
        self.nodes: dict[int, Node] = {}
        self.interceptor: Interceptor | None = None
        self.fetch_max_bytes = settings.int("fetch.max.bytes")
        self.produce_limits = ProduceLimits(self.settings)
        self._random_bytes = random_bytes
        self.selects_by_rack = selects_by_rack(settings)
        self.balancing = LeaderBalancing(self)
        self.retention = Retention(self)
        self.log_directory_space: Callable[[], DiskSpace] = unknown_space
        """How much room there is where the logs are: to be replaced by whoever knows."""
        self.metadata: MetadataCoordinator
        self.groups: GroupCoordinator
        self.transactions: TransactionCoordinator

    def add_node(
        self,
        node_id: int,
        listeners: Sequence[Listener],
        rack: str | None = None,
        directory_id: bytes | None = None,
    ) -> Node:
        """Add a node and the doors it will open; without a log directory that lasts, one is named for it."""
        doors = {listener.name: listener for listener in listeners}
        node = Node(
            node_id, self, self._new_fetch_sessions(), rack, directory_id or new_topic_id(self._random_bytes), doors
        )
        self.nodes[node_id] = node
        return node

    def _new_fetch_sessions(self) -> FetchSessions:
        return FetchSessions(
            self.settings.int("max.incremental.fetch.session.cache.slots"),
            self.real_time.now_ms,
            partial(_positive_int32, self._random_bytes),
        )

    async def start(self) -> None:
        """Replay what the store holds, and be ready for requests."""
        new_id = partial(new_topic_id, self._random_bytes)
        self.metadata = MetadataCoordinator(
            self.store,
            self.clock,
            self.settings,
            list(self.nodes),
            new_id,
            identities=[identity(node, self.settings, new_id) for node in self.nodes.values()],
        )
        self.groups = GroupCoordinator(
            self.store,
            self.clock,
            GroupConfig.from_settings(self.settings),
            MetadataTopicsView(self.metadata),
            self._new_member_id,
        )
        self.transactions = TransactionCoordinator(
            self.store,
            self.clock,
            TransactionConfig.from_settings(self.settings),
            ClusterMarkers(self),
            MetadataProducerIds(self.metadata),
            self.metadata.transaction_version,
        )
        self.metadata.subscribe(self._topics_changed)
        self.metadata.subscribe_to_leaders(self._leaders_changed)
        await self.metadata.start()
        self.balancing.leaders_moved()
        self.retention.start()

    async def close(self) -> None:
        """Say that the nodes stop in order, and give everything back."""
        self.retention.stop()
        try:
            await self.metadata.stop()
        except ApiError as error:
            _log.warning("The metadata log does not say that this was a stop in order: %s", error)
        await self.store.close()

    # -- single nodes

    async def stop_node(self, node_id: int) -> None:
        """Take a node out in order: others lead what it led, and clients are told of it no more."""
        await self.metadata.stop_node(node_id)
        self.nodes[node_id].fetch_sessions = self._new_fetch_sessions()
        self.balancing.leaders_moved()

    async def fence_node(self, node_id: int) -> None:
        """Take a node for lost, although it may still be reached."""
        await self.metadata.fence_node(node_id)
        self.balancing.leaders_moved()

    async def start_node(self, node_id: int) -> None:
        """Bring a node back that was stopped or fenced."""
        await self.metadata.start_node(node_id)
        self.balancing.leaders_moved()

    # --

    async def create_topic(self, name: str, partitions: int = -1, configs: Mapping[str, str] | None = None) -> None:
        """Create a topic from within; -1 partitions: num.partitions. ApiError if it cannot be created."""
        topic = CreatableTopic(
            name=name,
            num_partitions=partitions,
            replication_factor=-1,
            assignments=[],
            configs=[CreatableTopicConfig(name=key, value=value) for key, value in (configs or {}).items()],
        )
        (outcome,) = await self.metadata.create_topics([topic])
        if isinstance(outcome, RefusedTopic):
            raise ApiError(outcome.code, outcome.message)

    async def ensure_group_coordinator(self) -> None:
        """Have `__consumer_offsets` and a group coordinator on it: the first FindCoordinator makes them."""
        await self.metadata.create_internal_topic(GROUP_METADATA_TOPIC)

    async def ensure_transaction_coordinator(self) -> None:
        """Have `__transaction_state` and a transaction coordinator on it, likewise."""
        await self.metadata.create_internal_topic(TRANSACTION_STATE_TOPIC)

    async def _topics_changed(
        self, created: Sequence[Topic], deleted: Sequence[Topic], changed: Sequence[Topic]
    ) -> None:
        """Make, change and delete partition logs, and tell the coordinators, before whoever asked is answered."""
        for topic in changed:
            await self._have_logs(topic)
        for topic in created:
            await self._have_logs(topic)
        for topic in created:  # once all logs are there: a transaction that is half ended is ended in them
            await self._start_coordinator(topic)
        for topic in deleted:
            for index in range(len(topic.partitions)):
                await self.store.delete(PartitionKey(topic.topic_id, index))
            self.produce_limits.forget(topic.topic_id)
            if topic.name == TRANSACTION_STATE_TOPIC:
                self.transactions.stop()
        if deleted:
            await self.groups.topics_deleted([topic.topic_id for topic in deleted])

    async def _start_coordinator(self, topic: Topic) -> None:
        epochs = [partition.leader_epoch for partition in topic.partitions]
        if topic.name == GROUP_METADATA_TOPIC:
            await self.groups.start(topic.topic_id, len(topic.partitions), epochs)
        elif topic.name == TRANSACTION_STATE_TOPIC:
            await self.transactions.start(topic.topic_id, len(topic.partitions), epochs)

    async def _leaders_changed(self, changes: Sequence[LeaderChange]) -> None:
        """Begin the epochs of new leaders, which wakes who waits at the old ones, and move coordinators to them."""
        for topic, index in changes:
            partition = topic.partitions[index]
            log = self.store.log(PartitionKey(topic.topic_id, index))
            if log is not None:
                await log.begin_epoch(partition.leader_epoch)
            leader_epoch = None if partition.leader == NO_LEADER else partition.leader_epoch
            if topic.name == GROUP_METADATA_TOPIC and self.groups.started:
                await self.groups.leader_changed(index, leader_epoch)
            elif topic.name == TRANSACTION_STATE_TOPIC and self.transactions.started:
                await self.transactions.leader_changed(index, leader_epoch)

    async def _have_logs(self, topic: Topic) -> None:
        """Have a log for every partition, with the topic's settings and in the epoch of its leader."""
        config = log_config(topic.config)
        for index, partition in enumerate(topic.partitions):
            key = PartitionKey(topic.topic_id, index)
            await self.store.create(key, topic.name, config)
            log = self.store.log(key)
            if log is not None:
                await log.begin_epoch(partition.leader_epoch)

    def _new_member_id(self, client_id: str) -> str:
        from uuid import UUID  # noqa: PLC0415 - its import costs a start more than it is worth

        return f"{client_id}-{UUID(bytes=self._random_bytes(16), version=4)}"


def _positive_int32(random_bytes: Callable[[int], bytes]) -> int:
    return (int.from_bytes(random_bytes(4), "big") & 0x7FFF_FFFF) or 1
