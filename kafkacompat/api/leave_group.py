"""LeaveGroup (key 13), versions 0-5: members of a classic group go, several at once from version 3 (KIP-345, 800)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.groups.classic.leave import Leaver, Leaving
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest, LeaveGroupResponse, MemberResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

FIRST_VERSION_WITH_SEVERAL: Final = 3


async def handle(node: Node, context: Context, request: LeaveGroupRequest) -> LeaveGroupResponse:
    """Let the members go; each has its own error, which is the only one before version 3."""
    if context.api_version < FIRST_VERSION_WITH_SEVERAL:
        leaver = Leaver(request.member_id, None)
        (code,) = await node.groups.leave(Leaving(request.group_id, [leaver]))
        return LeaveGroupResponse(error_code=code)
    leavers = [Leaver(member.member_id, member.group_instance_id) for member in request.members]
    codes = await node.groups.leave(Leaving(request.group_id, leavers))
    return LeaveGroupResponse(
        members=[
            MemberResponse(member_id=leaver.member_id, group_instance_id=leaver.instance_id, error_code=code)
            for leaver, code in zip(leavers, codes, strict=True)
        ]
    )
