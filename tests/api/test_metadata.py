"""Metadata: what a Kafka 4.4.0 broker answered to the same requests, but for topics created on the way."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.api import metadata
from kafkacompat.wire.messages.metadata import (
    MetadataRequest,
    MetadataRequestTopic,
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
)
from kafkacompat.wire.schema import ZERO_UUID
from tests.metadata.fake_cluster import CLUSTER_ID, FakeCluster, finish
from tests.metadata.making import asked, topic_id

NOT_ASKED = -(1 << 31)
A, B, UNKNOWN = topic_id(100), topic_id(101), b"\7" * 16


def cluster_with_a_and_b(nodes: int = 1, **values: str) -> FakeCluster:
    cluster = FakeCluster(nodes, **values)
    finish(cluster.metadata.create_topics([asked("b", 2), asked("a")]))
    return cluster


def ask(
    cluster: FakeCluster,
    topics: list[str | bytes | tuple[str | None, bytes]] | None,
    version: int = 13,
    listener: str = "PLAINTEXT",
    **flags: bool,
) -> MetadataResponse:
    wanted = None
    if topics is not None:
        pairs = [
            topic if isinstance(topic, tuple) else (topic, ZERO_UUID) if isinstance(topic, str) else (None, topic)
            for topic in topics
        ]
        wanted = [MetadataRequestTopic(name=name, topic_id=identity) for name, identity in pairs]
    response: MetadataResponse = cluster.ask(metadata, MetadataRequest(topics=wanted, **flags), version, listener)
    return response


def found(response: MetadataResponse) -> list[tuple[Any, ...]]:
    return [(topic.error_code, topic.name, topic.topic_id, len(topic.partitions)) for topic in response.topics]


def test_nodes_are_told_by_the_address_of_the_listener() -> None:
    cluster = FakeCluster(2)
    response = ask(cluster, [])
    assert response.brokers == [
        MetadataResponseBroker(node_id=1, host="plaintext1", port=9092, rack="rack1"),
        MetadataResponseBroker(node_id=2, host="plaintext2", port=9092, rack="rack2"),
    ]
    assert (response.cluster_id, response.controller_id, response.topics) == (CLUSTER_ID, 1, [])


def test_partitions_have_leaders_epochs_and_replicas() -> None:
    (topic,) = ask(cluster_with_a_and_b(), ["b"]).topics
    assert topic.partitions == [
        MetadataResponsePartition(
            partition_index=index, leader_id=1, leader_epoch=0, replica_nodes=[1], isr_nodes=[1], offline_replicas=[]
        )
        for index in range(2)
    ]


@pytest.mark.parametrize("version", range(14))
def test_all_topics(version: int) -> None:
    response = ask(cluster_with_a_and_b(), None if version else [], version)
    assert [topic.name for topic in response.topics] == ["a", "b"]


def test_known_topics_come_first_and_each_once() -> None:
    response = ask(cluster_with_a_and_b(), ["nope", "a", "..", "b", "a", ""], allow_auto_topic_creation=False)
    assert found(response) == [
        (0, "a", B, 1),
        (0, "b", A, 2),
        (3, "nope", ZERO_UUID, 0),
        (17, "..", ZERO_UUID, 0),
        (17, "", ZERO_UUID, 0),
    ]


@pytest.mark.parametrize("version", [0, 1, 3, 4, 12, 13])
def test_a_topic_that_is_asked_for_is_created_and_ready(version: int) -> None:
    cluster = FakeCluster(num_partitions="3")
    assert found(ask(cluster, ["new"], version)) == [(0, "new", topic_id(100), 3)]
    assert cluster.announcements.created == ["new"]


@pytest.mark.parametrize("name", ["a_b", "__cluster_metadata"])
def test_what_cannot_be_created_is_unknown(name: str) -> None:
    cluster = FakeCluster()
    finish(cluster.metadata.create_topics([asked("a.b")]))
    assert found(ask(cluster, [name])) == [(3, name, ZERO_UUID, 0)]


def test_topics_are_created_only_where_broker_and_client_agree() -> None:
    assert found(ask(FakeCluster(), ["new"], allow_auto_topic_creation=False)) == [(3, "new", ZERO_UUID, 0)]
    assert found(ask(FakeCluster(auto_create_topics_enable="false"), ["new"])) == [(3, "new", ZERO_UUID, 0)]


def test_internal_topics() -> None:
    cluster = FakeCluster()
    missing = ask(cluster, ["__consumer_offsets", "__transaction_state"], allow_auto_topic_creation=False)
    assert [(topic.error_code, topic.is_internal) for topic in missing.topics] == [(3, True), (3, True)]
    made = ask(cluster, ["__consumer_offsets", "__transaction_state"])
    assert [(topic.error_code, topic.is_internal, len(topic.partitions)) for topic in made.topics] == [
        (0, True, 50),
        (0, True, 50),
    ]


def test_by_id_unknown_ones_come_first_and_names_are_passed_over() -> None:
    cluster = cluster_with_a_and_b()
    assert found(ask(cluster, ["b", B, UNKNOWN, B])) == [(100, None, UNKNOWN, 0), (0, "a", B, 1)]
    assert found(ask(cluster, [("b", B)])) == [(0, "a", B, 1)]


@pytest.mark.parametrize("topic", [("q", A), (None, A), (None, ZERO_UUID)])
@pytest.mark.parametrize("version", [10, 11])
def test_ids_are_refused_before_version_12(version: int, topic: tuple[str | None, bytes]) -> None:
    response = ask(cluster_with_a_and_b(), [topic], version)
    assert found(response) == [(42, topic[0] or "", topic[1], 0)]
    assert (response.brokers, response.controller_id) == ([], -1)


def test_neither_name_nor_id() -> None:
    response = ask(cluster_with_a_and_b(), [(None, ZERO_UUID)])
    assert (response.error_code, found(response)) == (-1, [(-1, "", ZERO_UUID, 0)])


@pytest.mark.parametrize(("version", "cluster_operations"), [(8, 8096), (10, 8096)])
def test_operations_are_told_when_asked(version: int, cluster_operations: int) -> None:
    response = ask(
        cluster_with_a_and_b(),
        ["a", "nope"],
        version,
        allow_auto_topic_creation=False,
        include_cluster_authorized_operations=True,
        include_topic_authorized_operations=True,
    )
    assert response.cluster_authorized_operations == cluster_operations
    assert [topic.topic_authorized_operations for topic in response.topics] == [3576, 3576]
    silent = ask(cluster_with_a_and_b(), ["a"], version)
    assert silent.cluster_authorized_operations == silent.topics[0].topic_authorized_operations == NOT_ASKED


@pytest.mark.parametrize(("version", "code"), [(5, 5), (6, 72), (13, 72)])
def test_a_leader_without_the_listener_cannot_be_reached(version: int, code: int) -> None:
    cluster = cluster_with_a_and_b(2)
    cluster.nodes[2].listeners["EXTERNAL"] = cluster.listener("EXTERNAL", 2)
    response = ask(cluster, ["b"], version, "EXTERNAL")
    assert [broker.host for broker in response.brokers] == ["external2"]
    first, second = response.topics[0].partitions
    assert (first.error_code, first.leader_id, first.offline_replicas) == (code, -1, [1])
    assert (second.error_code, second.leader_id, second.offline_replicas) == (0, 2, [])
