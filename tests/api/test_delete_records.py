"""DeleteRecords: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.messages.delete_records import DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic
from tests.api.wired_node import WiredNode
from tests.storage.batches import batch

Asked = tuple[str, list[tuple[int, int]]]


@pytest.fixture
def node() -> WiredNode:
    node = WiredNode()
    node.create("c", 2)
    node.append("c", batch(b"a"), batch(b"b"))
    return node


def delete(node: WiredNode, *wanted: Asked, version: int = 2, timeout_ms: int = 1000) -> list[Asked]:
    """Return code and low watermark of each partition, by topic."""
    topics = [
        DeleteRecordsTopic(
            name=name,
            partitions=[DeleteRecordsPartition(partition_index=index, offset=offset) for index, offset in offsets],
        )
        for name, offsets in wanted
    ]
    response = node.ask(DeleteRecordsRequest(topics=topics, timeout_ms=timeout_ms), version)
    return [(topic.name, [(p.error_code, p.low_watermark) for p in topic.partitions]) for topic in response.topics]


@pytest.mark.parametrize("version", range(3))
def test_what_is_before_an_offset_goes_and_never_comes_back(node: WiredNode, version: int) -> None:
    assert delete(node, ("c", [(0, 1)]), version=version) == [("c", [(0, 1)])]
    assert delete(node, ("c", [(0, 0)]), version=version) == [("c", [(0, 1)])]
    assert delete(node, ("c", [(0, -1)]), version=version) == [("c", [(0, 2)])]


@pytest.mark.parametrize(
    ("name", "index", "offset", "code"),
    [
        ("c", 0, 99, 1),
        ("c", 0, -2, 1),
        ("c", 9, 0, 3),
        ("c", -1, 0, 3),
        ("nope", 0, 0, 3),
        ("", 0, 0, 3),
        ("__cluster_metadata", 0, 0, 3),
        ("compacted", 0, 0, 44),
    ],
)
def test_refusals(node: WiredNode, name: str, index: int, offset: int, code: int) -> None:
    node.create("compacted", cleanup_policy="compact")
    assert delete(node, (name, [(index, offset)])) == [(name, [(code, -1)])]


def test_a_topic_that_is_compacted_and_deleted_from_may_be_deleted_from(node: WiredNode) -> None:
    node.create("both", cleanup_policy="compact,delete")
    assert delete(node, ("both", [(0, 0)])) == [("both", [(0, 0)])]


def test_every_partition_is_answered_once_with_its_last_offset(node: WiredNode) -> None:
    assert delete(node, ("c", [(0, 1), (0, 2)]), ("nope", [(1, 2)]), ("c", [(1, 0)])) == [
        ("c", [(0, 2), (0, 0)]),
        ("nope", [(3, -1)]),
    ]
    assert delete(node, ("c", [])) == []


def test_the_time_that_is_left_does_not_matter(node: WiredNode) -> None:
    assert delete(node, ("c", [(0, 1)]), timeout_ms=0) == [("c", [(0, 1)])]
