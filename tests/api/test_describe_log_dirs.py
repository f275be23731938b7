"""DescribeLogDirs: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.cluster.disk_space import DiskSpace
from kafkacompat.wire.messages.describe_log_dirs import DescribableLogDirTopic, DescribeLogDirsRequest
from tests.api.wired_node import WiredNode
from tests.storage.batches import batch

SIZE = len(batch(b"a"))


@pytest.fixture
def node() -> WiredNode:
    node = WiredNode({"log.dirs": "/somewhere"})
    node.create("b")
    node.create("c", 2)
    node.append("c", batch(b"a"), batch(b"b"), partition=1)
    return node


def described(node: WiredNode, topics: list[tuple[str, list[int]]] | None, version: int = 5) -> list[Any]:
    wanted = None if topics is None else [DescribableLogDirTopic(topic=n, partitions=p) for n, p in topics]
    (result,) = node.ask(DescribeLogDirsRequest(topics=wanted), version).results
    assert (result.error_code, result.log_dir) == (0, "/somewhere")
    return [
        (topic.name, [(p.partition_index, p.partition_size, p.offset_lag, p.is_future_key) for p in topic.partitions])
        for topic in result.topics
    ]


@pytest.mark.parametrize("version", range(1, 6))
def test_null_means_everything(node: WiredNode, version: int) -> None:
    assert described(node, None, version) == [
        ("b", [(0, 0, 0, False)]),
        ("c", [(0, 0, 0, False), (1, 2 * SIZE, 0, False)]),
    ]


@pytest.mark.parametrize(
    ("topics", "indexes"),
    [
        ([("c", [1])], [1]),
        ([("c", [1, 99])], [1]),
        ([("c", [0]), ("c", [1, 1])], [0, 1]),
        ([("c", [])], []),
        ([("nope", [0])], []),
        ([], []),
    ],
)
def test_only_what_is_asked_for_and_here_is_described(
    node: WiredNode, topics: list[tuple[str, list[int]]], indexes: list[int]
) -> None:
    found = described(node, topics)
    assert [p[0] for _, partitions in found for p in partitions] == indexes
    assert [name for name, _ in found] == ["c"] * bool(indexes)


def test_room_is_told_where_somebody_knows_it(node: WiredNode) -> None:
    request = DescribeLogDirsRequest(topics=[])
    (result,) = node.ask(request, 4).results
    assert (result.total_bytes, result.usable_bytes) == (-1, -1)
    node.cluster.log_directory_space = lambda: DiskSpace(100, 40)
    (result,) = node.ask(request, 4).results
    assert (result.total_bytes, result.usable_bytes, result.is_cordoned) == (100, 40, False)
