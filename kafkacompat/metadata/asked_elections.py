"""Elections that a client asks for: a pure decision, in Kafka's words (KIP-183, 460)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.elections import elected
from kafkacompat.metadata.topic import NO_LEADER
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.state import MetadataState
    from kafkacompat.metadata.topic import Partition
    from kafkacompat.wire.metadata_records import PartitionChangeRecord


class ElectionType(IntEnum):
    """Whom to elect: the first replica, or, where nobody leads, anybody."""

    PREFERRED = 0
    UNCLEAN = 1


class ElectionOutcome(NamedTuple):
    """What became of one partition's election; None: a leader was elected."""

    topic_name: str
    partition_index: int
    error: ApiError | None


def elect_leaders(
    state: MetadataState, wanted: Sequence[tuple[str, int]], election_type: ElectionType
) -> Decision[list[ElectionOutcome]]:
    """Elect leaders of partitions, named by topic and index; the reply has an outcome for each, in order."""
    records: list[PartitionChangeRecord] = []
    outcomes = []
    for name, index in wanted:
        try:
            record = _elect(state, name, index, election_type)
        except ApiError as refusal:
            outcomes.append(ElectionOutcome(name, index, refusal))
        else:
            if record not in records:
                records.append(record)
            outcomes.append(ElectionOutcome(name, index, None))
    return Decision(outcomes, records)


def _elect(state: MetadataState, name: str, index: int, election_type: ElectionType) -> PartitionChangeRecord:
    topic = state.topics.get(name)
    if topic is None:
        raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"No such topic as {name}")
    if not 0 <= index < len(topic.partitions):
        raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"No such partition as {name}-{index}")
    partition = topic.partitions[index]
    elect = _preferred if election_type is ElectionType.PREFERRED else _anybody
    leader = elect(state, partition)
    record = elected(topic.topic_id, index, leader)
    if leader not in partition.isr:
        record.isr, record.eligible_leader_replicas, record.last_known_elr = [leader], [], []
    return record


def _preferred(state: MetadataState, partition: Partition) -> int:
    preferred = partition.replicas[0]
    if partition.leader == preferred:
        raise _not_needed()
    if preferred not in partition.isr or not state.serves(preferred):
        raise ApiError(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, "The preferred leader was not available.")
    return preferred


def _anybody(state: MetadataState, partition: Partition) -> int:
    if partition.leader != NO_LEADER:
        raise _not_needed()
    candidates = [*partition.isr, *partition.eligible_leader_replicas, *partition.replicas]
    leader = next((replica for replica in candidates if state.serves(replica)), None)
    if leader is None:
        raise ApiError(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "Eligible topic partition leaders are not available.")
    return leader


def _not_needed() -> ApiError:
    return ApiError(ErrorCode.ELECTION_NOT_NEEDED, "Leader election not needed for topic partition.")
