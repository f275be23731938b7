"""What OffsetCommit and TxnOffsetCommit have in common: which offsets may be committed, and in what order to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.groups.offsets.commit import OffsetToCommit
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.schema import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kafkacompat.groups.ports import TopicsView
    from kafkacompat.wire.messages.offset_commit import OffsetCommitRequestTopic
    from kafkacompat.wire.messages.txn_offset_commit import TxnOffsetCommitRequestTopic

    AskedTopic = OffsetCommitRequestTopic | TxnOffsetCommitRequestTopic


class Outcome(NamedTuple):
    """What is said of one partition; those of one seat and topic are answered together.

    A topic that is not there is answered even when none of its partitions is named.
    """

    seat: int
    name: str
    topic_id: bytes
    partition: int | None
    code: ErrorCode


class Asked(NamedTuple):
    """A request, sorted out: offsets of partitions that exist, each with the place of its topic, and what does not."""

    offsets: list[OffsetToCommit]
    places: list[int]
    unknown: list[Outcome]

    def outcomes(self, codes: Sequence[ErrorCode]) -> list[Outcome]:
        """Return the answers in Kafka's order, with what came of the offsets; what does not exist comes first.

        A topic that is named twice is answered twice, unless answers have to be merged with those of what is not there.
        """
        seats = [0] * len(self.places) if self.unknown else self.places
        return self.unknown + [
            Outcome(seat, offset.topic, offset.topic_id, offset.partition, code)
            for seat, offset, code in zip(seats, self.offsets, codes, strict=True)
        ]


def sort_out(topics: TopicsView, asked: Sequence[AskedTopic], *, by_id: bool) -> Asked:
    """Find the partitions that are asked for."""
    sorted_out = Asked([], [], [])
    for place, topic in enumerate(asked):
        name, topic_id, count, code = _find(topics, topic, by_id=by_id)
        if not count and not topic.partitions:
            sorted_out.unknown.append(Outcome(0, name, topic_id, None, code))
        for partition in topic.partitions:
            index = partition.partition_index
            if 0 <= index < count:
                epoch, metadata = partition.committed_leader_epoch, partition.committed_metadata
                offset = OffsetToCommit(name, topic_id, index, partition.committed_offset, epoch, metadata)
                sorted_out.offsets.append(offset)
                sorted_out.places.append(place)
            else:
                sorted_out.unknown.append(Outcome(0, name, topic_id, index, code))
    return sorted_out


def by_topic(outcomes: Iterable[Outcome]) -> dict[tuple[int, str, bytes], list[tuple[int, ErrorCode]]]:
    """Put together what is answered together: partitions and codes by seat, name and id."""
    topics: dict[tuple[int, str, bytes], list[tuple[int, ErrorCode]]] = {}
    for seat, name, topic_id, partition, code in outcomes:
        answers = topics.setdefault((seat, name, topic_id), [])
        if partition is not None:
            answers.append((partition, code))
    return topics


def _find(topics: TopicsView, topic: AskedTopic, *, by_id: bool) -> tuple[str, bytes, int, ErrorCode]:
    """Return a topic's name, id and number of partitions, and what is said of a partition that it does not have."""
    if by_id:
        name, topic_id = topics.topic_name(topic.topic_id), topic.topic_id
        if name is None:
            return "", topic_id, 0, ErrorCode.UNKNOWN_TOPIC_ID
    else:
        name, topic_id = topic.name, topics.topic_id(topic.name) or ZERO_UUID
    return name, topic_id, topics.partition_count(name) or 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
