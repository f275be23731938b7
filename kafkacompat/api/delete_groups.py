"""DeleteGroups (key 42), versions 0-3: delete groups that have no members, and their offsets (KIP-229)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.delete_groups import DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


async def handle(node: Node, _context: Context, request: DeleteGroupsRequest) -> DeleteGroupsResponse:
    """Delete each group, each with an error of its own; one that is named twice is answered once."""
    return DeleteGroupsResponse(
        results=[
            DeletableGroupResult(group_id=group_id, error_code=await _delete(node, group_id))
            for group_id in dict.fromkeys(request.groups_names)
        ]
    )


async def _delete(node: Node, group_id: str) -> ErrorCode:
    try:
        await node.groups.delete(group_id)
    except ApiError as error:
        return error.code
    return ErrorCode.NONE


def refuse(_context: Context, request: DeleteGroupsRequest, error: ApiError) -> DeleteGroupsResponse:
    """Answer every group with the error."""
    return DeleteGroupsResponse(
        results=[
            DeletableGroupResult(group_id=group_id, error_code=error.code)
            for group_id in dict.fromkeys(request.groups_names)
        ]
    )
