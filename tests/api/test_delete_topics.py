"""DeleteTopics: what a Kafka 4.4.0 broker answered to the same requests (it shuffles answers; here they are sorted)."""

from __future__ import annotations

import pytest

from kafkacompat.api import delete_topics
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkacompat.wire.schema import ZERO_UUID
from tests.metadata.fake_cluster import FakeCluster, finish
from tests.metadata.making import asked, topic_id

Asked = str | bytes | tuple[str, bytes] | None
Result = tuple[str | None, bytes, int, str | None]

A, B, UNKNOWN = topic_id(100), topic_id(101), b"\7" * 16

UNKNOWN_NAME = "This server does not host this topic-partition."
UNKNOWN_ID = "This server does not host this topic ID."
DUPLICATE_NAME = "Duplicate topic name."
BOTH = "You may not specify both topic name and topic id."
NEITHER = "Neither topic name nor id were specified."


def cluster_with_a_and_b(**values: str) -> FakeCluster:
    cluster = FakeCluster(**values)
    finish(cluster.metadata.create_topics([asked("a"), asked("b")]))
    return cluster


def state(topic: Asked) -> DeleteTopicState:
    if isinstance(topic, tuple):
        return DeleteTopicState(name=topic[0], topic_id=topic[1])
    if isinstance(topic, bytes):
        return DeleteTopicState(name=None, topic_id=topic)
    return DeleteTopicState(name=topic)


def delete(cluster: FakeCluster, *topics: Asked, version: int = 6, timeout_ms: int = 30_000) -> list[Result]:
    if version >= 6:
        request = DeleteTopicsRequest(topics=[state(topic) for topic in topics], timeout_ms=timeout_ms)
    else:
        names = [topic for topic in topics if isinstance(topic, str)]
        request = DeleteTopicsRequest(topic_names=names, timeout_ms=timeout_ms)
    response = cluster.ask(delete_topics, request, version)
    results = [(r.name, r.topic_id, r.error_code, r.error_message) for r in response.responses]
    return sorted(results, key=lambda result: (result[0] or "", result[1]))


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_by_name(version: int) -> None:
    cluster = cluster_with_a_and_b()
    assert delete(cluster, "a", "nope", version=version) == [
        ("a", A, 0, None),
        ("nope", ZERO_UUID, 3, UNKNOWN_NAME),
    ]
    assert cluster.metadata.topic("a") is None
    assert cluster.announcements.deleted == ["a"]


def test_by_id() -> None:
    cluster = cluster_with_a_and_b()
    assert delete(cluster, B, UNKNOWN) == [(None, UNKNOWN, 100, UNKNOWN_ID), ("b", B, 0, None)]
    assert [topic.name for topic in cluster.metadata.topics()] == ["a"]


@pytest.mark.parametrize(
    ("topics", "results"),
    [
        ([("nope", UNKNOWN)], [("nope", UNKNOWN, 42, BOTH)]),
        ([("a", A)], [("a", A, 42, BOTH)]),
        ([None, None], [(None, ZERO_UUID, 42, NEITHER)] * 2),
        (["a", "a"], [("a", ZERO_UUID, 42, DUPLICATE_NAME)]),
        (["nope", "nope"], [("nope", ZERO_UUID, 42, DUPLICATE_NAME)]),
        ([A, A], [(None, A, 42, "Duplicate topic id.")]),
        (["a", A], [("a", A, 42, "The provided topic name maps to an ID that was already supplied.")]),
        (["..", ""], [("", ZERO_UUID, 3, UNKNOWN_NAME), ("..", ZERO_UUID, 3, UNKNOWN_NAME)]),
        (["__cluster_metadata"], [("__cluster_metadata", ZERO_UUID, 3, UNKNOWN_NAME)]),
        ([], []),
    ],
)
def test_what_is_not_deleted(topics: list[Asked], results: list[Result]) -> None:
    cluster = cluster_with_a_and_b()
    assert delete(cluster, *topics) == results
    assert [topic.name for topic in cluster.metadata.topics()] == ["a", "b"]


def test_a_topic_asked_for_badly_and_well_is_deleted() -> None:
    assert delete(cluster_with_a_and_b(), ("a", A), "a") == [("a", A, 42, BOTH), ("a", A, 0, None)]


@pytest.mark.parametrize("timeout_ms", [0, -1])
def test_without_time_nothing_is_deleted(timeout_ms: int) -> None:
    cluster = cluster_with_a_and_b()
    assert delete(cluster, "a", "a", B, None, timeout_ms=timeout_ms) == [
        (None, ZERO_UUID, 7, None),
        (None, B, 7, None),
        ("a", ZERO_UUID, 7, None),
        ("a", ZERO_UUID, 7, None),
    ]
    assert delete(cluster, "a", "a", timeout_ms=timeout_ms) == [("a", ZERO_UUID, 42, DUPLICATE_NAME)]
    assert len(cluster.metadata.topics()) == 2


@pytest.mark.parametrize(("version", "code"), [(1, 42), (2, 42), (3, 73), (5, 73), (6, 73)])
def test_deletion_may_be_disabled(version: int, code: int) -> None:
    cluster = cluster_with_a_and_b(delete_topic_enable="false")
    assert delete(cluster, "a", version=version) == [("a", ZERO_UUID, code, None)]
    assert delete(cluster, version=version) == []
