"""ListPartitionReassignments (key 46), version 0: none, ever; a reassignment is over when it is answered (KIP-455)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.list_partition_reassignments import (
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError


async def handle(
    _node: Node, _context: Context, _request: ListPartitionReassignmentsRequest
) -> ListPartitionReassignmentsResponse:
    """List nothing."""
    return ListPartitionReassignmentsResponse(error_message=None, topics=[])


def refuse(
    _context: Context, _request: ListPartitionReassignmentsRequest, error: ApiError
) -> ListPartitionReassignmentsResponse:
    """Answer the error and nothing else."""
    return ListPartitionReassignmentsResponse(error_code=error.code, error_message=error.message, topics=[])
