"""DescribeTopicPartitions (key 75), version 0: topics by name, a page of partitions at a time (KIP-966)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.addresses import addresses
from kafkacompat.cluster.operations import TOPIC_OPERATIONS
from kafkacompat.metadata.topic import INTERNAL_TOPICS
from kafkacompat.metadata.topic_names import name_problem
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic,
)
from kafkacompat.wire.schema import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Partition, Topic

NO_LEADER: Final = -1


async def handle(
    node: Node, context: Context, request: DescribeTopicPartitionsRequest
) -> DescribeTopicPartitionsResponse:
    """Describe topics (none asked: all) from the cursor on until the page is full; `next_cursor` is where to go on."""
    cursor = request.cursor
    names = _names(node, request)
    limit = min(request.response_partition_limit, node.cluster.settings.int("max.request.partition.size.limit"))
    reachable = {address.node_id for address in addresses(node.cluster, context.listener.name)}
    page = _Page(max(limit, 1), reachable)
    for name in names:
        start = cursor.partition_index if cursor is not None and cursor.topic_name == name else 0
        if not page.add(name, node.cluster.metadata.topic(name), start):
            break
    return DescribeTopicPartitionsResponse(topics=page.topics, next_cursor=page.next_cursor)


def _names(node: Node, request: DescribeTopicPartitionsRequest) -> Sequence[str]:
    """Return the names to describe, sorted; a cursor must be at one of those asked for, unless all are."""
    cursor = request.cursor
    if cursor is not None and cursor.partition_index < 0:
        raise ApiError(ErrorCode.INVALID_REQUEST)
    everything = not request.topics
    if everything:
        names = [topic.name for topic in node.cluster.metadata.topics()]
    else:
        names = sorted({topic.name for topic in request.topics})
    if cursor is not None:
        names = [name for name in names if name >= cursor.topic_name]
        if not everything and (not names or names[0] != cursor.topic_name):
            raise ApiError(ErrorCode.INVALID_REQUEST)
    if "" in names:
        # Kafka fails on it without a code of its own.
        raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return names


class _Page:
    """A response while it fills: `room` partitions are left."""

    def __init__(self, room: int, reachable: AbstractSet[int]) -> None:
        self.topics: list[DescribeTopicPartitionsResponseTopic] = []
        self.next_cursor: Cursor | None = None
        self._room = room
        self._reachable = reachable

    def add(self, name: str, topic: Topic | None, start: int) -> bool:
        """Add a topic's partitions from `start` on; tell whether the next topic may follow."""
        if self._room == 0:
            self.next_cursor = Cursor(topic_name=name, partition_index=0)
            return False
        if topic is None:
            self.topics.append(_missing(name))
            return True
        end = min(start + self._room, len(topic.partitions))
        self.topics.append(
            DescribeTopicPartitionsResponseTopic(
                name=name,
                topic_id=topic.topic_id,
                is_internal=topic.is_internal,
                partitions=[self._partition(index, topic.partitions[index]) for index in range(start, end)],
                topic_authorized_operations=TOPIC_OPERATIONS,
            )
        )
        self._room -= max(end - start, 0)
        if end < len(topic.partitions):
            self.next_cursor = Cursor(topic_name=name, partition_index=end)
            return False
        return True

    def _partition(self, index: int, partition: Partition) -> DescribeTopicPartitionsResponsePartition:
        led = partition.leader in self._reachable
        return DescribeTopicPartitionsResponsePartition(
            partition_index=index,
            leader_id=partition.leader if led else NO_LEADER,
            leader_epoch=partition.leader_epoch,
            replica_nodes=partition.replicas,
            isr_nodes=partition.isr,
            eligible_leader_replicas=partition.eligible_leader_replicas,
            last_known_elr=partition.last_known_elr,
            offline_replicas=[replica for replica in partition.replicas if replica not in self._reachable],
        )


def _missing(name: str) -> DescribeTopicPartitionsResponseTopic:
    invalid = name_problem(name) is not None
    return DescribeTopicPartitionsResponseTopic(
        error_code=ErrorCode.INVALID_TOPIC_EXCEPTION if invalid else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        name=name,
        topic_id=ZERO_UUID,
        is_internal=name in INTERNAL_TOPICS,
        partitions=[],
        topic_authorized_operations=TOPIC_OPERATIONS,
    )


def refuse(
    _context: Context, request: DescribeTopicPartitionsRequest, error: ApiError
) -> DescribeTopicPartitionsResponse:
    """Answer the error for every topic that was asked for."""
    return DescribeTopicPartitionsResponse(
        topics=[
            DescribeTopicPartitionsResponseTopic(
                error_code=error.code, name=topic.name, topic_id=ZERO_UUID, is_internal=False, partitions=[]
            )
            for topic in request.topics
        ]
    )
