"""IncrementalAlterConfigs: what a Kafka 4.4.0 broker answered to the same requests, and what holds afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.api import create_topics, describe_configs, incremental_alter_configs
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from kafkacompat.wire.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from tests.metadata.fake_cluster import FakeCluster
from tests.metadata.making import asked

TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
SET, DELETE, APPEND, SUBTRACT = range(4)
OK = (0, None)

Change = tuple[str, int, str | None]


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    request = CreateTopicsRequest(topics=[asked("a"), asked("b")], timeout_ms=1000, validate_only=False)
    cluster.ask(create_topics, request, 7)
    return cluster


def resource(kind: int, name: str, *changes: Change) -> AlterConfigsResource:
    configs = [AlterableConfig(name=key, config_operation=operation, value=value) for key, operation, value in changes]
    return AlterConfigsResource(resource_type=kind, resource_name=name, configs=configs)


def alter(
    cluster: FakeCluster, *resources: AlterConfigsResource, version: int = 1, validate_only: bool = False
) -> list[tuple[int, str | None]]:
    request = IncrementalAlterConfigsRequest(resources=list(resources), validate_only=validate_only)
    response = cluster.ask(incremental_alter_configs, request, version)
    assert [(r.resource_type, r.resource_name) for r in response.responses] == [
        (r.resource_type, r.resource_name) for r in resources
    ]
    return [(answer.error_code, answer.error_message) for answer in response.responses]


def described(cluster: FakeCluster, kind: int, name: str, key: str) -> tuple[Any, ...]:
    """Value and source of a setting, then value and source of each synonym."""
    asked_for = DescribeConfigsResource(resource_type=kind, resource_name=name, configuration_keys=[key])
    request = DescribeConfigsRequest(resources=[asked_for], include_synonyms=True)
    (result,) = cluster.ask(describe_configs, request, 4).results
    (config,) = result.configs
    return (config.value, config.config_source, *((s.name, s.value, s.source) for s in config.synonyms))


@pytest.mark.parametrize(
    ("kind", "name", "change", "code", "message"),
    [
        (TOPIC, "a", ("nope", SET, "5"), 40, "Unknown topic config name: nope"),
        (TOPIC, "a", ("retention.ms", SET, None), 42, "Null value not supported for : retention.ms"),
        (TOPIC, "a", ("cleanup.policy", APPEND, None), 42, "Null value not supported for : cleanup.policy"),
        (
            TOPIC,
            "a",
            ("retention.ms", SET, "x"),
            40,
            "Invalid value x for configuration retention.ms: Not a number of type LONG",
        ),
        (
            TOPIC,
            "a",
            ("retention.ms", APPEND, "5"),
            40,
            "Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (
            TOPIC,
            "a",
            ("retention.ms", SUBTRACT, "5"),
            40,
            "Can't SUBTRACT to key retention.ms because its type is not LIST.",
        ),
        (TOPIC, "a", ("nope", APPEND, "5"), 40, "Can't APPEND to key nope because its type is not LIST."),
        (
            TOPIC,
            "a",
            ("cleanup.policy", APPEND, "foo"),
            40,
            "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
        ),
        (TOPIC, "a", ("retention.ms", 9, "5"), -1, None),
        (TOPIC, "nope", ("retention.ms", SET, "9"), 3, "The topic 'nope' does not exist."),
        (TOPIC, "nope", ("nope", SET, "9"), 40, "Unknown topic config name: nope"),
        (TOPIC, "..", ("retention.ms", SET, "9"), 17, "Topic name is invalid: '..' is not allowed"),
        (TOPIC, "", ("retention.ms", SET, "9"), 42, "Default topic resources are not allowed."),
        (BROKER, "1", ("num.partitions", SET, "2"), 42, "Cannot update these configs dynamically: [num.partitions]"),
        (
            BROKER,
            "",
            ("log.retention.hours", SET, "2"),
            42,
            "Cannot update these configs dynamically: [log.retention.hours]",
        ),
        (
            BROKER,
            "1",
            ("log.retention.ms", SET, "0"),
            42,
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
        ),
        (
            BROKER,
            "1",
            ("log.cleaner.threads", SET, "x"),
            42,
            "Invalid value x for configuration log.cleaner.threads: Not a number of type INT",
        ),
        (
            BROKER,
            "1",
            ("log.cleaner.threads", SET, "100"),
            42,
            (
                "Invalid value org.apache.kafka.common.config.ConfigException: Log cleaner threads cannot be increased "
                "to more than double the current value 1 for configuration Invalid dynamic configuration"
            ),
        ),
        (
            BROKER,
            "",
            ("num.io.threads", SET, "2"),
            42,
            (
                "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation "
                "failed for num.io.threads=2, value should be at least half the current value 8 for configuration "
                "Invalid dynamic configuration"
            ),
        ),
        (BROKER, "2", ("log.retention.ms", SET, "2"), 42, "Unexpected broker id, expected 1, but received 2"),
        (BROKER, "x", ("log.retention.ms", SET, "2"), 42, "Node id must be an integer, but it is: x"),
        (
            BROKER,
            "1",
            ("log.retention.ms", APPEND, "x"),
            40,
            "Config value append is not allowed for config key: log.retention.ms",
        ),
        (BROKER, "1", ("nope", APPEND, "x"), 40, "Unknown config name: nope"),
        (BROKER, "1", ("log.retention.ms", 7, "x"), 42, "Unknown operations type 7"),
        (
            BROKER,
            "1",
            ("ssl.keystore.password", SET, "x"),
            42,
            (
                "These security configs can be dynamically updated only per-listener using the listener prefix: "
                "[ssl.keystore.password]"
            ),
        ),
        (
            BROKER,
            "",
            ("sasl.enabled.mechanisms", SET, "PLAIN"),
            42,
            (
                "Cannot update these configs at default cluster level, broker id must be specified: "
                "[sasl.enabled.mechanisms]"
            ),
        ),
        (
            BROKER,
            "1",
            ("min.insync.replicas", SET, "2"),
            40,
            "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        ),
        (
            BROKER,
            "",
            ("min.insync.replicas", DELETE, None),
            40,
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        ),
        (
            GROUP,
            "g",
            ("consumer.session.timeout.ms", SET, "1"),
            40,
            "consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive.",
        ),
        (GROUP, "g", ("nope", SET, "1"), 40, "Unknown group config name: nope"),
        (GROUP, "", ("consumer.session.timeout.ms", SET, "50000"), 42, "Default group resources are not allowed."),
        (
            GROUP,
            "g",
            ("streams.num.standby.replicas", SET, "9"),
            40,
            "streams.num.standby.replicas must be less than or equal to 2",
        ),
        (
            GROUP,
            "g",
            ("streams.assignor.name", SET, "x"),
            40,
            "streams.assignor.name 'x' is not a registered task assignor. Registered assignors are: [sticky].",
        ),
        (
            GROUP,
            "g",
            ("share.auto.offset.reset", SET, "nope"),
            40,
            (
                "Invalid value nope for configuration share.auto.offset.reset: Invalid value `nope` for configuration "
                "share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format "
                "'by_duration:<PnDTnHnMn.nS>'."
            ),
        ),
        (
            CLIENT_METRICS,
            "m",
            ("interval.ms", SET, "50"),
            42,
            "Invalid value 50 for interval.ms, interval must be between 100 and 3600000 (1 hour)",
        ),
        (CLIENT_METRICS, "m", ("nope", SET, "c"), 42, "Unknown client metrics configuration: nope"),
        (CLIENT_METRICS, "m", ("match", SET, "client_id=["), 40, "Illegal client matching pattern: client_id=["),
        (CLIENT_METRICS, "m", ("match", SET, "client_id=a,x=b"), 40, "Illegal client matching pattern: x=b"),
        (
            CLIENT_METRICS,
            "m",
            ("metrics", APPEND, "c"),
            40,
            "Can't APPEND to key metrics because its type is not LIST.",
        ),
        (CLIENT_METRICS, "", ("metrics", SET, "c"), 42, "Subscription name can't be empty"),
        (LOGGER, "1", ("kafka", SET, "INFO"), 40, "Logger kafka does not exist!"),
        (LOGGER, "2", ("root", SET, "INFO"), 42, "Unexpected node id. Expected 1, but received 2"),
        (LOGGER, "1", ("root", DELETE, None), 42, "Removing the log level of the root logger is not allowed"),
        (LOGGER, "1", ("root", APPEND, "a"), 42, "APPEND operation is not allowed for the BROKER_LOGGER resource"),
        (
            LOGGER,
            "1",
            ("root", SET, "info"),
            40,
            (
                "Cannot set the log level of root to info as it is not a supported log level. "
                "Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN"
            ),
        ),
        (99, "a", ("x", SET, "y"), 42, "Unknown resource type 99"),
    ],
)
def test_refusals(cluster: FakeCluster, kind: int, name: str, change: Change, code: int, message: str | None) -> None:
    assert alter(cluster, resource(kind, name, change)) == [(code, message)]


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        (TOPIC, "a", ("nope", DELETE, None)),
        (TOPIC, "a", ("segment.ms", DELETE, "x")),
        (BROKER, "1", ("nope", SET, "x")),
        (BROKER, "+01", ("log.retention.ms", SET, "7")),
        (BROKER, "1", ("num.partitions", DELETE, None)),
        (BROKER, "1", ("listener.name.plaintext.ssl.keystore.password", SET, "secret")),
        (BROKER, "", ("max.connections", SET, "1000")),
        (GROUP, "g", ("nope", DELETE, None)),
        (CLIENT_METRICS, "m", ("match", SET, " client_id = a ")),
        (CLIENT_METRICS, "m", ("metrics", SET, "*")),
        (LOGGER, "1", ("root", SET, "DEBUG")),
    ],
)
def test_what_kafka_lets_through(cluster: FakeCluster, kind: int, name: str, change: Change) -> None:
    assert alter(cluster, resource(kind, name, change)) == [OK]


def test_a_topic_setting_is_in_effect_at_once_and_can_be_taken_back(cluster: FakeCluster) -> None:
    topic = cluster.metadata.topic("a")
    assert topic is not None
    assert alter(cluster, resource(TOPIC, "a", ("retention.ms", SET, "77"))) == [OK]
    assert topic.config.retention_ms == 77
    assert cluster.announcements.changed == ["a"]
    assert described(cluster, TOPIC, "a", "retention.ms")[:2] == ("77", 1)
    assert alter(cluster, resource(TOPIC, "a", ("retention.ms", DELETE, None))) == [OK]
    assert topic.config.retention_ms == 604_800_000


def test_lists_grow_and_shrink_from_what_the_broker_was_started_with(cluster: FakeCluster) -> None:
    def policy(change: Change) -> tuple[Any, ...]:
        assert alter(cluster, resource(TOPIC, "a", change)) == [OK]
        return described(cluster, TOPIC, "a", "cleanup.policy")[:2]

    assert policy(("cleanup.policy", APPEND, "compact")) == ("delete,compact", 1)
    assert policy(("cleanup.policy", APPEND, "compact")) == ("delete,compact", 1)
    assert policy(("cleanup.policy", SUBTRACT, "delete")) == ("compact", 1)
    assert policy(("cleanup.policy", SUBTRACT, "compact")) == ("", 1)
    assert policy(("cleanup.policy", DELETE, None)) == ("delete", 5)
    assert alter(cluster, resource(BROKER, "1", ("log.cleanup.policy", APPEND, "compact"))) == [OK]
    assert policy(("cleanup.policy", SUBTRACT, "delete")) == ("", 1)


def test_a_broker_setting_wins_over_the_clusters_which_wins_over_the_start() -> None:
    cluster = FakeCluster(log_retention_ms="1000")
    cluster.ask(create_topics, CreateTopicsRequest(topics=[asked("a")], timeout_ms=9, validate_only=False), 7)
    topic = cluster.metadata.topic("a")
    assert topic is not None
    assert alter(cluster, resource(BROKER, "", ("log.retention.ms", SET, "2000"))) == [OK]
    assert topic.config.retention_ms == 2000
    assert alter(cluster, resource(BROKER, "1", ("log.retention.ms", SET, "3000"))) == [OK]
    assert topic.config.retention_ms == 3000
    behind = (
        ("log.retention.ms", "3000", 2),
        ("log.retention.ms", "2000", 3),
        ("log.retention.ms", "1000", 4),
        ("log.retention.hours", "168", 5),
    )
    assert described(cluster, TOPIC, "a", "retention.ms") == ("3000", 2, *behind)
    assert described(cluster, BROKER, "1", "log.retention.ms") == ("3000", 2, *behind)
    assert described(cluster, BROKER, "", "log.retention.ms")[:2] == ("2000", 3)
    assert alter(cluster, resource(BROKER, "1", ("log.retention.ms", DELETE, None))) == [OK]
    assert topic.config.retention_ms == 2000
    assert cluster.announcements.changed == ["a", "a", "a"]


def test_groups_and_subscriptions_show_what_was_set_for_them(cluster: FakeCluster) -> None:
    assert alter(cluster, resource(GROUP, "g", ("consumer.session.timeout.ms", SET, "50000"))) == [OK]
    assert described(cluster, GROUP, "g", "consumer.session.timeout.ms") == (
        "50000",
        8,
        ("consumer.session.timeout.ms", "50000", 8),
        ("group.consumer.session.timeout.ms", "45000", 5),
    )
    assert described(cluster, GROUP, "other", "consumer.session.timeout.ms")[:2] == ("45000", 5)
    assert alter(cluster, resource(CLIENT_METRICS, "m", ("interval.ms", SET, "5000"))) == [OK]
    assert described(cluster, CLIENT_METRICS, "m", "interval.ms") == ("5000", 7, ("interval.ms", "5000", 7))


def test_secrets_and_unknown_settings_are_not_shown(cluster: FakeCluster) -> None:
    name = "listener.name.plaintext.ssl.keystore.password"
    assert alter(cluster, resource(BROKER, "1", (name, SET, "secret"), ("plug.in", SET, "x"))) == [OK]
    assert described(cluster, BROKER, "1", name) == (None, 2, (name, None, 2))
    assert described(cluster, BROKER, "1", "plug.in") == (None, 2, ("plug.in", None, 2))


@pytest.mark.parametrize("version", [0, 1])
def test_validating_changes_nothing(cluster: FakeCluster, version: int) -> None:
    wanted = [resource(TOPIC, "a", ("retention.ms", SET, "77")), resource(TOPIC, "b", ("retention.ms", SET, "x"))]
    outcomes = alter(cluster, *wanted, validate_only=True, version=version)
    assert [code for code, _ in outcomes] == [0, 40]
    topic = cluster.metadata.topic("a")
    assert topic is not None
    assert topic.configs == {}


def test_each_resource_is_changed_whole_or_not_at_all(cluster: FakeCluster) -> None:
    wanted = [
        resource(TOPIC, "a", ("retention.ms", SET, "77"), ("segment.ms", SET, "x")),
        resource(TOPIC, "b", ("retention.ms", SET, "78")),
    ]
    assert [code for code, _ in alter(cluster, *wanted)] == [40, 0]
    first, second = cluster.metadata.topic("a"), cluster.metadata.topic("b")
    assert first is not None
    assert second is not None
    assert (first.configs, second.configs) == ({}, {"retention.ms": "78"})


def test_what_is_named_twice_is_not_changed(cluster: FakeCluster) -> None:
    twice = resource(TOPIC, "a", ("retention.ms", SET, "1"), ("retention.ms", DELETE, None))
    assert alter(cluster, twice) == [(42, "Error due to duplicate config keys")]
    one, other = (resource(TOPIC, "a", ("retention.ms", SET, value)) for value in "12")
    assert alter(cluster, one, other) == [(42, "Each resource must appear at most once.")] * 2


def test_settings_between_each_other_are_checked_with_those_already_set(cluster: FakeCluster) -> None:
    assert alter(cluster, resource(TOPIC, "a", ("min.compaction.lag.ms", SET, "100"))) == [OK]
    assert alter(cluster, resource(TOPIC, "a", ("max.compaction.lag.ms", SET, "10"))) == [
        (40, "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (10)")
    ]
