"""The course of a rebalance: asking everyone to rejoin, beginning a generation, handing out assignments.

Deciders call these; each changes the living group and adds to the draft what is to be recorded and whom to answer.
Whatever they change is soft state: if the records are lost, the group is rebuilt from the log.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from kafkacompat.groups.classic.member import NO_MEMBER_ID, JoinReply, SyncReply
from kafkacompat.groups.classic.states import ClassicGroupState, can_rebalance
from kafkacompat.groups.records import GroupRecord
from kafkacompat.groups.state import Draft
from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from kafkacompat.coordination.decision import Decision
    from kafkacompat.groups.classic.group import ClassicGroup
    from kafkacompat.groups.classic.member import ClassicMember
    from kafkacompat.groups.state import GroupsState

    Step = Callable[[GroupsState, ClassicGroup, Draft[Any]], None]


def join_timer(group_id: str) -> Hashable:
    """Name the deadline of the phase in which members join."""
    return ("join", group_id)


def sync_timer(group_id: str) -> Hashable:
    """Name the deadline by which every member must have asked for its assignment."""
    return ("sync", group_id)


def as_decider(group_id: str, step: Step) -> Callable[[GroupsState], Decision[None]]:
    """Return a decider for a deadline: a step of a group, if the group is still there then."""

    def decide(state: GroupsState) -> Decision[None]:
        draft: Draft[None] = Draft()
        group = state.groups.get(group_id)
        if group is not None:
            step(state, group, draft)
        return draft.decision(None)

    return decide


# -- sessions


def expect_member(state: GroupsState, group: ClassicGroup, member: ClassicMember, within_ms: int | None = None) -> None:
    """Give a member its session timeout (or another time) from now until it must be heard of again."""
    timeout_ms = member.session_timeout_ms if within_ms is None else within_ms
    state.timers.schedule(
        member.session_timer,
        state.clock.now_ms() + timeout_ms,
        member.expire or expiry_of(group, member),
    )


def expiry_of(group: ClassicGroup, member: ClassicMember) -> Callable[[GroupsState], Decision[None]]:
    """Return, and keep with the member, what happens when it is not heard of in time."""
    expire = as_decider(group.group_id, partial(_session_expired, member_id=member.member_id))
    member.expire = expire
    return expire


def expect_pending(state: GroupsState, group: ClassicGroup, timer: Hashable, member_id: str, timeout_ms: int) -> None:
    """Give a member that was told to come back with its id a time to do so."""
    state.timers.schedule(
        timer,
        state.clock.now_ms() + timeout_ms,
        as_decider(group.group_id, partial(_session_expired, member_id=member_id)),
    )


def _session_expired(state: GroupsState, group: ClassicGroup, draft: Draft[Any], *, member_id: str) -> None:
    if member_id in group.pending_joins:
        group.remove(member_id)
        complete_join_if_all_joined(state, group, draft)
        return
    member = group.members.get(member_id)
    if member is None:
        return
    waits = member.awaiting_join is not None or member.awaiting_sync is not None
    if waits and not member.is_new:
        return  # whoever waits for an answer is there; it gets a new session with the answer
    remove_member(state, group, member, draft)
    rebalance_without(state, group, draft)


def remove_member(state: GroupsState, group: ClassicGroup, member: ClassicMember, draft: Draft[Any]) -> None:
    """Let a member go; one that waits for an answer is told that it is unknown, and joins anew if it is still there."""
    state.timers.cancel(member.session_timer)
    answer_join(member, JoinReply(ErrorCode.UNKNOWN_MEMBER_ID, NO_MEMBER_ID), draft)
    answer_sync(member, SyncReply(ErrorCode.UNKNOWN_MEMBER_ID), draft)
    group.remove(member.member_id)


def rebalance_without(state: GroupsState, group: ClassicGroup, draft: Draft[Any]) -> None:
    """Go on after members have gone."""
    if group.state in (ClassicGroupState.STABLE, ClassicGroupState.COMPLETING_REBALANCE):
        prepare_rebalance(state, group, draft)
    else:
        complete_join_if_all_joined(state, group, draft)


# -- joining


def answer_join(member: ClassicMember, reply: JoinReply, draft: Draft[Any]) -> None:
    """Answer a member's join, if it waits in one."""
    parked, member.awaiting_join = member.awaiting_join, None
    if parked is not None:
        draft.release(parked, reply)


def current_generation(group: ClassicGroup, member_id: str, *, with_members: bool) -> JoinReply:
    """Return the answer to a join that tells of the group's present generation."""
    return JoinReply(
        ErrorCode.NONE,
        member_id,
        group.generation_id,
        group.protocol_type,
        group.protocol_name,
        group.leader or "",
        members=group.joined_members() if with_members else (),
    )


def rebalance_or_complete_join(state: GroupsState, group: ClassicGroup, draft: Draft[Any]) -> None:
    """Begin a rebalance, or see whether the one under way now has everyone."""
    if can_rebalance(group.state):
        prepare_rebalance(state, group, draft)
    else:
        complete_join_if_all_joined(state, group, draft)


def prepare_rebalance(state: GroupsState, group: ClassicGroup, draft: Draft[Any]) -> None:
    """Ask everyone to rejoin.  The first members of an empty group are given time for more to come."""
    if group.state is ClassicGroupState.COMPLETING_REBALANCE:
        _withdraw_assignments(state, group, draft)
    state.timers.cancel(sync_timer(group.group_id))
    initial = group.state is ClassicGroupState.EMPTY
    group.move_to(ClassicGroupState.PREPARING_REBALANCE, state.clock.now_ms())
    if not initial:
        _complete_join_or_wait(state, group, draft)
        return
    delay_ms = state.config.initial_rebalance_delay_ms
    remaining_ms = max(group.rebalance_timeout_ms() - delay_ms, 0)
    if delay_ms == 0:
        # At once, not by a deadline of no time: under a clock that stands still that would never come.
        complete_join(state, group, draft)
        return
    _wait_for_more_members(state, group, delay_ms, remaining_ms)


def _wait_for_more_members(state: GroupsState, group: ClassicGroup, delay_ms: int, remaining_ms: int) -> None:
    step = partial(_initial_delay_over, delay_ms=delay_ms, remaining_ms=remaining_ms)
    state.timers.schedule(join_timer(group.group_id), state.clock.now_ms() + delay_ms, as_decider(group.group_id, step))


def _initial_delay_over(
    state: GroupsState, group: ClassicGroup, draft: Draft[Any], *, delay_ms: int, remaining_ms: int
) -> None:
    """Wait as long again if someone new came meanwhile, up to the rebalance timeout (KIP-134)."""
    if group.new_member_added and remaining_ms != 0:
        group.new_member_added = False
        next_delay_ms = min(state.config.initial_rebalance_delay_ms, remaining_ms)
        _wait_for_more_members(state, group, next_delay_ms, max(remaining_ms - delay_ms, 0))
        return
    complete_join(state, group, draft)


def _complete_join_or_wait(state: GroupsState, group: ClassicGroup, draft: Draft[Any]) -> None:
    if group.all_joined():
        complete_join(state, group, draft)
    else:
        _wait_for_members(state, group)


def _wait_for_members(state: GroupsState, group: ClassicGroup) -> None:
    when_ms = state.clock.now_ms() + group.rebalance_timeout_ms()
    state.timers.schedule(join_timer(group.group_id), when_ms, as_decider(group.group_id, complete_join))


def complete_join_if_all_joined(state: GroupsState, group: ClassicGroup, draft: Draft[Any]) -> None:
    """End the joining if everyone is there; the first rebalance of an empty group has its delay to wait out."""
    if (
        group.state is ClassicGroupState.PREPARING_REBALANCE
        and group.previous_state is not ClassicGroupState.EMPTY
        and group.all_joined()
    ):
        complete_join(state, group, draft)


def complete_join(state: GroupsState, group: ClassicGroup, draft: Draft[Any]) -> None:
    """Begin a generation with those that joined; static members are kept until their session ends."""
    state.timers.cancel(join_timer(group.group_id))
    for member in list(group.members.values()):
        if member.awaiting_join is None and member.instance_id is None:
            group.remove(member.member_id)
            state.timers.cancel(member.session_timer)
    if group.members and not group.elect_joined_leader():
        _wait_for_members(state, group)
        return
    group.begin_generation(state.clock.now_ms())
    if group.state is ClassicGroupState.EMPTY:
        draft.records.append(GroupRecord(group.group_id, group.stored({})))
        return
    for member in group.members.values():
        leads = member.member_id == group.leader
        answer_join(member, current_generation(group, member.member_id, with_members=leads), draft)
        expect_member(state, group, member)
        member.is_new = False
        group.pending_syncs.add(member.member_id)
    when_ms = state.clock.now_ms() + group.rebalance_timeout_ms()
    step = partial(_syncs_overdue, generation_id=group.generation_id)
    state.timers.schedule(sync_timer(group.group_id), when_ms, as_decider(group.group_id, step))


# -- syncing


def answer_sync(member: ClassicMember, reply: SyncReply, draft: Draft[Any]) -> bool:
    """Answer a member's sync; tell whether it waited in one."""
    parked, member.awaiting_sync = member.awaiting_sync, None
    if parked is None:
        return False
    draft.release(parked, reply)
    return True


def current_assignment(group: ClassicGroup, member: ClassicMember) -> SyncReply:
    """Return the answer to a sync of a stable group."""
    return SyncReply(ErrorCode.NONE, group.protocol_type, group.protocol_name, member.assignment)


def assign(state: GroupsState, group: ClassicGroup, assignments: Mapping[str, bytes], draft: Draft[Any]) -> None:
    """Record the leader's assignments and hand them out; members that it left out get nothing."""
    complete = {member_id: assignments.get(member_id, b"") for member_id in group.members}
    draft.records.append(GroupRecord(group.group_id, group.stored(complete)))
    for member in group.members.values():
        member.assignment = complete[member.member_id]
        if answer_sync(member, current_assignment(group, member), draft):
            expect_member(state, group, member)
    group.move_to(ClassicGroupState.STABLE, state.clock.now_ms())


def has_synced(state: GroupsState, group: ClassicGroup, member: ClassicMember) -> None:
    """Note that a member has asked for its assignment."""
    group.pending_syncs.discard(member.member_id)
    if not group.pending_syncs:
        state.timers.cancel(sync_timer(group.group_id))


def _withdraw_assignments(state: GroupsState, group: ClassicGroup, draft: Draft[Any]) -> None:
    """Send those that wait for an assignment back to joining."""
    for member in group.members.values():
        member.assignment = b""
        if answer_sync(member, SyncReply(ErrorCode.REBALANCE_IN_PROGRESS), draft):
            expect_member(state, group, member)


def _syncs_overdue(state: GroupsState, group: ClassicGroup, draft: Draft[Any], *, generation_id: int) -> None:
    """Let go of members that never asked for their assignment."""
    if generation_id != group.generation_id or not can_rebalance(group.state) or not group.pending_syncs:
        return
    for member_id in list(group.pending_syncs):
        state.timers.cancel(group.members[member_id].session_timer)
        group.remove(member_id)
    prepare_rebalance(state, group, draft)
