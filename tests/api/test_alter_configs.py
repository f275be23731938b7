"""AlterConfigs: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.api import alter_configs, create_topics
from kafkacompat.wire.messages.alter_configs import AlterableConfig, AlterConfigsRequest, AlterConfigsResource
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from tests.metadata.fake_cluster import FakeCluster
from tests.metadata.making import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
OK = (0, None)


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    topics = [asked("a", configs=[("retention.ms", "5"), ("segment.ms", "6")])]
    cluster.ask(create_topics, CreateTopicsRequest(topics=topics, timeout_ms=1000, validate_only=False), 7)
    return cluster


def alter(
    cluster: FakeCluster,
    kind: int,
    name: str,
    configs: Mapping[str, str | None],
    version: int = 2,
    *,
    validate_only: bool = False,
) -> tuple[int, str | None]:
    wanted = [AlterableConfig(name=key, value=value) for key, value in configs.items()]
    resource = AlterConfigsResource(resource_type=kind, resource_name=name, configs=wanted)
    request = AlterConfigsRequest(resources=[resource], validate_only=validate_only)
    (answer,) = cluster.ask(alter_configs, request, version).responses
    return answer.error_code, answer.error_message


def own(cluster: FakeCluster) -> dict[str, str]:
    topic = cluster.metadata.topic("a")
    assert topic is not None
    return topic.configs


@pytest.mark.parametrize("version", [0, 1, 2])
def test_what_is_not_named_is_taken_away(cluster: FakeCluster, version: int) -> None:
    assert alter(cluster, TOPIC, "a", {"retention.ms": "7"}, version) == OK
    assert own(cluster) == {"retention.ms": "7"}
    assert alter(cluster, TOPIC, "a", {}, version) == OK
    assert own(cluster) == {}


def test_validating_changes_nothing(cluster: FakeCluster) -> None:
    assert alter(cluster, TOPIC, "a", {"retention.ms": "7"}, validate_only=True) == OK
    assert own(cluster) == {"retention.ms": "5", "segment.ms": "6"}


@pytest.mark.parametrize(
    ("kind", "name", "configs", "code", "message"),
    [
        (TOPIC, "a", {"segment.ms": None}, 42, "Null value not supported for : segment.ms"),
        (TOPIC, "a", {"nope": "1"}, 40, "Unknown topic config name: nope"),
        (TOPIC, "nope", {"retention.ms": "1"}, 3, "The topic 'nope' does not exist."),
        (
            BROKER,
            "",
            {"message.max.bytes": "50000"},
            40,
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        ),
        (BROKER, "1", {"num.partitions": "5"}, 42, "Cannot update these configs dynamically: [num.partitions]"),
        (BROKER, "5", {"log.retention.ms": "5"}, 42, "Unexpected broker id, expected 1, but received 5"),
        (GROUP, "", {"consumer.session.timeout.ms": "50000"}, 42, "Default group resources are not allowed."),
        (LOGGER, "1", {"root": "INFO"}, 42, "Unknown resource type 8"),
        (77, "x", {"root": "INFO"}, 42, "Unknown resource type 77"),
    ],
)
def test_refusals(
    cluster: FakeCluster, kind: int, name: str, configs: dict[str, str | None], code: int, message: str
) -> None:
    assert alter(cluster, kind, name, configs) == (code, message)


@pytest.mark.parametrize(
    ("kind", "name", "configs"),
    [
        (BROKER, "", {"log.retention.ms": "50000", "min.insync.replicas": "1"}),
        (BROKER, "1", {"log.retention.ms": "50000"}),
        (GROUP, "g", {"consumer.session.timeout.ms": "50000"}),
        (CLIENT_METRICS, "m", {"interval.ms": "50000"}),
    ],
)
def test_every_kind_of_resource_can_be_set_and_cleared(
    cluster: FakeCluster, kind: int, name: str, configs: dict[str, str | None]
) -> None:
    assert alter(cluster, kind, name, configs) == OK
    assert cluster.metadata.configs(kind, name) == configs
    rest: dict[str, str | None] = {"min.insync.replicas": "1"} if (kind, name) == (BROKER, "") else {}
    assert alter(cluster, kind, name, rest) == OK
    assert cluster.metadata.configs(kind, name) == rest
