"""Bugs of JoinGroup, SyncGroup, Heartbeat and LeaveGroup."""

from __future__ import annotations

from typing import Any, Final

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.join_group import JoinGroupRequest
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest, LeaveGroupResponse, MemberResponse
from kafkacompat.wire.messages.offset_commit import OffsetCommitRequest
from kafkacompat.wire.messages.sync_group import SyncGroupRequest
from seeded.bug import Call, bug
from seeded.records import partitions

LONGEST_SESSION_MS: Final = 1_800_000


@bug(HeartbeatRequest, caught_by="groups/a_newcomer_gets_its_share")
async def heartbeats_never_tell(call: Call) -> Any:
    """A heartbeat never tells a member that the group is rebalancing."""
    answer = await call.proceed()
    if answer.error_code == ErrorCode.REBALANCE_IN_PROGRESS:
        answer.error_code = ErrorCode.NONE
    return answer


@bug(LeaveGroupRequest, caught_by="groups/the_others_take_over_from_one_that_leaves")
async def who_leaves_stays(call: Call) -> Any:
    """Leaving is acknowledged, and the member stays in the group until its session is over."""
    told = [
        MemberResponse(member_id=member.member_id, group_instance_id=member.group_instance_id)
        for member in call.request.members
    ]
    return LeaveGroupResponse(members=told)


@bug(SyncGroupRequest, caught_by="groups/two_members_share")
async def everybody_gets_one_share(call: Call) -> Any:
    """Every member of a generation is told the same assignment, that of the leader's first."""
    request = call.request
    generation = request.group_id, request.generation_id
    if request.assignments:
        call.memory[generation] = request.assignments[0].assignment
    answer = await call.proceed()
    if answer.error_code == ErrorCode.NONE:
        answer.assignment = call.memory.get(generation, answer.assignment)
    return answer


@bug(JoinGroupRequest, caught_by="groups/the_others_take_over_from_one_that_dies")
async def sessions_do_not_end(call: Call) -> Any:
    """A member's session timeout is not heeded: who dies is a member for half an hour."""
    call.request.session_timeout_ms = LONGEST_SESSION_MS
    return await call.proceed()


@bug(
    JoinGroupRequest,
    SyncGroupRequest,
    HeartbeatRequest,
    OffsetCommitRequest,
    caught_by="groups/a_second_of_one_name_fences_the_first",
)
async def fenced_is_unknown(call: Call) -> Any:
    """A static member whose name another has taken is told UNKNOWN_MEMBER_ID, so that it comes again."""
    answer = await call.proceed()
    parts = partitions(answer) if isinstance(call.request, OffsetCommitRequest) else [answer]
    for one in parts:
        if one.error_code == ErrorCode.FENCED_INSTANCE_ID:
            one.error_code = ErrorCode.UNKNOWN_MEMBER_ID
    return answer
