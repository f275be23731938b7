"""SyncGroup: the leader hands in assignments, everyone gets theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision, Parked
from kafkacompat.groups.classic.rebalance import assign, current_assignment, has_synced
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.state import Draft
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.groups.classic.group import ClassicGroup
    from kafkacompat.groups.classic.member import ClassicMember, SyncReply
    from kafkacompat.groups.state import GroupsState


class Syncing(NamedTuple):
    """A request to sync; `assignments` by member id, from the leader; type and name of the protocol from version 5."""

    group_id: str
    member_id: str
    instance_id: str | None
    generation_id: int
    protocol_type: str | None
    protocol_name: str | None
    assignments: Mapping[str, bytes]

    def decide(self, state: GroupsState) -> Decision[SyncReply]:
        """Decide a sync; whoever comes before the leader is parked."""
        group = state.groups.get(self.group_id)
        if group is None:
            raise ApiError(ErrorCode.UNKNOWN_MEMBER_ID)
        member = self._check(group)
        match group.state:
            case ClassicGroupState.PREPARING_REBALANCE:
                raise ApiError(ErrorCode.REBALANCE_IN_PROGRESS)
            case ClassicGroupState.COMPLETING_REBALANCE:
                return self._wait_or_assign(state, group, member)
            case ClassicGroupState.STABLE:
                has_synced(state, group, member)
                return Decision(current_assignment(group, member))
            case ClassicGroupState.EMPTY | ClassicGroupState.DEAD:
                raise ApiError(ErrorCode.UNKNOWN_MEMBER_ID)

    def _check(self, group: ClassicGroup) -> ClassicMember:
        member = group.validated(self.member_id, self.instance_id)
        if self.generation_id != group.generation_id:
            raise ApiError(ErrorCode.ILLEGAL_GENERATION)
        if self.protocol_type not in (None, group.protocol_type) or self.protocol_name not in (
            None,
            group.protocol_name,
        ):
            raise ApiError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
        return member

    def _wait_or_assign(self, state: GroupsState, group: ClassicGroup, member: ClassicMember) -> Decision[SyncReply]:
        draft: Draft[SyncReply] = Draft()
        parked: Parked[SyncReply] = Parked()
        member.awaiting_sync = parked
        has_synced(state, group, member)
        if group.leader == member.member_id:
            assign(state, group, self.assignments, draft)
        return draft.decision(parked)
