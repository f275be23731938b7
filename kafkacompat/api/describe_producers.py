"""DescribeProducers (key 61), version 0: the producers that a partition remembers (KIP-664)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.leadership import held_partition
from kafkacompat.metadata.topic_names import name_problem
from kafkacompat.storage.store import PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.describe_producers import (
    DescribeProducersRequest,
    DescribeProducersResponse,
    PartitionResponse,
    ProducerState,
    TopicResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

UNKNOWN_TOPIC_TEXT: Final = "This server does not host this topic-partition."


async def handle(node: Node, _context: Context, request: DescribeProducersRequest) -> DescribeProducersResponse:
    """Describe each partition on its own."""
    return DescribeProducersResponse(
        topics=[
            TopicResponse(
                name=topic.name,
                partitions=[await _partition(node, topic.name, index) for index in topic.partition_indexes],
            )
            for topic in request.topics
        ]
    )


async def _partition(node: Node, name: str, index: int) -> PartitionResponse:
    problem = name_problem(name)
    if problem is not None:
        return _refused(index, ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
    topic = node.cluster.metadata.topic(name)
    if topic is None:
        return _refused(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_TEXT)
    partition = held_partition(node, topic, index)
    log = node.cluster.store.log(PartitionKey(topic.topic_id, index))
    if isinstance(partition, ErrorCode) or log is None:
        code = partition if isinstance(partition, ErrorCode) else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        return _refused(index, code, None)
    try:
        producers = await log.active_producers()
    except ApiError as error:
        return _refused(index, error.code, None)
    return PartitionResponse(
        partition_index=index,
        active_producers=[
            ProducerState(
                producer_id=producer.producer_id,
                producer_epoch=producer.producer_epoch,
                last_sequence=producer.last_sequence,
                last_timestamp=producer.last_timestamp_ms,
                coordinator_epoch=producer.coordinator_epoch,
                current_txn_start_offset=producer.transaction_start_offset,
            )
            for producer in producers
        ],
    )


def _refused(index: int, code: ErrorCode, message: str | None) -> PartitionResponse:
    return PartitionResponse(partition_index=index, error_code=code, error_message=message, active_producers=[])


def refuse(_context: Context, request: DescribeProducersRequest, error: ApiError) -> DescribeProducersResponse:
    """Answer every partition with the error."""
    return DescribeProducersResponse(
        topics=[
            TopicResponse(
                name=topic.name,
                partitions=[_refused(index, error.code, error.message) for index in topic.partition_indexes],
            )
            for topic in request.topics
        ]
    )
