"""Looking at groups, and deleting them: DescribeGroups, ListGroups, DeleteGroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.offsets.delete import all_offsets
from kafkacompat.groups.records import GroupRecord
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafkacompat.groups.classic.group import ClassicGroup
    from kafkacompat.groups.state import GroupsState

CLASSIC_TYPE: Final = "classic"


class MemberDescription(NamedTuple):
    """A member; the metadata is empty unless the group is stable, the assignment is the last that it was given."""

    member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    metadata: bytes
    assignment: bytes


class GroupDescription(NamedTuple):
    """A group as DescribeGroups shows it."""

    group_id: str
    state: str
    protocol_type: str
    protocol_name: str
    members: Sequence[MemberDescription]


class GroupListing(NamedTuple):
    """A group as ListGroups shows it."""

    group_id: str
    protocol_type: str
    state: str
    group_type: str


def describe(group_id: str) -> Callable[[GroupsState], Decision[GroupDescription | None]]:
    """Describe a group; None if it is not there."""

    def decide(state: GroupsState) -> Decision[GroupDescription | None]:
        group = state.groups.get(group_id)
        return Decision(None if group is None else _description(group))

    return decide


def _description(group: ClassicGroup) -> GroupDescription:
    name = group.protocol_name if group.state is ClassicGroupState.STABLE else None
    members = [
        MemberDescription(
            member.member_id,
            member.instance_id,
            member.client_id,
            member.client_host,
            b"" if name is None else member.protocols.get(name, b""),
            member.assignment,
        )
        for member in group.members.values()
    ]
    return GroupDescription(group.group_id, group.state.value, group.protocol_type or "", name or "", members)


def list_groups(state: GroupsState) -> Decision[list[GroupListing]]:
    """List all groups of a shard."""
    return Decision(
        [
            GroupListing(group.group_id, group.protocol_type or "", group.state.value, CLASSIC_TYPE)
            for group in state.groups.values()
        ]
    )


def delete(group_id: str) -> Callable[[GroupsState], Decision[None]]:
    """Delete a group without members, and its offsets (KIP-229)."""

    def decide(state: GroupsState) -> Decision[None]:
        group = state.groups.get(group_id)
        if group is None:
            raise ApiError(ErrorCode.GROUP_ID_NOT_FOUND)
        if group.state is not ClassicGroupState.EMPTY:
            raise ApiError(ErrorCode.NON_EMPTY_GROUP)
        del state.groups[group_id]
        return Decision(None, [*all_offsets(state, group_id), GroupRecord(group_id, None)])

    return decide
