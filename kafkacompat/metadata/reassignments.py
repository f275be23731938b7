"""Moving partitions to other nodes (KIP-455): a pure decision, in Kafka's words.

All nodes read the same logs, so a new replica is in sync at once, and a reassignment is over when it is answered: there
is never one to list or to cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.assignments import check_replicas
from kafkacompat.metadata.topic import NO_LEADER
from kafkacompat.metadata.topics import UNASSIGNED_DIRECTORY
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.metadata_records import PartitionChangeRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.rules import TopicRules
    from kafkacompat.metadata.state import MetadataState


class Reassignment(NamedTuple):
    """Where a partition is to be; None cancels a reassignment that is going on."""

    topic_name: str
    partition_index: int
    replicas: Sequence[int] | None


def reassign(
    state: MetadataState, wanted: Sequence[Reassignment], rules: TopicRules, *, allow_factor_change: bool
) -> Decision[list[ApiError | None]]:
    """Move partitions, each on its own; the reply says for each, in order, why not, or None."""
    records: list[PartitionChangeRecord] = []
    outcomes: list[ApiError | None] = []
    for one in wanted:
        try:
            record = _reassign(state, one, rules, allow_factor_change=allow_factor_change)
        except ApiError as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(None)
            if record is not None:
                records.append(record)
    return Decision(outcomes, records)


def _reassign(
    state: MetadataState, wanted: Reassignment, rules: TopicRules, *, allow_factor_change: bool
) -> PartitionChangeRecord | None:
    topic = state.topics.get(wanted.topic_name)
    if topic is None:
        raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"Unable to find a topic named {wanted.topic_name}.")
    index, replicas = wanted.partition_index, wanted.replicas
    if not 0 <= index < len(topic.partitions):
        message = f"Unable to find partition {wanted.topic_name}:{index}."
        raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message)
    if replicas is None:
        raise ApiError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS)
    partition = topic.partitions[index]
    check_replicas(replicas, rules.node_ids, None)
    if not allow_factor_change and len(replicas) != len(partition.replicas):
        raise ApiError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            f"The replication factor is changed from {len(partition.replicas)} to {len(replicas)}",
        )
    if list(replicas) == partition.replicas:
        return None
    in_sync = [replica for replica in replicas if state.serves(replica)]
    change = PartitionChangeRecord(
        partition_id=index,
        topic_id=topic.topic_id,
        replicas=list(replicas),
        isr=in_sync,
        directories=[rules.directory_ids.get(replica, UNASSIGNED_DIRECTORY) for replica in replicas],
    )
    if partition.leader not in in_sync:
        change.leader = in_sync[0] if in_sync else NO_LEADER
    return change
