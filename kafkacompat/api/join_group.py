"""JoinGroup (key 11), versions 0-9: become a member of a classic group, or rejoin (KIP-62, 345, 394, 559, 800, 814)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.groups.classic.join import Joining
from kafkacompat.groups.classic.member import NO_GENERATION, NO_MEMBER_ID
from kafkacompat.wire.messages.join_group import JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError

FIRST_VERSION_WITH_REBALANCE_TIMEOUT: Final = 1
FIRST_VERSION_THAT_NEEDS_MEMBER_ID: Final = 4
FIRST_VERSION_WITH_NULL_PROTOCOL: Final = 7
FIRST_VERSION_WITH_SKIP_ASSIGNMENT: Final = 9


async def handle(node: Node, context: Context, request: JoinGroupRequest) -> JoinGroupResponse:
    """Join, and answer when the group has a generation with this member."""
    groups = node.groups
    version = context.api_version
    client_id = context.client_id or ""
    instance_id = request.group_instance_id
    # Before version 1 the session timeout stood for both.
    has_own_timeout = version >= FIRST_VERSION_WITH_REBALANCE_TIMEOUT
    reply = await groups.join(
        Joining(
            group_id=request.group_id,
            member_id=request.member_id,
            new_member_id=groups.new_member_id(client_id if instance_id is None else instance_id),
            instance_id=instance_id,
            client_id=client_id,
            client_host=f"/{context.peer_host}",
            session_timeout_ms=request.session_timeout_ms,
            rebalance_timeout_ms=request.rebalance_timeout_ms if has_own_timeout else request.session_timeout_ms,
            protocol_type=request.protocol_type,
            protocols={protocol.name: protocol.metadata for protocol in request.protocols},
            must_know_member_id=version >= FIRST_VERSION_THAT_NEEDS_MEMBER_ID,
            may_skip_assignment=version >= FIRST_VERSION_WITH_SKIP_ASSIGNMENT,
        )
    )
    return JoinGroupResponse(
        error_code=reply.error,
        generation_id=reply.generation_id,
        protocol_type=reply.protocol_type,
        protocol_name=_protocol_name(context, reply.protocol_name),
        leader=reply.leader,
        skip_assignment=reply.skip_assignment,
        member_id=reply.member_id,
        members=[
            JoinGroupResponseMember(member_id=member_id, group_instance_id=instance_id, metadata=metadata)
            for member_id, instance_id, metadata in reply.members
        ],
    )


def _protocol_name(context: Context, name: str | None) -> str | None:
    """Tell no name as the version does; a name that is empty is none (behaviour of Kafka 4.4)."""
    return name or ("" if context.api_version < FIRST_VERSION_WITH_NULL_PROTOCOL else None)


def refuse(context: Context, _request: JoinGroupRequest, error: ApiError) -> JoinGroupResponse:
    """Answer an error that says nothing of the member."""
    return JoinGroupResponse(
        error_code=error.code,
        generation_id=NO_GENERATION,
        protocol_name=_protocol_name(context, None),
        leader=NO_MEMBER_ID,
        member_id=NO_MEMBER_ID,
        members=[],
    )
