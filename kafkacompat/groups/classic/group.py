"""A classic group while it lives: members, votes, leader and state."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from kafkacompat.groups.classic.member import ClassicMember, JoinedMember
from kafkacompat.groups.classic.states import ClassicGroupState, check_transition
from kafkacompat.groups.classic.subscription import subscribed_topics
from kafkacompat.groups.records import StoredGroup
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping

CONSUMER_PROTOCOL_TYPE: Final = "consumer"


class ClassicGroup:
    """Members in order of joining.

    This is soft state: what outlives the coordinator is in `StoredGroup` alone.
    """

    __slots__ = (
        "generation_id",
        "group_id",
        "leader",
        "members",
        "new_member_added",
        "pending_joins",
        "pending_syncs",
        "previous_state",
        "protocol_name",
        "protocol_type",
        "state",
        "state_timestamp_ms",
        "static_members",
        "subscribed_topics",
    )

    def __init__(self, group_id: str, now_ms: int) -> None:
        self.group_id = group_id
        self.state = ClassicGroupState.EMPTY
        self.previous_state: ClassicGroupState | None = None
        self.state_timestamp_ms = now_ms
        self.generation_id = 0
        self.protocol_type: str | None = None
        self.protocol_name: str | None = None
        self.leader: str | None = None
        self.members: dict[str, ClassicMember] = {}
        self.static_members: dict[str, str] = {}
        """Member ids by instance id."""
        self.pending_joins: set[str] = set()
        """Ids given to members that were told to come back with them (KIP-394)."""
        self.pending_syncs: set[str] = set()
        """Members of this generation that have not asked for their assignment."""
        self.new_member_added = False
        """Whether somebody joined since the initial delay was last set."""
        self.subscribed_topics: frozenset[str] | None = None
        """What the members consume, or None if that cannot be known."""

    @classmethod
    def from_stored(cls, group_id: str, stored: StoredGroup) -> ClassicGroup:
        """Rebuild a group from what the log knows of it."""
        group = cls(group_id, stored.state_timestamp_ms)
        group.generation_id = stored.generation_id
        group.protocol_type = stored.protocol_type or None
        group.protocol_name = stored.protocol_name
        group.leader = stored.leader
        for member in stored.members:
            group.add(
                ClassicMember(
                    group_id,
                    member.member_id,
                    instance_id=member.instance_id,
                    client_id=member.client_id,
                    client_host=member.client_host,
                    rebalance_timeout_ms=member.rebalance_timeout_ms,
                    session_timeout_ms=member.session_timeout_ms,
                    protocols={stored.protocol_name or "": member.subscription},
                    assignment=member.assignment,
                )
            )
        if group.members:
            group.state = ClassicGroupState.STABLE
        group.subscribed_topics = group.compute_subscribed_topics()
        return group

    def stored(self, assignments: Mapping[str, bytes]) -> StoredGroup:
        """Return what the log is to know of the group, with these assignments by member id."""
        name = self.protocol_name
        members = tuple(
            member.stored(name, assignments[member.member_id]) for member in self.members.values() if name is not None
        )
        return StoredGroup(
            self.protocol_type or "", self.generation_id, name, self.leader, self.state_timestamp_ms, members
        )

    # -- state

    def move_to(self, state: ClassicGroupState, now_ms: int) -> None:
        """Go to another state."""
        check_transition(self.state, state)
        self.previous_state, self.state = self.state, state
        self.state_timestamp_ms = now_ms

    def begin_generation(self, now_ms: int) -> None:
        """Go on to the next generation, with the protocol that the members vote for; empty without members."""
        self.generation_id += 1
        self.pending_syncs.clear()
        self.protocol_name = self.select_protocol() if self.members else None
        self.subscribed_topics = self.compute_subscribed_topics()
        self.move_to(
            ClassicGroupState.COMPLETING_REBALANCE if self.members else ClassicGroupState.EMPTY,
            now_ms,
        )

    # -- members

    def add(self, member: ClassicMember) -> None:
        """Take a member in; the first one leads."""
        if member.instance_id is not None:
            assert member.instance_id not in self.static_members, "an instance is one member"
            self.static_members[member.instance_id] = member.member_id
        if self.leader is None:
            self.leader = member.member_id
        self.members[member.member_id] = member
        self.pending_joins.discard(member.member_id)

    def remove(self, member_id: str) -> None:
        """Let a member, or one that was to come back, go; another one leads if it did."""
        member = self.members.pop(member_id, None)
        if member is not None and member.instance_id is not None:
            del self.static_members[member.instance_id]
        if self.leader == member_id:
            self.leader = next(iter(self.members), None)
        self.pending_joins.discard(member_id)
        self.pending_syncs.discard(member_id)

    def replace_static(self, instance_id: str, new_member_id: str) -> tuple[ClassicMember, ClassicMember]:
        """Give an instance another member id; return the old member and the new one, which waits for nothing."""
        old = self.members.pop(self.static_members[instance_id])
        new = ClassicMember(
            self.group_id,
            new_member_id,
            instance_id=instance_id,
            client_id=old.client_id,
            client_host=old.client_host,
            rebalance_timeout_ms=old.rebalance_timeout_ms,
            session_timeout_ms=old.session_timeout_ms,
            protocols=old.protocols,
            assignment=old.assignment,
        )
        self.members[new_member_id] = new
        self.static_members[instance_id] = new_member_id
        if self.leader == old.member_id:
            self.leader = new_member_id
        if old.member_id in self.pending_syncs:
            self.pending_syncs.remove(old.member_id)
            self.pending_syncs.add(new_member_id)
        return old, new

    def validated(self, member_id: str, instance_id: str | None) -> ClassicMember:
        """Return a member, or raise ApiError.

        UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID if its instance is another member by now (KIP-345).
        """
        if instance_id is not None:
            current = self.static_members.get(instance_id)
            if current is None:
                raise ApiError(ErrorCode.UNKNOWN_MEMBER_ID)
            if current != member_id:
                raise ApiError(ErrorCode.FENCED_INSTANCE_ID)
        member = self.members.get(member_id)
        if member is None:
            raise ApiError(ErrorCode.UNKNOWN_MEMBER_ID)
        return member

    def all_joined(self) -> bool:
        """Tell whether nobody is missing from the rebalance."""
        return not self.pending_joins and all(m.awaiting_join is not None for m in self.members.values())

    def awaiting_join_count(self) -> int:
        """Return how many members wait in a join."""
        return sum(member.awaiting_join is not None for member in self.members.values())

    def rebalance_timeout_ms(self) -> int:
        """Return the longest that any member may take to rejoin."""
        return max((member.rebalance_timeout_ms for member in self.members.values()), default=0)

    def elect_joined_leader(self) -> bool:
        """Make sure that the leader is among those that joined; False if nobody is."""
        leader = self.members.get(self.leader) if self.leader is not None else None
        if leader is None:
            return False
        if leader.awaiting_join is None:
            joined = next((m for m in self.members.values() if m.awaiting_join is not None), None)
            if joined is None:
                return False
            self.leader = joined.member_id
        return True

    # -- protocols

    def supports(self, protocol_type: str, protocols: Mapping[str, bytes]) -> bool:
        """Tell whether someone with these protocols can join: the group's type, and a protocol common to all."""
        if self.state is ClassicGroupState.EMPTY:
            return bool(protocol_type and protocols)
        return protocol_type == self.protocol_type and not self._candidates().isdisjoint(protocols)

    def select_protocol(self) -> str:
        """Return the protocol that most members vote for, among those common to all."""
        candidates = self._candidates()
        votes = Counter(member.vote(candidates) for member in self.members.values())
        return votes.most_common(1)[0][0]

    def _candidates(self) -> set[str]:
        support = Counter(name for member in self.members.values() for name in member.protocols)
        return {name for name, count in support.items() if count == len(self.members)}

    def joined_members(self) -> list[JoinedMember]:
        """Return what the leader is told of the members."""
        name = self.protocol_name
        assert name is not None, "a generation has a protocol"
        return [JoinedMember(m.member_id, m.instance_id, m.protocols[name]) for m in self.members.values()]

    # -- subscriptions

    def is_consumer_group(self) -> bool:
        """Tell whether the members are consumers, whose metadata names the topics they consume."""
        return self.protocol_type == CONSUMER_PROTOCOL_TYPE

    def compute_subscribed_topics(self) -> frozenset[str] | None:
        """Return the topics that the members consume; None if they do not say, or not readably."""
        if self.protocol_type is None:
            return None
        if not self.members:
            return frozenset()
        name = self.protocol_name
        if name is None or not self.is_consumer_group():
            return None
        return subscribed_topics(member.protocols[name] for member in self.members.values())

    def consumes(self, topic: str) -> bool:
        """Tell whether a member consumes a topic; consumers that do not say, or not readably, may consume any."""
        if self.subscribed_topics is None:
            return self.is_consumer_group()
        return topic in self.subscribed_topics
