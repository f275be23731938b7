"""CreateTopics: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.api import create_topics
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreateTopicsRequest, CreateTopicsResponse
from tests.metadata.fake_cluster import FakeCluster
from tests.metadata.making import asked, topic_id

if TYPE_CHECKING:
    from collections.abc import Sequence


def create(
    cluster: FakeCluster,
    *topics: CreatableTopic,
    version: int = 7,
    timeout_ms: int = 30_000,
    validate_only: bool = False,
) -> CreateTopicsResponse:
    request = CreateTopicsRequest(topics=list(topics), timeout_ms=timeout_ms, validate_only=validate_only)
    response: CreateTopicsResponse = cluster.ask(create_topics, request, version)
    return response


def outcomes(response: CreateTopicsResponse) -> Sequence[tuple[Any, ...]]:
    return [(topic.name, topic.error_code, topic.error_message) for topic in response.topics]


def test_a_topic_is_created_and_ready() -> None:
    cluster = FakeCluster()
    (topic,) = create(cluster, asked("ok", 3)).topics
    assert (topic.error_code, topic.error_message, topic.topic_id) == (0, None, topic_id(100))
    assert (topic.num_partitions, topic.replication_factor, topic.topic_config_error_code) == (3, 1, 0)
    assert cluster.announcements.created == ["ok"]


def test_all_effective_settings_are_shown_with_their_sources() -> None:
    cluster = FakeCluster(log_cleanup_policy="compact")
    configs = [("retention.ms", "5"), ("max.message.bytes", "5000")]
    (topic,) = create(cluster, asked("cfgs", configs=configs)).topics
    assert topic.configs is not None
    assert len(topic.configs) == 37
    assert [config.name for config in topic.configs] == sorted(config.name for config in topic.configs)
    shown = {config.name: (config.value, config.config_source) for config in topic.configs}
    assert shown["retention.ms"] == ("5", 1)
    assert shown["max.message.bytes"] == ("5000", 1)
    assert shown["cleanup.policy"] == ("compact", 4)
    assert shown["segment.bytes"] == ("1073741824", 5)
    assert shown["min.insync.replicas"] == ("1", 3)


def test_old_versions_show_no_settings() -> None:
    (topic,) = create(FakeCluster(), asked("ok"), version=4).topics
    assert topic.configs == []


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6, 7])
def test_minus_one_means_the_defaults_in_every_version(version: int) -> None:
    cluster = FakeCluster(num_partitions="4")
    (topic,) = create(cluster, asked("x", -1, -1), version=version).topics
    assert topic.error_code == 0
    created = cluster.metadata.topic("x")
    assert created is not None
    assert len(created.partitions) == 4


def test_validating_answers_the_same_and_creates_nothing() -> None:
    cluster = FakeCluster()
    (topic,) = create(cluster, asked("vo", 2), validate_only=True).topics
    assert (topic.error_code, topic.num_partitions) == (0, 2)
    assert cluster.metadata.topic("vo") is None


def test_names_given_twice_come_last_and_once() -> None:
    cluster = FakeCluster()
    response = create(cluster, asked("d1"), asked("d1", 2), asked("d2"))
    assert outcomes(response) == [("d2", 0, None), ("d1", 42, "Duplicate topic name.")]
    assert cluster.metadata.topic("d1") is None


def test_the_metadata_log_is_not_for_clients() -> None:
    cluster = FakeCluster()
    response = create(cluster, asked("__cluster_metadata"), asked("ok"))
    assert outcomes(response) == [
        ("ok", 0, None),
        ("__cluster_metadata", 42, "Creation of internal topic __cluster_metadata is prohibited."),
    ]
    twice = create(cluster, asked("__cluster_metadata"), asked("__cluster_metadata"), timeout_ms=0)
    assert outcomes(twice) == [("__cluster_metadata", 42, "Duplicate topic name.")]


@pytest.mark.parametrize("timeout_ms", [0, -1])
def test_without_time_nothing_is_created(timeout_ms: int) -> None:
    cluster = FakeCluster()
    response = create(cluster, asked("d"), asked("d"), asked("t0"), asked(".."), timeout_ms=timeout_ms)
    assert outcomes(response) == [("d", 7, None), ("d", 7, None), ("t0", 7, None), ("..", 7, None)]
    assert list(cluster.metadata.topics()) == []
    assert outcomes(create(cluster, timeout_ms=timeout_ms)) == []


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ([("cleanup.policy", None)], "Null value not supported for topic configs: cleanup.policy"),
        ([("nope", "1")], "Unknown topic config name: nope"),
        ([("", "x")], "Unknown topic config name: "),
        ([("retention.ms", "x")], "Invalid value x for configuration retention.ms: Not a number of type LONG"),
        (
            [("segment.bytes", "10")],
            "Invalid value 10 for configuration segment.bytes: Value must be at least 1048576",
        ),
        (
            [("cleanup.policy", "foo")],
            "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
        ),
        (
            [("min.compaction.lag.ms", "100"), ("max.compaction.lag.ms", "10")],
            "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (10)",
        ),
        (
            [("retention.ms", "x"), ("segment.bytes", "y")],
            "Invalid value y for configuration segment.bytes: Not a number of type INT",
        ),
        (
            [("remote.storage.enable", "true")],
            (
                "Tiered Storage functionality is disabled in the broker. "
                "Topic cannot be configured with remote log storage."
            ),
        ),
        ([("nope", "1"), ("retention.ms", "x")], "Unknown topic config name: nope"),
        ([("nope", "1"), ("retention.ms", None)], "Null value not supported for topic configs: retention.ms"),
    ],
)
def test_impossible_settings(configs: list[tuple[str, str | None]], message: str) -> None:
    response = create(FakeCluster(), asked("c", configs=configs))
    assert outcomes(response) == [("c", 40, message)]


@pytest.mark.parametrize("configs", [[("min.insync.replicas", "3")], [("cleanup.policy", "")]])
def test_settings_that_kafka_lets_through(configs: list[tuple[str, str | None]]) -> None:
    assert outcomes(create(FakeCluster(), asked("c", configs=configs))) == [("c", 0, None)]


@pytest.mark.parametrize("version", [2, 5, 7])
def test_too_large_a_request_is_refused_for_every_topic(version: int) -> None:
    response = create(FakeCluster(), asked("big", 10_001), asked(".."), version=version)
    message = "Excessively large number of partitions per request."
    assert outcomes(response) == [("big", 44, message), ("..", 44, message)]
    assert response.topics[0].num_partitions == -1
