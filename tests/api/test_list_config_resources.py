"""ListConfigResources: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.api import alter_configs, create_topics, list_config_resources
from kafkacompat.wire.messages.alter_configs import AlterableConfig, AlterConfigsRequest, AlterConfigsResource
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from kafkacompat.wire.messages.list_config_resources import ListConfigResourcesRequest
from tests.metadata.fake_cluster import FakeCluster
from tests.metadata.making import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERYTHING = [("g", 32), ("m", 16), ("1", 8), ("1", 4), ("a", 2), ("b", 2)]


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    topics = [asked("b"), asked("a", configs=[("retention.ms", "5")])]
    cluster.ask(create_topics, CreateTopicsRequest(topics=topics, timeout_ms=1000, validate_only=False), 7)
    resources = [
        AlterConfigsResource(resource_type=kind, resource_name=name, configs=[AlterableConfig(name=key, value="50000")])
        for kind, name, key in ((16, "m", "interval.ms"), (32, "g", "consumer.session.timeout.ms"))
    ]
    cluster.ask(alter_configs, AlterConfigsRequest(resources=resources, validate_only=False), 2)
    return cluster


@pytest.mark.parametrize(
    ("types", "listed"),
    [
        ([], EVERYTHING),
        ([2], EVERYTHING[4:]),
        ([4], EVERYTHING[3:4]),
        ([8], EVERYTHING[2:3]),
        ([16], EVERYTHING[1:2]),
        ([32], EVERYTHING[:1]),
        ([2, 4], EVERYTHING[3:]),
        ([2, 2], EVERYTHING[4:]),
    ],
)
def test_resources_are_listed_by_type(
    cluster: FakeCluster, types: list[int], listed: Sequence[tuple[str, int]]
) -> None:
    response = cluster.ask(list_config_resources, ListConfigResourcesRequest(resource_types=types), 1)
    assert response.error_code == 0
    assert [(r.resource_name, r.resource_type) for r in response.config_resources] == listed


@pytest.mark.parametrize("types", [[0], [99], [4, 99]])
def test_unknown_types_are_refused(cluster: FakeCluster, types: list[int]) -> None:
    response = cluster.ask(list_config_resources, ListConfigResourcesRequest(resource_types=types), 1)
    assert (response.error_code, response.config_resources) == (35, [])


def test_the_first_version_lists_subscriptions_of_client_metrics(cluster: FakeCluster) -> None:
    response = cluster.ask(list_config_resources, ListConfigResourcesRequest(), 0)
    assert [r.resource_name for r in response.config_resources] == ["m"]
