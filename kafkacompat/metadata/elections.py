"""Who leads a partition when a broker leaves or comes back (KIP-966: eligible leader replicas).

Every replica of this cluster reads the same log, so one that is back is in sync at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.metadata.topic import NO_LEADER
from kafkacompat.wire.metadata_records import PartitionChangeRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from kafkacompat.metadata.state import MetadataState
    from kafkacompat.metadata.topic import Partition

UNCHANGED: Final = -2
"""What a change of a partition carries where its leader stays; any other leader begins an epoch."""


def broker_left(state: MetadataState, node_id: int) -> list[PartitionChangeRecord]:
    """Take a broker out of every partition; the last replica in sync stays eligible, so that it may lead again."""
    changes = (
        _without(topic_id, index, partition, node_id, minimum)
        for topic_id, index, partition, minimum in _partitions(state)
        if node_id in partition.isr or node_id == partition.leader
    )
    return list(changes)


def broker_returned(state: MetadataState, node_id: int) -> list[PartitionChangeRecord]:
    """Bring a broker back into its partitions: it leads those that have no leader and may have this one."""
    alive = {broker.node_id for broker in state.brokers.values() if not broker.fenced} | {node_id}
    changes = (
        _with(topic_id, index, partition, node_id, alive, minimum)
        for topic_id, index, partition, minimum in _partitions(state)
        if node_id in partition.replicas and (partition.leader == NO_LEADER or node_id not in partition.isr)
    )
    return [change for change in changes if change is not None]


def elected(topic_id: bytes, index: int, leader: int) -> PartitionChangeRecord:
    """Make a replica in sync the leader."""
    return PartitionChangeRecord(partition_id=index, topic_id=topic_id, leader=leader)


def _partitions(state: MetadataState) -> Iterator[tuple[bytes, int, Partition, int]]:
    for topic in state.sorted_topics():
        minimum = topic.config.min_insync_replicas
        for index, partition in enumerate(topic.partitions):
            yield topic.topic_id, index, partition, min(minimum, len(partition.replicas))


def _without(topic_id: bytes, index: int, partition: Partition, node_id: int, minimum: int) -> PartitionChangeRecord:
    isr = [replica for replica in partition.isr if replica != node_id]
    leader = UNCHANGED
    if partition.leader == node_id:
        leader = next((replica for replica in partition.replicas if replica in isr), NO_LEADER)
    change = PartitionChangeRecord(partition_id=index, topic_id=topic_id, isr=isr, leader=leader)
    if len(isr) < minimum:
        change.eligible_leader_replicas = sorted({*partition.eligible_leader_replicas, *partition.isr} - {*isr})
        if leader == NO_LEADER:
            change.last_known_elr = [node_id]
    return change


def _with(
    topic_id: bytes, index: int, partition: Partition, node_id: int, alive: AbstractSet[int], minimum: int
) -> PartitionChangeRecord | None:
    isr = sorted([*partition.isr, node_id])
    change = PartitionChangeRecord(partition_id=index, topic_id=topic_id)
    if partition.leader == NO_LEADER:
        if not _may_lead(partition, node_id):
            return None
        # Replicas that came back before have waited for a leader to follow.
        isr = [node_id, *(replica for replica in partition.replicas if replica in alive - {node_id})]
        change.leader = node_id
        change.last_known_elr = []
    change.isr = isr
    eligible = [] if len(isr) >= minimum else [r for r in partition.eligible_leader_replicas if r not in isr]
    if eligible != partition.eligible_leader_replicas:
        change.eligible_leader_replicas = eligible
    return change


def _may_lead(partition: Partition, node_id: int) -> bool:
    return node_id in partition.isr or node_id in partition.eligible_leader_replicas
