"""SyncGroup (key 14), versions 0-5: hand in assignments, or get one's own (KIP-345, 559)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.groups.classic.sync import Syncing
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.sync_group import SyncGroupRequest, SyncGroupResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

FIRST_VERSION_THAT_NEEDS_PROTOCOL: Final = 5


async def handle(node: Node, context: Context, request: SyncGroupRequest) -> SyncGroupResponse:
    """Answer when the leader has assigned."""
    lacks_protocol = request.protocol_type is None or request.protocol_name is None
    if context.api_version >= FIRST_VERSION_THAT_NEEDS_PROTOCOL and lacks_protocol:
        raise ApiError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    reply = await node.groups.sync(
        Syncing(
            group_id=request.group_id,
            member_id=request.member_id,
            instance_id=request.group_instance_id,
            generation_id=request.generation_id,
            protocol_type=request.protocol_type,
            protocol_name=request.protocol_name,
            assignments={each.member_id: each.assignment for each in request.assignments},
        )
    )
    return SyncGroupResponse(
        error_code=reply.error,
        protocol_type=reply.protocol_type,
        protocol_name=reply.protocol_name,
        assignment=reply.assignment,
    )
