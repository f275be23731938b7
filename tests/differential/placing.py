"""Topics whose replicas are where a scenario wants them, so that both clusters have the same leaders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from kafkacompat.wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from tests.differential.peer import Topic
from tests.differential.requests import fetch, fetch_partition, produce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.differential.peer import Peer

NODES: Final = (0, 1, 2)
LEADER, FOLLOWER, STRANGER = NODES
"""What the nodes are to a partition whose replicas are [0, 1]."""


def assigned(name: str, *replicas: Sequence[int], **configs: str) -> CreatableTopic:
    """Describe a topic by the replicas of each of its partitions."""
    return CreatableTopic(
        name=name,
        num_partitions=-1,
        replication_factor=-1,
        assignments=[
            CreatableReplicaAssignment(partition_index=index, broker_ids=list(nodes))
            for index, nodes in enumerate(replicas)
        ],
        configs=[CreatableTopicConfig(name=key.replace("_", "."), value=text) for key, text in configs.items()],
    )


def placed(peer: Peer, *replicas: Sequence[int], **configs: str) -> Topic:
    """Make a topic and wait until every node knows it, and its leaders lead; the first replica of each leads."""
    name = peer.name("topic")
    wanted = assigned(name, *replicas, **({"retention_ms": "-1"} | configs))
    (made,) = peer.quietly(CreateTopicsRequest(topics=[wanted], timeout_ms=10_000), 7).topics
    assert made.error_code == ErrorCode.NONE, made
    await_leaders(peer, name, [nodes[0] for nodes in replicas])
    return Topic(name, made.topic_id)


def described(peer: Peer, name: str) -> list[Any]:
    """Return the partitions of a topic as a node tells of them."""
    request = MetadataRequest(topics=[MetadataRequestTopic(name=name)], allow_auto_topic_creation=False)
    (topic,) = peer.quietly(request, 12).topics
    return sorted(topic.partitions, key=lambda partition: partition.partition_index)


def await_leaders(peer: Peer, name: str, leaders: Sequence[int], nodes: Sequence[int] = NODES) -> None:
    """Wait until each of the nodes tells these leaders, and leads what it is told to."""
    for node in nodes:
        asked = peer.at(node)

        def is_known(asked: Peer = asked, node: int = node) -> bool:
            told = [partition.leader_id for partition in described(asked, name)]
            return told == list(leaders) and _codes(asked, name, len(told)) == [
                ErrorCode.NONE if leader == node else ErrorCode.NOT_LEADER_OR_FOLLOWER for leader in leaders
            ]

        peer.await_that(is_known)


def await_in_sync(peer: Peer, name: str, in_sync: Sequence[Sequence[int]], nodes: Sequence[int] = NODES) -> None:
    """Wait until each of the nodes tells these replicas in sync, in any order."""
    for node in nodes:
        asked = peer.at(node)

        def is_known(asked: Peer = asked) -> bool:
            return [sorted(p.isr_nodes) for p in described(asked, name)] == [sorted(some) for some in in_sync]

        peer.await_that(is_known)


def _codes(peer: Peer, name: str, partitions: int) -> list[int]:
    asked = [ListOffsetsPartition(partition_index=index, timestamp=-1) for index in range(partitions)]
    request = ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name=name, partitions=asked)])
    (topic,) = peer.quietly(request, 7).topics
    return [p.error_code for p in sorted(topic.partitions, key=lambda partition: partition.partition_index)]


def fill_at(peer: Peer, node: int, topic: Topic, *batches: bytes, partition: int = 0) -> None:
    """Append batches at the leader, in sync replicas and all, without recording."""
    peer.at(node).fill(topic, *batches, partition=partition)


def await_copied(peer: Peer, node: int, topic: Topic, end_offset: int) -> None:
    """Wait until a follower has all records of the first partition, and knows that all others have them."""

    def is_there() -> bool:
        response = peer.at(node).quietly(fetch(12, topic, fetch_partition(fetch_offset=0), max_wait_ms=0), 12)
        (partition,) = response.responses[0].partitions
        high_watermark: int = partition.high_watermark
        return high_watermark == end_offset

    peer.await_that(is_there)


def produced_at(peer: Peer, node: int, version: int, topic: Topic, *records: bytes, note: str, acks: int = -1) -> None:
    """Ask a node to append, and record what it says."""
    peer.at(node).ask(produce(version, topic, *records, acks=acks), version, note)
