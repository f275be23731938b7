"""Which partitions have a new leader after a decision, so that whoever serves them can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from kafkacompat.metadata.elections import elected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafkacompat.metadata.state import MetadataState
    from kafkacompat.metadata.topic import Partition, Topic
    from kafkacompat.wire.metadata_records import PartitionChangeRecord

    Partitions = Mapping[bytes, Sequence[Partition]]

MOST_ELECTIONS_AT_ONCE: Final = 1000
"""How many leaders one round of balancing moves (behaviour of Kafka 4.4)."""


class LeaderChange(NamedTuple):
    """A partition whose leader epoch rose; the topic says who leads it now, be it nobody."""

    topic: Topic
    partition_index: int


class LeaderListener(Protocol):
    """Told of new leaders after the records that say so are durable."""

    async def __call__(self, changes: Sequence[LeaderChange]) -> None:
        """Begin the new epochs and wake whoever waits at an old leader; may be told twice."""


def partitions_now(state: MetadataState) -> Partitions:
    """Return the partitions of every topic, to compare with later."""
    return {topic_id: tuple(topic.partitions) for topic_id, topic in state.topics_by_id.items()}


def changes_since(before: Partitions, state: MetadataState) -> list[LeaderChange]:
    """Return the partitions whose leader epoch is not what it was; a partition that is new began with epoch 0."""
    changes = []
    for topic_id, topic in state.topics_by_id.items():
        old = before.get(topic_id, ())
        for index, partition in enumerate(topic.partitions):
            if partition.leader_epoch != (old[index].leader_epoch if index < len(old) else 0):
                changes.append(LeaderChange(topic, index))
    return changes


def preferred_elections(state: MetadataState) -> list[PartitionChangeRecord]:
    """Elect the first replica of each partition that it could lead but does not, a bounded number of them."""
    elections: list[PartitionChangeRecord] = []
    for topic in state.sorted_topics():
        for index, partition in enumerate(topic.partitions):
            if len(elections) == MOST_ELECTIONS_AT_ONCE:
                return elections
            if _is_imbalanced(state, partition):
                elections.append(elected(topic.topic_id, index, partition.replicas[0]))
    return elections


def is_imbalanced(state: MetadataState) -> bool:
    """Tell whether `preferred_elections` would elect anybody."""
    return any(_is_imbalanced(state, partition) for topic in state.topics.values() for partition in topic.partitions)


def _is_imbalanced(state: MetadataState, partition: Partition) -> bool:
    preferred = partition.replicas[0]
    return partition.leader != preferred and preferred in partition.isr and state.serves(preferred)
