"""AlterPartitionReassignments and ListPartitionReassignments: what a Kafka 4.4.0 broker answered, and what moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.api import alter_partition_reassignments, create_topics, list_partition_reassignments
from kafkacompat.wire.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    ReassignablePartition,
    ReassignableTopic,
)
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from kafkacompat.wire.messages.list_partition_reassignments import (
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsTopics,
)
from tests.metadata.fake_cluster import FakeCluster
from tests.metadata.making import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.topic import Partition


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster(3)
    topics = [asked("c", -1, -1, assignments=[(0, [1]), (1, [1])])]
    cluster.ask(create_topics, CreateTopicsRequest(topics=topics, timeout_ms=1000, validate_only=False), 7)
    return cluster


def move(
    cluster: FakeCluster,
    *wanted: tuple[str, int, Sequence[int] | None],
    version: int = 1,
    timeout_ms: int = 1000,
    allow: bool = True,
) -> tuple[Any, ...]:
    topics = [
        ReassignableTopic(
            name=name,
            partitions=[ReassignablePartition(partition_index=i, replicas=None if r is None else list(r))],
        )
        for name, i, r in wanted
    ]
    request = AlterPartitionReassignmentsRequest(
        timeout_ms=timeout_ms, allow_replication_factor_change=allow, topics=topics
    )
    response = cluster.ask(alter_partition_reassignments, request, version)
    return (
        response.error_code,
        response.error_message,
        *(
            (topic.name, p.partition_index, p.error_code, p.error_message)
            for topic in response.responses
            for p in topic.partitions
        ),
    )


def partition(cluster: FakeCluster, index: int = 0) -> Partition:
    topic = cluster.metadata.topic("c")
    assert topic is not None
    return topic.partitions[index]


@pytest.mark.parametrize("version", [0, 1])
def test_a_partition_has_moved_when_it_is_answered(cluster: FakeCluster, version: int) -> None:
    assert move(cluster, ("c", 0, [2, 3]), version=version) == (0, None, ("c", 0, 0, None))
    moved = partition(cluster)
    assert (moved.replicas, moved.isr, moved.leader, moved.leader_epoch) == ([2, 3], [2, 3], 2, 1)
    assert partition(cluster, 1).replicas == [1]


def test_a_leader_that_stays_a_replica_goes_on(cluster: FakeCluster) -> None:
    assert move(cluster, ("c", 0, [2, 1])) == (0, None, ("c", 0, 0, None))
    assert (partition(cluster).replicas, partition(cluster).leader, partition(cluster).leader_epoch) == ([2, 1], 1, 0)


def test_to_where_it_is_already_nothing_happens(cluster: FakeCluster) -> None:
    assert move(cluster, ("c", 0, [1])) == (0, None, ("c", 0, 0, None))
    assert partition(cluster).partition_epoch == 0


@pytest.mark.parametrize(
    ("name", "index", "replicas", "code", "message"),
    [
        ("c", 0, None, 85, None),
        ("c", 0, [], 39, "The manual partition assignment includes an empty replica list."),
        ("c", 0, [5], 39, "The manual partition assignment includes broker 5, but no such broker is registered."),
        ("c", 0, [1, 1], 39, "The manual partition assignment includes the broker 1 more than once."),
        ("c", 99, [1], 3, "Unable to find partition c:99."),
        ("c", 99, None, 3, "Unable to find partition c:99."),
        ("nope", 0, [1], 3, "Unable to find a topic named nope."),
    ],
)
def test_refusals(
    cluster: FakeCluster, name: str, index: int, replicas: list[int] | None, code: int, message: str | None
) -> None:
    assert move(cluster, (name, index, replicas)) == (0, None, (name, index, code, message))


def test_the_number_of_replicas_may_be_held(cluster: FakeCluster) -> None:
    assert move(cluster, ("c", 0, [2]), allow=False) == (0, None, ("c", 0, 0, None))
    assert move(cluster, ("c", 0, [2, 3]), allow=False)[2][2] == 38


def test_without_time_nothing_moves(cluster: FakeCluster) -> None:
    assert move(cluster, ("c", 0, [2]), timeout_ms=0) == (7, None, ("c", 0, 7, None))
    assert partition(cluster).replicas == [1]


def test_nothing_asked_for_is_nothing_answered(cluster: FakeCluster) -> None:
    assert move(cluster) == (0, "")


@pytest.mark.parametrize("topics", [None, [], [("c", [0])], [("nope", [0])]])
def test_there_is_never_a_reassignment_going_on(cluster: FakeCluster, topics: list[Any] | None) -> None:
    move(cluster, ("c", 0, [2, 3]))
    named = topics and [ListPartitionReassignmentsTopics(name=n, partition_indexes=p) for n, p in topics]
    response = cluster.ask(list_partition_reassignments, ListPartitionReassignmentsRequest(topics=named), 0)
    assert (response.error_code, response.error_message, response.topics) == (0, None, [])
