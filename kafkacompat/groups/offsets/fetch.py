"""OffsetFetch: how far a group has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.groups.records import NO_EPOCH, CommittedOffset
from kafkacompat.wire.schema import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.groups.state import GroupsState

NO_OFFSET: Final = CommittedOffset(-1, NO_EPOCH, "", -1)
"""What is answered where nothing was committed: no error."""


class TopicToFetch(NamedTuple):
    """Partitions of a topic; with an id, only commits for that very topic count."""

    topic: str
    partitions: Sequence[int]
    topic_id: bytes = ZERO_UUID


TopicOffsets = tuple[str, list[tuple[int, CommittedOffset]]]
"""A topic's name, and its partitions with what was committed."""


class OffsetFetch(NamedTuple):
    """A request for a group's offsets: of these topics, or (None) all there are."""

    group_id: str
    topics: Sequence[TopicToFetch] | None

    def decide(self, state: GroupsState) -> Decision[list[TopicOffsets]]:
        """Answer in the order asked; an unknown group has committed nothing."""
        offsets = state.offsets.get(self.group_id, {})
        if self.topics is None:
            return Decision([(topic, list(partitions.items())) for topic, partitions in offsets.items()])
        found: list[TopicOffsets] = []
        for topic, partitions, topic_id in self.topics:
            known = offsets.get(topic, {})
            found.append((topic, [(index, _of_topic(known.get(index), topic_id)) for index in partitions]))
        return Decision(found)


def _of_topic(committed: CommittedOffset | None, topic_id: bytes) -> CommittedOffset:
    """Leave out what was committed for a former topic of the same name."""
    if committed is None:
        return NO_OFFSET
    if topic_id != ZERO_UUID and committed.topic_id not in (ZERO_UUID, topic_id):
        return NO_OFFSET
    return committed
