"""OffsetDelete, and what else takes committed offsets away: deleted topics, deleted groups, time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.records import OffsetRecord
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.schema import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from kafkacompat.groups.ports import TopicsView
    from kafkacompat.groups.state import GroupsState


class OffsetDelete(NamedTuple):
    """A request to forget what a group committed for some partitions (KIP-496)."""

    group_id: str
    partitions: Sequence[tuple[str, int]]

    def decide(self, state: GroupsState) -> Decision[list[ErrorCode]]:
        """Decide a deletion; the reply has one code for each partition."""
        group = state.groups.get(self.group_id)
        if group is None:
            raise ApiError(ErrorCode.GROUP_ID_NOT_FOUND)
        if group.state is not ClassicGroupState.EMPTY and not group.is_consumer_group():
            raise ApiError(ErrorCode.NON_EMPTY_GROUP)
        offsets = state.offsets.get(self.group_id, {})
        codes: list[ErrorCode] = []
        records: list[OffsetRecord] = []
        for topic, partition in self.partitions:
            if group.consumes(topic):
                codes.append(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC)
                continue
            if partition in offsets.get(topic, {}) or state.pending.is_at((self.group_id, topic, partition)):
                records.append(OffsetRecord(self.group_id, topic, partition, None))
            codes.append(ErrorCode.NONE)
        return Decision(codes, records)


def all_offsets(state: GroupsState, group_id: str) -> Iterator[OffsetRecord]:
    """Return the records that forget everything a group committed, in open transactions too."""
    offsets = state.offsets.get(group_id, {})
    for topic, partitions in offsets.items():
        for partition in partitions:
            yield OffsetRecord(group_id, topic, partition, None)
    for topic, partition in sorted(state.pending.of_group(group_id)):
        if partition not in offsets.get(topic, {}):
            yield OffsetRecord(group_id, topic, partition, None)


def topics_deleted(state: GroupsState, topic_ids: Container[bytes], topics: TopicsView) -> Decision[None]:
    """Forget what any group committed for these topics, in open transactions too.

    A commit that does not say for which topic of its name it was made (those with a retention time) goes when there is
    no topic of that name.
    """

    def is_gone(topic: str, topic_id: bytes) -> bool:
        return topic_id in topic_ids or (topic_id == ZERO_UUID and topics.topic_id(topic) is None)

    gone = [
        (group_id, topic, partition)
        for group_id, offsets in state.offsets.items()
        for topic, partitions in offsets.items()
        for partition, committed in partitions.items()
        if is_gone(topic, committed.topic_id)
    ]
    gone += [place for place, committed in state.pending.commits() if is_gone(place[1], committed.topic_id)]
    return Decision(None, [OffsetRecord(*place, None) for place in dict.fromkeys(gone)])
