"""Who leads a partition, and whether a request may be served here: the checks every partition request begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Partition, Topic

NO_EPOCH = -1


def led_partition(
    node: Node, topic: Topic | None, index: int, current_leader_epoch: int = NO_EPOCH
) -> Partition | ErrorCode:
    """Return the partition if `node` leads it and the client's leader epoch (KIP-320; -1: none given) is current."""
    if topic is None or not 0 <= index < len(topic.partitions):
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    partition = topic.partitions[index]
    if current_leader_epoch != NO_EPOCH:
        if current_leader_epoch < partition.leader_epoch:
            return ErrorCode.FENCED_LEADER_EPOCH
        if current_leader_epoch > partition.leader_epoch:
            return ErrorCode.UNKNOWN_LEADER_EPOCH
    if partition.leader != node.node_id:
        return ErrorCode.NOT_LEADER_OR_FOLLOWER
    return partition
