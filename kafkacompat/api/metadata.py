"""Metadata (key 3), versions 0-13: nodes, topics, partitions and their leaders (KIP-4, 226, 430, 516, 1102).

A topic that is created because it was asked for is in the same answer, where Kafka answers UNKNOWN_TOPIC_OR_PARTITION.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.addresses import addresses, alive_ids, controller_id
from kafkacompat.cluster.operations import CLUSTER_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS
from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC, INTERNAL_TOPICS
from kafkacompat.metadata.topic_names import name_problem
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.metadata import (
    MetadataRequest,
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
    MetadataResponseTopic,
)
from kafkacompat.wire.schema import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Partition, Topic
    from kafkacompat.wire.messages.metadata import MetadataRequestTopic

FIRST_VERSION_WHERE_EMPTY_IS_NONE: Final = 1
FIRST_VERSION_WITH_LOST_REPLICAS: Final = 1
"""The version before names only replicas that are alive, and says that some are missing (behaviour of Kafka 4.4)."""
FIRST_VERSION_WITH_LISTENER_NOT_FOUND: Final = 6
FIRST_VERSION_WITH_IDS_ASKED: Final = 12
NO_LEADER: Final = -1


async def handle(node: Node, context: Context, request: MetadataRequest) -> MetadataResponse:
    """Describe the topics asked for (null, in version 0 also none: all), as clients of this listener see them."""
    asked = request.topics
    if context.api_version < FIRST_VERSION_WHERE_EMPTY_IS_NONE and not asked:
        asked = None
    brokers = addresses(node.cluster, context.listener.name)
    operations = TOPIC_OPERATIONS if request.include_topic_authorized_operations else NOT_ASKED
    view = _View({broker.node_id for broker in brokers}, set(alive_ids(node.cluster)), context.api_version, operations)
    return MetadataResponse(
        brokers=[
            MetadataResponseBroker(node_id=broker.node_id, host=broker.host, port=broker.port, rack=broker.rack)
            for broker in brokers
        ],
        cluster_id=node.cluster.cluster_id,
        controller_id=controller_id(node.cluster),
        topics=await _topics(node, context, request, asked, view),
        cluster_authorized_operations=(
            CLUSTER_OPERATIONS if request.include_cluster_authorized_operations else NOT_ASKED
        ),
    )


async def _topics(
    node: Node, context: Context, request: MetadataRequest, asked: Sequence[MetadataRequestTopic] | None, view: _View
) -> list[MetadataResponseTopic]:
    metadata = node.cluster.metadata
    if asked is None:
        return [view.topic(topic) for topic in metadata.topics()]
    if any(topic.topic_id != ZERO_UUID for topic in asked) or any(topic.name is None for topic in asked):
        return _by_id(node, context, asked, view)
    names = list(dict.fromkeys(topic.name or "" for topic in asked))
    missing = [name for name in names if metadata.topic(name) is None]
    if missing and request.allow_auto_topic_creation:
        await _create(node, missing)
    found = [(name, metadata.topic(name)) for name in names]
    known = [view.topic(topic) for _, topic in found if topic is not None]
    return known + [view.missing(name) for name, topic in found if topic is None]


def _by_id(
    node: Node, context: Context, asked: Sequence[MetadataRequestTopic], view: _View
) -> list[MetadataResponseTopic]:
    """Ids win over names: once one is given, topics that were asked for by name alone are passed over."""
    if context.api_version < FIRST_VERSION_WITH_IDS_ASKED:
        raise ApiError(ErrorCode.INVALID_REQUEST)
    topic_ids = dict.fromkeys(topic.topic_id for topic in asked if topic.topic_id != ZERO_UUID)
    if not topic_ids:
        # Neither name nor id; Kafka fails on it without a code of its own.
        raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)
    found = [(topic_id, node.cluster.metadata.topic_by_id(topic_id)) for topic_id in topic_ids]
    unknown = [_refused(None, topic_id, ErrorCode.UNKNOWN_TOPIC_ID) for topic_id, topic in found if topic is None]
    return unknown + [view.topic(topic) for _, topic in found if topic is not None]


async def _create(node: Node, names: Iterable[str]) -> None:
    """Create topics because they were asked for; what cannot be created stays missing."""
    if not node.cluster.settings.bool("auto.create.topics.enable"):
        return
    wanted = [name for name in names if name_problem(name) is None]
    try:
        if GROUP_METADATA_TOPIC in wanted:
            wanted.remove(GROUP_METADATA_TOPIC)
            await node.cluster.ensure_group_coordinator()
        if wanted:
            await node.cluster.metadata.auto_create_topics(wanted)
    except ApiError:
        return


class _View:
    """Topics as one request sees them: `reachable` nodes have its listener, `known` ones are alive at all."""

    def __init__(
        self, reachable: AbstractSet[int], known: AbstractSet[int], api_version: int, topic_operations: int
    ) -> None:
        self._reachable = reachable
        self._known = known
        self._api_version = api_version
        self._topic_operations = topic_operations

    def topic(self, topic: Topic) -> MetadataResponseTopic:
        return MetadataResponseTopic(
            name=topic.name,
            topic_id=topic.topic_id,
            is_internal=topic.is_internal,
            partitions=[self._partition(index, partition) for index, partition in enumerate(topic.partitions)],
            topic_authorized_operations=self._topic_operations,
        )

    def missing(self, name: str) -> MetadataResponseTopic:
        invalid = name_problem(name) is not None
        code = ErrorCode.INVALID_TOPIC_EXCEPTION if invalid else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        answer = _refused(name, ZERO_UUID, code)
        answer.is_internal = name in INTERNAL_TOPICS
        answer.topic_authorized_operations = self._topic_operations
        return answer

    def _partition(self, index: int, partition: Partition) -> MetadataResponsePartition:
        reachable = self._reachable
        leader = partition.leader
        code = ErrorCode.NONE if leader in reachable else self._no_leader(leader)
        replicas = partition.replicas
        if self._api_version < FIRST_VERSION_WITH_LOST_REPLICAS:
            replicas = [replica for replica in replicas if replica in reachable]
            if len(replicas) < len(partition.replicas) and code is ErrorCode.NONE:
                code = ErrorCode.REPLICA_NOT_AVAILABLE
        return MetadataResponsePartition(
            error_code=code,
            partition_index=index,
            leader_id=leader if leader in reachable else NO_LEADER,
            leader_epoch=partition.leader_epoch,
            replica_nodes=replicas,
            isr_nodes=partition.isr,
            offline_replicas=[replica for replica in partition.replicas if replica not in reachable],
        )

    def _no_leader(self, leader: int) -> ErrorCode:
        if leader in self._known and self._api_version >= FIRST_VERSION_WITH_LISTENER_NOT_FOUND:
            return ErrorCode.LISTENER_NOT_FOUND
        return ErrorCode.LEADER_NOT_AVAILABLE


def _refused(name: str | None, topic_id: bytes, code: ErrorCode) -> MetadataResponseTopic:
    return MetadataResponseTopic(error_code=code, name=name, topic_id=topic_id, partitions=[])


def refuse(_context: Context, request: MetadataRequest, error: ApiError) -> MetadataResponse:
    """Answer the error for every topic that was asked for; versions below 13 have no other place."""
    topics = request.topics or []
    return MetadataResponse(
        brokers=[],
        topics=[_refused(topic.name or "", topic.topic_id, error.code) for topic in topics],
        error_code=error.code,
    )
