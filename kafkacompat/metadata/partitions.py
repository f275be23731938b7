"""Adding partitions to topics: a pure decision, with the checks in Kafka's order and its words (KIP-195)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.assignments import check_replicas
from kafkacompat.metadata.placement import place
from kafkacompat.metadata.topics import MAX_PARTITIONS_PER_REQUEST, partition_record
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.rules import TopicRules
    from kafkacompat.metadata.state import MetadataState
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.wire.metadata_records import PartitionRecord

EXCESSIVE_PARTITIONS: Final = "Excessively large number of additional partitions per request."


class MorePartitions(NamedTuple):
    """How many partitions a topic is to have; `assignments` name the replicas of the new ones, None: place them."""

    name: str
    partition_count: int
    assignments: Sequence[Sequence[int]] | None = None


def create_partitions(
    state: MetadataState, wanted: Sequence[MorePartitions], rules: TopicRules, *, validate_only: bool = False
) -> Decision[list[ApiError | None]]:
    """Add partitions to different topics, each on its own; the reply says for each why not, or None.

    POLICY_VIOLATION for the whole request if it is too large.
    """
    if _partitions_asked(state, wanted) > MAX_PARTITIONS_PER_REQUEST:
        return Decision(ApiError(ErrorCode.POLICY_VIOLATION, EXCESSIVE_PARTITIONS))
    records: list[PartitionRecord] = []
    outcomes: list[ApiError | None] = []
    first_leader = state.partition_count
    for more in wanted:
        try:
            added = _add(state, more, rules, first_leader)
        except ApiError as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(None)
            records += added
            first_leader += len(added)
    return Decision(outcomes, [] if validate_only else records)


def _partitions_asked(state: MetadataState, wanted: Sequence[MorePartitions]) -> int:
    topics = ((more, state.topics.get(more.name)) for more in wanted)
    return sum(max(more.partition_count - len(topic.partitions), 0) for more, topic in topics if topic is not None)


def _add(state: MetadataState, more: MorePartitions, rules: TopicRules, first_leader: int) -> list[PartitionRecord]:
    topic = state.topics.get(more.name)
    if topic is None:
        raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    there, wanted = len(topic.partitions), more.partition_count
    if wanted == there:
        raise ApiError(ErrorCode.INVALID_PARTITIONS, f"Topic already has {there} partition(s).")
    if wanted < there:
        message = f"The topic {more.name} currently has {there} partition(s); {wanted} would not be an increase."
        raise ApiError(ErrorCode.INVALID_PARTITIONS, message)
    replicas = _replicas(state, more, topic, rules, first_leader)
    return [
        partition_record(topic.topic_id, there + index, nodes, rules, state.serves)
        for index, nodes in enumerate(replicas)
    ]


def _replicas(
    state: MetadataState, more: MorePartitions, topic: Topic, rules: TopicRules, first_leader: int
) -> Sequence[Sequence[int]]:
    additional = more.partition_count - len(topic.partitions)
    factor = len(topic.partitions[0].replicas)
    if more.assignments is None:
        idle = {node_id for node_id in rules.node_ids if not state.serves(node_id)}
        if len(idle) == len(rules.node_ids):
            raise ApiError(
                ErrorCode.INVALID_REPLICATION_FACTOR,
                f"Unable to replicate the partition {factor} time(s): All brokers are currently fenced or have all "
                "their log directories cordoned.",
            )
        return place(rules.node_ids, first_leader, additional, factor, idle=idle, racks=rules.racks)
    if len(more.assignments) != additional:
        raise ApiError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            f"Attempted to add {additional} additional partition(s), but only {len(more.assignments)} assignment(s) "
            "were specified.",
        )
    for index, replicas in enumerate(more.assignments):
        check_replicas(replicas, rules.node_ids, factor)
        if not any(map(state.serves, replicas)):
            raise ApiError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                "All brokers specified in the manual partition assignment for partition "
                f"{len(topic.partitions) + index} are fenced or in controlled shutdown.",
            )
    return more.assignments
