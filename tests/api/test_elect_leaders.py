"""ElectLeaders: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.api import create_topics, elect_leaders
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from kafkacompat.wire.messages.elect_leaders import ElectLeadersRequest, TopicPartitions
from tests.metadata.fake_cluster import FakeCluster, finish
from tests.metadata.making import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_NEEDED = (84, "Leader election not needed for topic partition.")


def cluster_of(nodes: int, **topics: Sequence[list[int]]) -> FakeCluster:
    cluster = FakeCluster(nodes)
    wanted = [asked(name, -1, -1, assignments=enumerate(replicas)) for name, replicas in topics.items()]
    cluster.ask(create_topics, CreateTopicsRequest(topics=wanted, timeout_ms=1000, validate_only=False), 7)
    return cluster


def elect(
    cluster: FakeCluster,
    election_type: int,
    wanted: Sequence[tuple[str, list[int]]] | None,
    version: int = 2,
    timeout_ms: int = 1000,
) -> tuple[int, list[tuple[str, list[tuple[int, int, str | None]]]]]:
    topics = None if wanted is None else [TopicPartitions(topic=name, partitions=p) for name, p in wanted]
    request = ElectLeadersRequest(election_type=election_type, topic_partitions=topics, timeout_ms=timeout_ms)
    response: Any = cluster.ask(elect_leaders, request, version)
    return response.error_code, [
        (topic.topic, [(p.partition_id, p.error_code, p.error_message) for p in topic.partition_result])
        for topic in response.replica_election_results
    ]


def leaders(cluster: FakeCluster, name: str) -> list[int]:
    topic = cluster.metadata.topic(name)
    assert topic is not None
    return [partition.leader for partition in topic.partitions]


@pytest.mark.parametrize("version", range(3))
def test_whoever_leads_already_needs_no_election(version: int) -> None:
    cluster = cluster_of(1, c=[[1], [1]])
    assert elect(cluster, 0, [("c", [0, 1])], version) == (0, [("c", [(0, *NOT_NEEDED), (1, *NOT_NEEDED)])])


@pytest.mark.parametrize("election_type", [0, 1])
def test_asked_for_everywhere_what_needs_no_election_is_left_out(election_type: int) -> None:
    cluster = cluster_of(1, b=[[1]], c=[[1], [1]])
    assert elect(cluster, election_type, None) == (0, [("b", []), ("c", [])])


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ([], []),
        ([("c", [])], [("c", [])]),
        ([("c", [99])], [("c", [(99, 3, "No such partition as c-99")])]),
        ([("c", [-1])], [("c", [(-1, 3, "No such partition as c--1")])]),
        ([("nope", [0])], [("nope", [(0, 3, "No such topic as nope")])]),
        ([("c", [0, 0])], [("c", [(0, *NOT_NEEDED), (0, *NOT_NEEDED)])]),
        ([("c", [0]), ("c", [1])], [("c", [(0, *NOT_NEEDED)]), ("c", [(1, *NOT_NEEDED)])]),
    ],
)
def test_everything_named_is_answered_in_order(wanted: list[tuple[str, list[int]]], answer: list[Any]) -> None:
    assert elect(cluster_of(1, c=[[1], [1]]), 0, wanted) == (0, answer)


def test_an_unknown_type_spoils_the_whole_request() -> None:
    cluster = cluster_of(1, c=[[1]])
    assert elect(cluster, 2, [("c", [0])]) == (42, [("c", [(0, 42, "Unknown election type 2")])])
    assert elect(cluster, -1, None) == (42, [])


def test_without_time_nobody_is_elected() -> None:
    cluster = cluster_of(1, c=[[1]])
    assert elect(cluster, 0, None, timeout_ms=0) == (7, [])
    assert elect(cluster, 0, [("c", [0])], timeout_ms=0) == (7, [("c", [(0, 7, None)])])
    assert elect(cluster, 0, [], timeout_ms=0) == (0, [])


def test_the_preferred_replica_leads_again_once_it_is_back() -> None:
    cluster = cluster_of(2, c=[[1, 2]])
    finish(cluster.metadata.stop_node(1))
    assert leaders(cluster, "c") == [2]
    assert elect(cluster, 0, [("c", [0])]) == (0, [("c", [(0, 80, "The preferred leader was not available.")])])
    finish(cluster.metadata.start_node(1))
    assert elect(cluster, 0, None) == (0, [("c", [(0, 0, None)])])
    assert leaders(cluster, "c") == [1]


def test_where_nobody_leads_an_unclean_election_takes_anybody() -> None:
    cluster = cluster_of(2, c=[[1, 2]])
    finish(cluster.metadata.stop_node(1))
    finish(cluster.metadata.stop_node(2))
    finish(cluster.metadata.start_node(1))
    assert leaders(cluster, "c") == [-1]
    assert elect(cluster, 1, [("c", [0])]) == (0, [("c", [(0, 0, None)])])
    assert leaders(cluster, "c") == [1]
    topic = cluster.metadata.topic("c")
    assert topic is not None
    assert topic.partitions[0].isr == [1]
