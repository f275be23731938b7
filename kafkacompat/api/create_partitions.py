"""CreatePartitions (key 37), versions 0-3: more partitions for topics (KIP-195, 599)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kafkacompat.metadata.partitions import MorePartitions
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.create_partitions import (
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreatePartitionsTopic,
    CreatePartitionsTopicResult,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


async def handle(node: Node, _context: Context, request: CreatePartitionsRequest) -> CreatePartitionsResponse:
    """Add partitions to each topic on its own; those named twice are refused, once."""
    times = Counter(topic.name for topic in request.topics)
    wanted = [topic for topic in request.topics if times[topic.name] == 1]
    results = [
        CreatePartitionsTopicResult(
            name=name, error_code=ErrorCode.INVALID_REQUEST, error_message="Duplicate topic name."
        )
        for name, count in times.items()
        if count > 1
    ]
    if wanted:
        if request.timeout_ms <= 0:
            raise ApiError(ErrorCode.REQUEST_TIMED_OUT)
        outcomes = await node.cluster.metadata.create_partitions(
            [_more(topic) for topic in wanted], validate_only=request.validate_only
        )
        results += [_result(topic.name, outcome) for topic, outcome in zip(wanted, outcomes, strict=True)]
    return CreatePartitionsResponse(results=results)


def _more(topic: CreatePartitionsTopic) -> MorePartitions:
    if topic.assignments is None:
        return MorePartitions(topic.name, topic.count)
    return MorePartitions(topic.name, topic.count, [assignment.broker_ids for assignment in topic.assignments])


def _result(name: str, error: ApiError | None) -> CreatePartitionsTopicResult:
    if error is None:
        return CreatePartitionsTopicResult(name=name)
    return CreatePartitionsTopicResult(name=name, error_code=error.code, error_message=error.message)


def refuse(_context: Context, request: CreatePartitionsRequest, error: ApiError) -> CreatePartitionsResponse:
    """Answer the error for every topic that was named."""
    return CreatePartitionsResponse(results=[_result(topic.name, error) for topic in request.topics])
