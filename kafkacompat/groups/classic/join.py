"""JoinGroup: becoming a member, or rejoining (behaviour of Kafka 4.4; KIP-345, KIP-394, KIP-814)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision, Parked
from kafkacompat.groups.classic.member import NO_MEMBER_ID, ClassicMember, JoinReply, SyncReply, session_timer
from kafkacompat.groups.classic.rebalance import (
    answer_join,
    answer_sync,
    complete_join_if_all_joined,
    current_generation,
    expect_member,
    expect_pending,
    prepare_rebalance,
    rebalance_or_complete_join,
)
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.records import GroupRecord, StoredGroup
from kafkacompat.groups.state import Draft
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.groups.classic.group import ClassicGroup
    from kafkacompat.groups.state import GroupsState

MAX_PENDING_JOINS: Final = 10_000
"""How many members of a group may be told to come back with an id, and have not; Kafka sets no limit."""


class Joining(NamedTuple):
    """A request to join; `new_member_id` is the id that a member without one would get."""

    group_id: str
    member_id: str
    new_member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    session_timeout_ms: int
    rebalance_timeout_ms: int
    protocol_type: str
    protocols: Mapping[str, bytes]
    must_know_member_id: bool
    """Whether a dynamic member must come back with its id before it counts (KIP-394; JoinGroup from version 4)."""
    may_skip_assignment: bool
    """Whether a leader may be told that there is nothing to assign (KIP-814; JoinGroup from version 9)."""

    def decide(self, state: GroupsState) -> Decision[JoinReply]:
        """Decide a join; a member that has to wait for others is parked."""
        is_unknown = self.member_id == NO_MEMBER_ID
        group = state.groups.get(self.group_id)
        if group is None and not is_unknown:
            return Decision(_refusal(ErrorCode.UNKNOWN_MEMBER_ID, self.member_id))
        draft: Draft[JoinReply] = Draft()
        if group is None:
            group = state.group_or_new(self.group_id)
            reply = self._join(state, group, draft)
            if not draft.records:
                draft.records.append(_newborn(group))
        else:
            reply = self._join(state, group, draft)
        return draft.decision(reply)

    def _join(self, state: GroupsState, group: ClassicGroup, draft: Draft[JoinReply]) -> JoinReply | Parked[JoinReply]:
        if not self._has_room(state, group):
            group.remove(self.member_id)
            state.timers.cancel(session_timer(group.group_id, self.member_id))
            return _refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, NO_MEMBER_ID)
        if not group.supports(self.protocol_type, self.protocols):
            return _refusal(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, self.member_id)
        if self.member_id == NO_MEMBER_ID:
            return self._join_new(state, group, draft)
        return self._join_known(state, group, draft)

    def _has_room(self, state: GroupsState, group: ClassicGroup) -> bool:
        """Tell whether the group may take this member.

        While a rebalance is prepared, those that wait count: the last to rejoin are left out of a group grown too big.
        """
        max_size = state.config.max_size
        match group.state:
            case ClassicGroupState.EMPTY | ClassicGroupState.DEAD:
                return True
            case ClassicGroupState.PREPARING_REBALANCE:
                member = group.members.get(self.member_id)
                waits = member is not None and member.awaiting_join is not None
                return waits or group.awaiting_join_count() < max_size
            case ClassicGroupState.COMPLETING_REBALANCE | ClassicGroupState.STABLE:
                return self.member_id in group.members or len(group.members) < max_size

    # -- members without an id

    def _join_new(
        self, state: GroupsState, group: ClassicGroup, draft: Draft[JoinReply]
    ) -> JoinReply | Parked[JoinReply]:
        if self.instance_id is not None:
            if self.instance_id in group.static_members:
                return self._replace_static(state, group, self.instance_id, draft)
            return self._add(state, group, self.new_member_id, draft)
        if self.must_know_member_id:
            if len(group.pending_joins) >= MAX_PENDING_JOINS:
                return _refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, NO_MEMBER_ID)
            group.pending_joins.add(self.new_member_id)
            timer = session_timer(group.group_id, self.new_member_id)
            expect_pending(state, group, timer, self.new_member_id, self.session_timeout_ms)
            return _refusal(ErrorCode.MEMBER_ID_REQUIRED, self.new_member_id)
        return self._add(state, group, self.new_member_id, draft)

    def _add(
        self, state: GroupsState, group: ClassicGroup, member_id: str, draft: Draft[JoinReply]
    ) -> Parked[JoinReply]:
        member = ClassicMember(
            group.group_id,
            member_id,
            instance_id=self.instance_id,
            client_id=self.client_id,
            client_host=self.client_host,
            rebalance_timeout_ms=self.rebalance_timeout_ms,
            session_timeout_ms=self.session_timeout_ms,
            protocols=self.protocols,
        )
        member.is_new = True
        if group.state is ClassicGroupState.PREPARING_REBALANCE and group.previous_state is ClassicGroupState.EMPTY:
            group.new_member_added = True
        if not group.members:
            group.protocol_type = self.protocol_type
        parked = member.awaiting_join = Parked()
        group.add(member)
        # A new member may not know its id, so it sends no heartbeats, and nobody sees whether it is still there.
        expect_member(state, group, member, state.config.new_member_join_timeout_ms)
        rebalance_or_complete_join(state, group, draft)
        return parked

    def _replace_static(
        self, state: GroupsState, group: ClassicGroup, instance_id: str, draft: Draft[JoinReply]
    ) -> JoinReply | Parked[JoinReply]:
        """Let a restarted static member take its place again, without a rebalance if nothing changes by it."""
        old_leader = group.leader
        old, member = group.replace_static(instance_id, self.new_member_id)
        state.timers.cancel(old.session_timer)
        answer_join(old, JoinReply(ErrorCode.FENCED_INSTANCE_ID, old.member_id), draft)
        answer_sync(old, SyncReply(ErrorCode.FENCED_INSTANCE_ID), draft)
        expect_member(state, group, member)
        parked = self._update(member)
        match group.state:
            case ClassicGroupState.STABLE if group.protocol_name == group.select_protocol():
                member.awaiting_join = None
                assignments = {each.member_id: each.assignment for each in group.members.values()}
                draft.records.append(GroupRecord(group.group_id, group.stored(assignments)))
                return self._rejoined_in_place(group, member, old_leader or "")
            case ClassicGroupState.STABLE:
                rebalance_or_complete_join(state, group, draft)
            case ClassicGroupState.COMPLETING_REBALANCE:
                # The leader may be assigning to the old id at this moment.
                prepare_rebalance(state, group, draft)
            case ClassicGroupState.PREPARING_REBALANCE:
                complete_join_if_all_joined(state, group, draft)
            case ClassicGroupState.EMPTY | ClassicGroupState.DEAD:
                raise AssertionError("a group with a static member is not empty")
        return parked

    def _rejoined_in_place(self, group: ClassicGroup, member: ClassicMember, old_leader: str) -> JoinReply:
        """Tell a leader to assign nothing; older clients by naming the former id as the leader's (KIP-814)."""
        leads = group.leader == member.member_id
        if self.may_skip_assignment:
            reply = current_generation(group, member.member_id, with_members=leads)
            return reply._replace(skip_assignment=leads)
        return current_generation(group, member.member_id, with_members=False)._replace(leader=old_leader)

    # -- members with an id

    def _join_known(
        self, state: GroupsState, group: ClassicGroup, draft: Draft[JoinReply]
    ) -> JoinReply | Parked[JoinReply]:
        if self.member_id in group.pending_joins:
            if self.instance_id is not None:
                raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)  # only dynamic members are told to come back
            return self._add(state, group, self.member_id, draft)
        try:
            member = group.validated(self.member_id, self.instance_id)
        except ApiError as error:
            return JoinReply(error.code, self.member_id)
        match group.state:
            case ClassicGroupState.PREPARING_REBALANCE:
                rejoins = True
            case ClassicGroupState.COMPLETING_REBALANCE:
                rejoins = not member.same_protocols(self.protocols)
            case ClassicGroupState.STABLE:
                # A leader that rejoins wants to assign anew: it may have seen topics change.
                rejoins = group.leader == member.member_id or not member.same_protocols(self.protocols)
            case ClassicGroupState.EMPTY | ClassicGroupState.DEAD:
                raise AssertionError("a group with a member is not empty")
        if not rejoins:
            leads = group.leader == member.member_id
            return current_generation(group, member.member_id, with_members=leads)
        parked = self._update(member)
        rebalance_or_complete_join(state, group, draft)
        return parked

    def _update(self, member: ClassicMember) -> Parked[JoinReply]:
        member.protocols = self.protocols
        member.rebalance_timeout_ms = self.rebalance_timeout_ms
        member.session_timeout_ms = self.session_timeout_ms
        parked: Parked[JoinReply] = Parked()
        member.awaiting_join = parked
        return parked


def _refusal(error: ErrorCode, member_id: str) -> JoinReply:
    return JoinReply(error, member_id)


def _newborn(group: ClassicGroup) -> GroupRecord:
    """Record that a group exists, before it has had a generation."""
    return GroupRecord(group.group_id, StoredGroup("", 0, None, None, group.state_timestamp_ms))
