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
    partition = held_partition(node, topic, index, current_leader_epoch)
    if not isinstance(partition, ErrorCode) and partition.leader != node.node_id:
        return ErrorCode.NOT_LEADER_OR_FOLLOWER
    return partition


def held_partition(
    node: Node, topic: Topic | None, index: int, current_leader_epoch: int = NO_EPOCH
) -> Partition | ErrorCode:
    """Return the partition if `node` is one of its replicas and the client's leader epoch is current.

    Whoever holds no replica knows no epochs either, and says only that it is the wrong node (behaviour of Kafka 4.4).
    """
    if topic is None or not 0 <= index < len(topic.partitions):
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    partition = topic.partitions[index]
    if partition.leader != node.node_id and node.node_id not in partition.replicas:
        return ErrorCode.NOT_LEADER_OR_FOLLOWER
    if current_leader_epoch != NO_EPOCH:
        if current_leader_epoch < partition.leader_epoch:
            return ErrorCode.FENCED_LEADER_EPOCH
        if current_leader_epoch > partition.leader_epoch:
            return ErrorCode.UNKNOWN_LEADER_EPOCH
    return partition
