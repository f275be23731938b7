"""DescribeQuorum: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.wire.messages.describe_quorum import DescribeQuorumRequest, PartitionDataAsked, TopicDataAsked
from tests.api.wired_node import WiredNode

METADATA = "__cluster_metadata"


def describe(node: WiredNode, *topics: tuple[str, list[int]], version: int = 2) -> Any:
    wanted = [
        TopicDataAsked(topic_name=name, partitions=[PartitionDataAsked(partition_index=index) for index in indexes])
        for name, indexes in topics
    ]
    return node.ask(DescribeQuorumRequest(topics=wanted), version)


@pytest.mark.parametrize("version", range(3))
def test_the_node_leads_the_metadata_log_and_is_its_only_voter(version: int) -> None:
    node = WiredNode()
    response = describe(node, (METADATA, [0]), version=version)
    ((topic,), now_ms) = response.topics, node.wired.clock.now_ms()
    (partition,) = topic.partitions
    assert (response.error_code, topic.topic_name, partition.error_code) == (0, METADATA, 0)
    # The log begins with a leader change, nine records in one batch, two registrations and two changes.
    assert (partition.leader_id, partition.leader_epoch, partition.high_watermark) == (1, 1, 14)
    (voter,) = partition.current_voters
    assert (voter.replica_id, voter.replica_directory_id, voter.log_end_offset) == (1, bytes(16), 14)
    assert (voter.last_fetch_timestamp, voter.last_caught_up_timestamp) == (now_ms, now_ms)
    assert partition.observers == []
    ((controller,),) = (response.nodes,)
    assert [(door.name, door.host, door.port) for door in controller.listeners] == [("CONTROLLER", "broker.test", 9092)]


@pytest.mark.parametrize(
    "topics",
    [[], [(METADATA, [1])], [("c", [0])], [(METADATA, [0, 1])], [(METADATA, [])], [("c", [0]), (METADATA, [0])]],
)
def test_anything_else_is_unknown(topics: list[tuple[str, list[int]]]) -> None:
    response = describe(WiredNode(), *topics)
    assert (response.error_code, response.nodes) == (0, [])
    assert [(t.topic_name, [p.partition_index for p in t.partitions]) for t in response.topics] == topics
    for partition in (p for topic in response.topics for p in topic.partitions):
        assert partition.error_code == 3
        assert partition.error_message == "This server does not host this topic-partition."
        assert (partition.leader_id, partition.leader_epoch, partition.high_watermark) == (0, 0, 0)
