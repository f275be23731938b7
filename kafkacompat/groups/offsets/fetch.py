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
UNSTABLE: Final = CommittedOffset(-1, NO_EPOCH, "", -1)
"""What is answered where a transaction is open that may change the offset, to those who ask for stable ones."""


class TopicToFetch(NamedTuple):
    """Partitions of a topic; with an id, only commits for that very topic count."""

    topic: str
    partitions: Sequence[int]
    topic_id: bytes = ZERO_UUID


TopicOffsets = tuple[str, list[tuple[int, CommittedOffset]]]
"""A topic's name, and its partitions with what was committed."""


class OffsetFetch(NamedTuple):
    """A request for a group's offsets: of these topics, or (None) all there are.

    With `require_stable` a partition is `UNSTABLE` while a transaction is open that commits for it (KIP-447).
    """

    group_id: str
    topics: Sequence[TopicToFetch] | None
    require_stable: bool = False

    def decide(self, state: GroupsState) -> Decision[list[TopicOffsets]]:
        """Answer in the order asked; an unknown group has committed nothing."""
        offsets = state.offsets.get(self.group_id, {})
        if self.topics is None:
            every = [(topic, list(partitions.items())) for topic, partitions in offsets.items()]
            return Decision(self._stable(state, every))
        found: list[TopicOffsets] = []
        for topic, partitions, topic_id in self.topics:
            known = offsets.get(topic, {})
            found.append((topic, [(index, _of_topic(known.get(index), topic_id)) for index in partitions]))
        return Decision(self._stable(state, found))

    def _stable(self, state: GroupsState, found: list[TopicOffsets]) -> list[TopicOffsets]:
        unstable = state.pending.of_group(self.group_id) if self.require_stable else ()
        if not unstable:
            return found
        return [
            (topic, [(index, UNSTABLE if (topic, index) in unstable else committed) for index, committed in partitions])
            for topic, partitions in found
        ]


def _of_topic(committed: CommittedOffset | None, topic_id: bytes) -> CommittedOffset:
    """Leave out what was committed for a former topic of the same name."""
    if committed is None:
        return NO_OFFSET
    if topic_id != ZERO_UUID and committed.topic_id not in (ZERO_UUID, topic_id):
        return NO_OFFSET
    return committed
