"""CreatePartitions: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.storage.store import Appended
from kafkacompat.wire.messages.create_partitions import (
    CreatePartitionsAssignment,
    CreatePartitionsRequest,
    CreatePartitionsTopic,
)
from tests.api.wired_node import WiredNode
from tests.metadata.fake_cluster import finish
from tests.storage.batches import batch, to

if TYPE_CHECKING:
    from collections.abc import Sequence

Asked = tuple[str, int, "Sequence[list[int]] | None"]


@pytest.fixture
def node() -> WiredNode:
    node = WiredNode()
    node.create("c", 2)
    return node


def grow(
    node: WiredNode, *wanted: Asked, version: int = 3, timeout_ms: int = 1000, validate_only: bool = False
) -> list[tuple[str, int, str | None]]:
    topics = [
        CreatePartitionsTopic(
            name=name,
            count=count,
            assignments=None if replicas is None else [CreatePartitionsAssignment(broker_ids=r) for r in replicas],
        )
        for name, count, replicas in wanted
    ]
    request = CreatePartitionsRequest(topics=topics, timeout_ms=timeout_ms, validate_only=validate_only)
    return [(r.name, r.error_code, r.error_message) for r in node.ask(request, version).results]


def count(node: WiredNode, name: str = "c") -> int:
    topic = node.cluster.metadata.topic(name)
    assert topic is not None
    return len(topic.partitions)


@pytest.mark.parametrize("version", range(4))
def test_new_partitions_take_records_at_once(node: WiredNode, version: int) -> None:
    assert grow(node, ("c", 3, None), version=version) == [("c", 0, None)]
    (outcome,) = finish(node.cluster.store.append([to(node.key("c", 2), batch(b"v"))]))
    assert outcome == Appended(0, 0)


def test_assignments_are_obeyed(node: WiredNode) -> None:
    assert grow(node, ("c", 3, [[1]])) == [("c", 0, None)]
    assert count(node) == 3


def test_validating_changes_nothing(node: WiredNode) -> None:
    assert grow(node, ("c", 3, None), validate_only=True) == [("c", 0, None)]
    assert count(node) == 2


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (("c", 2, None), 37, "Topic already has 2 partition(s)."),
        (("c", 1, None), 37, "The topic c currently has 2 partition(s); 1 would not be an increase."),
        (("c", -1, None), 37, "The topic c currently has 2 partition(s); -1 would not be an increase."),
        (("nope", 3, None), 3, None),
        (("..", 3, None), 3, None),
        (
            ("c", 3, []),
            39,
            "Attempted to add 1 additional partition(s), but only 0 assignment(s) were specified.",
        ),
        (
            ("c", 3, [[1], [1]]),
            39,
            "Attempted to add 1 additional partition(s), but only 2 assignment(s) were specified.",
        ),
        (
            ("c", 3, [[5]]),
            39,
            "The manual partition assignment includes broker 5, but no such broker is registered.",
        ),
        (("c", 3, [[1, 1]]), 39, "The manual partition assignment includes the broker 1 more than once."),
        (("c", 3, [[]]), 39, "The manual partition assignment includes an empty replica list."),
        (("c", 20_000, None), 44, "Excessively large number of additional partitions per request."),
    ],
)
def test_refusals(node: WiredNode, asked: Asked, code: int, message: str | None) -> None:
    assert grow(node, asked) == [(asked[0], code, message)]
    assert count(node) == 2


def test_each_topic_is_on_its_own_and_those_named_twice_are_refused_once(node: WiredNode) -> None:
    node.create("d")
    assert grow(node, ("c", 3, None), ("d", 2, None), ("c", 4, None), ("nope", 2, None)) == [
        ("c", 42, "Duplicate topic name."),
        ("d", 0, None),
        ("nope", 3, None),
    ]
    assert (count(node), count(node, "d")) == (2, 2)


@pytest.mark.parametrize("timeout_ms", [0, -1])
def test_without_time_nothing_happens(node: WiredNode, timeout_ms: int) -> None:
    assert grow(node, ("c", 3, None), timeout_ms=timeout_ms) == [("c", 7, None)]
    assert grow(node, timeout_ms=timeout_ms) == []
    assert count(node) == 2
