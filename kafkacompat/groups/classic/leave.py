"""LeaveGroup: members go, or an administrator sends them away (KIP-345)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.groups.classic.member import NO_MEMBER_ID, session_timer
from kafkacompat.groups.classic.rebalance import rebalance_without, remove_member
from kafkacompat.groups.state import Draft
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.coordination.decision import Decision
    from kafkacompat.groups.classic.group import ClassicGroup
    from kafkacompat.groups.state import GroupsState


class Leaver(NamedTuple):
    """Who goes: by member id, or an instance by its id alone."""

    member_id: str
    instance_id: str | None


class Leaving(NamedTuple):
    """A request to leave, for several members."""

    group_id: str
    leavers: Sequence[Leaver]

    def decide(self, state: GroupsState) -> Decision[list[ErrorCode]]:
        """Decide for each in turn; the group rebalances once. The reply has one code for each."""
        draft: Draft[list[ErrorCode]] = Draft()
        group = state.groups.get(self.group_id)
        if group is None:
            return draft.decision([ErrorCode.UNKNOWN_MEMBER_ID for _ in self.leavers])
        codes = [_leave(state, group, leaver, draft) for leaver in self.leavers]
        if ErrorCode.NONE in codes:
            rebalance_without(state, group, draft)
        return draft.decision(codes)


def _leave(state: GroupsState, group: ClassicGroup, leaver: Leaver, draft: Draft[list[ErrorCode]]) -> ErrorCode:
    member_id, instance_id = leaver
    if member_id == NO_MEMBER_ID:
        known = None if instance_id is None else group.static_members.get(instance_id)
        if known is None:
            return ErrorCode.UNKNOWN_MEMBER_ID
        remove_member(state, group, group.members[known], draft)
        return ErrorCode.NONE
    if member_id in group.pending_joins:
        group.remove(member_id)
        state.timers.cancel(session_timer(group.group_id, member_id))
        return ErrorCode.NONE
    try:
        member = group.validated(member_id, instance_id)
    except ApiError as error:
        return error.code
    remove_member(state, group, member, draft)
    return ErrorCode.NONE
