"""AlterPartitionReassignments (key 45), versions 0-1: move partitions to other nodes (KIP-455, 860)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.metadata.reassignments import Reassignment
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    ReassignablePartitionResponse,
    ReassignableTopicResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


async def handle(
    node: Node, _context: Context, request: AlterPartitionReassignmentsRequest
) -> AlterPartitionReassignmentsResponse:
    """Move each partition on its own; it has moved when this is answered."""
    if not request.topics:
        return AlterPartitionReassignmentsResponse(
            allow_replication_factor_change=request.allow_replication_factor_change, responses=[]
        )
    if request.timeout_ms <= 0:
        raise ApiError(ErrorCode.REQUEST_TIMED_OUT)
    wanted = [
        Reassignment(topic.name, partition.partition_index, partition.replicas)
        for topic in request.topics
        for partition in topic.partitions
    ]
    outcomes = await node.cluster.metadata.reassign(wanted, allow_factor_change=request.allow_replication_factor_change)
    return _response(request, outcomes)


def _response(
    request: AlterPartitionReassignmentsRequest, outcomes: list[ApiError | None]
) -> AlterPartitionReassignmentsResponse:
    each = iter(outcomes)
    return AlterPartitionReassignmentsResponse(
        allow_replication_factor_change=request.allow_replication_factor_change,
        error_message=None,
        responses=[
            ReassignableTopicResponse(
                name=topic.name,
                partitions=[_partition(partition.partition_index, next(each)) for partition in topic.partitions],
            )
            for topic in request.topics
        ],
    )


def _partition(index: int, error: ApiError | None) -> ReassignablePartitionResponse:
    if error is None:
        return ReassignablePartitionResponse(partition_index=index, error_message=None)
    return ReassignablePartitionResponse(partition_index=index, error_code=error.code, error_message=error.message)


def refuse(
    _context: Context, request: AlterPartitionReassignmentsRequest, error: ApiError
) -> AlterPartitionReassignmentsResponse:
    """Answer the error for every partition, and at the top."""
    response = _response(request, [error] * sum(len(topic.partitions) for topic in request.topics))
    response.error_code = error.code
    response.error_message = error.message
    return response
