"""What the coordinator knows of the groups in one partition of `__consumer_offsets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kafkacompat.coordination.decision import Decision, Parked, Release
from kafkacompat.groups.classic.group import ClassicGroup
from kafkacompat.groups.offsets.pending import PendingOffsets
from kafkacompat.groups.records import OffsetRecord

if TYPE_CHECKING:
    from kafkacompat.clock.ports import Clock
    from kafkacompat.coordination.ports import Timers
    from kafkacompat.groups.config import GroupConfig
    from kafkacompat.groups.records import CommittedOffset, Record, StoredGroup

R = TypeVar("R")

GroupOffsets = dict[str, dict[int, "CommittedOffset"]]
"""Committed offsets of one group, by topic and partition; no topic is empty."""


class GroupsState:
    """Hard state is `stored`, `offsets` and `pending`, which only records change; `groups` and the timers are soft.

    Every group with hard state has its living counterpart in `groups`.  Offsets bring theirs with them, and it stays
    when they go, until the group is deleted; a group that has just been asked for may be there alone.
    """

    __slots__ = ("clock", "config", "groups", "offsets", "pending", "stored", "timers")

    def __init__(self, timers: Timers[GroupsState], clock: Clock, config: GroupConfig) -> None:
        self.timers = timers
        self.clock = clock
        self.config = config
        self.stored: dict[str, StoredGroup] = {}
        self.offsets: dict[str, GroupOffsets] = {}
        self.pending = PendingOffsets()
        self.groups: dict[str, ClassicGroup] = {}

    def revive(self) -> None:
        """Give every group that the log knows its living counterpart."""
        for group_id, stored in self.stored.items():
            self.groups[group_id] = ClassicGroup.from_stored(group_id, stored)

    def group_or_new(self, group_id: str) -> ClassicGroup:
        """Return a group, made empty if it is not there: members, or offsets without members, create it."""
        group = self.groups.get(group_id)
        if group is None:
            group = self.groups[group_id] = ClassicGroup(group_id, self.clock.now_ms())
        return group


def apply(state: GroupsState, record: Record) -> None:
    """Change the hard state by one record, live and in replay."""
    if isinstance(record, OffsetRecord):
        _apply_offset(state, record)
    elif record.group is not None:
        state.stored[record.group_id] = record.group
    else:
        state.stored.pop(record.group_id, None)
        state.groups.pop(record.group_id, None)


def _apply_offset(state: GroupsState, record: OffsetRecord) -> None:
    group_id, topic, partition, committed = record
    if committed is not None:
        state.pending.overtake((group_id, topic, partition))
        _put_offset(state, group_id, topic, partition, committed)
        return
    state.pending.forget((group_id, topic, partition))
    topics = state.offsets.get(group_id)
    if topics is not None and topic in topics:
        topics[topic].pop(partition, None)
        if not topics[topic]:
            del topics[topic]
        if not topics:
            del state.offsets[group_id]


def _put_offset(state: GroupsState, group_id: str, topic: str, partition: int, committed: CommittedOffset) -> None:
    topics = state.offsets.get(group_id)
    if topics is None:
        state.group_or_new(group_id)
        topics = state.offsets[group_id] = {}
    partitions = topics.get(topic)
    if partitions is None:
        topics[topic] = {partition: committed}
    else:
        partitions[partition] = committed


def apply_pending(state: GroupsState, producer_id: int, record: Record) -> None:
    """Change the hard state by a record of an open transaction."""
    assert isinstance(record, OffsetRecord), "nothing else is part of transactions"
    group_id, topic, partition, committed = record
    if committed is None:
        _apply_offset(state, record)
    else:
        state.group_or_new(group_id)
        state.pending.put(producer_id, group_id, topic, partition, committed)


def end_transaction(state: GroupsState, producer_id: int, commit: bool) -> None:  # noqa: FBT001 - a hook
    """Let a producer's offsets count, or forget them."""
    for (group_id, topic, partition), came, committed in state.pending.end(producer_id):
        if commit:
            state.pending.overtake((group_id, topic, partition), came)
            _put_offset(state, group_id, topic, partition, committed)


class Draft(Generic[R]):
    """Collects what a decision will say, while one step of a rebalance leads to the next."""

    __slots__ = ("records", "releases")

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.releases: list[Release] = []

    def release(self, parked: Parked[Any], reply: Any) -> None:
        """Answer a parked request."""
        self.releases.append(Release(parked, reply))

    def decision(self, reply: R | Parked[R]) -> Decision[R]:
        """Return the decision with its reply."""
        return Decision(reply, self.records, self.releases)
