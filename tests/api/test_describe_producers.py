"""DescribeProducers: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.wire.messages.describe_producers import DescribeProducersRequest, TopicRequest
from tests.api.wired_node import WiredNode
from tests.storage.batches import NOW_MS, sequenced


@pytest.fixture
def node() -> WiredNode:
    node = WiredNode()
    node.create("c", 2)
    return node


def describe(node: WiredNode, *topics: tuple[str, list[int]]) -> list[Any]:
    wanted = [TopicRequest(name=name, partition_indexes=indexes) for name, indexes in topics]
    response = node.ask(DescribeProducersRequest(topics=wanted), 0)
    return [(topic.name, topic.partitions) for topic in response.topics]


def test_every_producer_shows_its_last_batch(node: WiredNode) -> None:
    node.append("c", sequenced(7, 2, 0, 3), sequenced(4, 0, 0))
    ((_, (partition,)),) = describe(node, ("c", [0]))
    assert (partition.error_code, partition.error_message) == (0, None)
    assert [
        (p.producer_id, p.producer_epoch, p.last_sequence, p.last_timestamp) for p in partition.active_producers
    ] == [(4, 0, 0, NOW_MS), (7, 2, 2, NOW_MS)]
    assert {(p.coordinator_epoch, p.current_txn_start_offset) for p in partition.active_producers} == {(-1, -1)}


@pytest.mark.parametrize(
    ("name", "index", "code", "message"),
    [
        ("c", 1, 0, None),
        ("c", 99, 3, None),
        ("c", -1, 3, None),
        ("nope", 0, 3, "This server does not host this topic-partition."),
        ("__cluster_metadata", 0, 3, "This server does not host this topic-partition."),
        ("..", 0, 17, "Topic name is invalid: '..' is not allowed"),
        ("", 0, 17, "Topic name is invalid: the empty string is not allowed"),
    ],
)
def test_each_partition_is_answered_on_its_own(
    node: WiredNode, name: str, index: int, code: int, message: str | None
) -> None:
    ((answered, (partition,)),) = describe(node, (name, [index]))
    assert (answered, partition.partition_index) == (name, index)
    assert (partition.error_code, partition.error_message, partition.active_producers) == (code, message, [])


def test_what_is_named_twice_is_answered_twice(node: WiredNode) -> None:
    answered = describe(node, ("c", [0, 0]), ("c", [1]))
    assert [(name, [p.partition_index for p in partitions]) for name, partitions in answered] == [
        ("c", [0, 0]),
        ("c", [1]),
    ]
