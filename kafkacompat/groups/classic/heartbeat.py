"""Heartbeat: a member says that it lives, and hears whether it is still in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.groups.classic.rebalance import expect_member
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from kafkacompat.groups.state import GroupsState


class Heartbeat(NamedTuple):
    """A sign of life."""

    group_id: str
    member_id: str
    instance_id: str | None
    generation_id: int

    def decide(self, state: GroupsState) -> Decision[None]:
        """Decide a heartbeat; REBALANCE_IN_PROGRESS asks the member to rejoin."""
        group = state.groups.get(self.group_id)
        if group is None:
            raise ApiError(ErrorCode.UNKNOWN_MEMBER_ID)
        member = group.validated(self.member_id, self.instance_id)
        if self.generation_id != group.generation_id:
            raise ApiError(ErrorCode.ILLEGAL_GENERATION)
        expect_member(state, group, member)
        if group.state is ClassicGroupState.PREPARING_REBALANCE:
            raise ApiError(ErrorCode.REBALANCE_IN_PROGRESS)
        return Decision(None)
