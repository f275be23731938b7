"""DescribeGroups (key 15), versions 0-6: state and members of classic groups (KIP-345, 430, 1043)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.operations import GROUP_OPERATIONS, NOT_ASKED
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.describe_groups import (
    DescribedGroup,
    DescribedGroupMember,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.groups.listing import GroupDescription

FIRST_VERSION_WITH_MISSING_GROUPS: Final = 6


async def handle(node: Node, context: Context, request: DescribeGroupsRequest) -> DescribeGroupsResponse:
    """Describe each group, in order, each with an error of its own."""
    operations = GROUP_OPERATIONS if request.include_authorized_operations else NOT_ASKED
    return DescribeGroupsResponse(
        groups=[await _describe(node, context, group_id, operations) for group_id in request.groups]
    )


async def _describe(node: Node, context: Context, group_id: str, operations: int) -> DescribedGroup:
    try:
        description = await node.groups.describe(group_id)
    except ApiError as error:
        return _bare(group_id, "", error.code)
    if description is not None:
        return _described(description, operations)
    dead = ClassicGroupState.DEAD.value
    if context.api_version >= FIRST_VERSION_WITH_MISSING_GROUPS:
        return _bare(group_id, dead, ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} not found.")
    # Older clients take a group that is not there for one that is dead.
    group = _bare(group_id, dead, ErrorCode.NONE)
    group.authorized_operations = operations
    return group


def _bare(group_id: str, state: str, code: ErrorCode, message: str | None = None) -> DescribedGroup:
    return DescribedGroup(
        error_code=code,
        error_message=message,
        group_id=group_id,
        group_state=state,
        protocol_type="",
        protocol_data="",
        members=[],
    )


def _described(description: GroupDescription, operations: int) -> DescribedGroup:
    return DescribedGroup(
        group_id=description.group_id,
        group_state=description.state,
        protocol_type=description.protocol_type,
        protocol_data=description.protocol_name,
        members=[
            DescribedGroupMember(
                member_id=member.member_id,
                group_instance_id=member.instance_id,
                client_id=member.client_id,
                client_host=member.client_host,
                member_metadata=member.metadata,
                member_assignment=member.assignment,
            )
            for member in description.members
        ],
        authorized_operations=operations,
    )


def refuse(_context: Context, request: DescribeGroupsRequest, error: ApiError) -> DescribeGroupsResponse:
    """Answer every group with the error."""
    return DescribeGroupsResponse(groups=[_bare(group_id, "", error.code) for group_id in request.groups])
