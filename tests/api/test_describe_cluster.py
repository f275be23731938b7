"""DescribeCluster: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.api import describe_cluster
from kafkacompat.wire.messages.describe_cluster import (
    DescribeClusterBroker,
    DescribeClusterRequest,
    DescribeClusterResponse,
)
from tests.metadata.fake_cluster import CLUSTER_ID, FakeCluster


def ask(version: int, endpoint_type: int = 1, *, operations: bool = False) -> DescribeClusterResponse:
    request = DescribeClusterRequest(include_cluster_authorized_operations=operations, endpoint_type=endpoint_type)
    response: DescribeClusterResponse = FakeCluster(2).ask(describe_cluster, request, version)
    return response


@pytest.mark.parametrize("version", [0, 1, 2])
def test_the_cluster_and_its_nodes(version: int) -> None:
    response = ask(version)
    assert (response.error_code, response.error_message, response.endpoint_type) == (0, None, 1)
    assert (response.cluster_id, response.controller_id) == (CLUSTER_ID, 1)
    assert response.brokers == [
        DescribeClusterBroker(broker_id=1, host="plaintext1", port=9092, rack="rack1"),
        DescribeClusterBroker(broker_id=2, host="plaintext2", port=9092, rack="rack2"),
    ]


@pytest.mark.parametrize(("asked", "told"), [(True, 8096), (False, -(1 << 31))])
def test_operations_are_told_when_asked(asked: bool, told: int) -> None:  # noqa: FBT001 - a parameter of the table
    assert ask(2, operations=asked).cluster_authorized_operations == told


@pytest.mark.parametrize(
    ("endpoint_type", "code", "message"),
    [
        (2, 114, "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"),
        (3, 115, "Unsupported endpoint type 3"),
        (0, 115, "Unsupported endpoint type 0"),
    ],
)
def test_brokers_are_all_there_is_here(endpoint_type: int, code: int, message: str) -> None:
    response = ask(1, endpoint_type)
    assert (response.error_code, response.error_message) == (code, message)
    assert (response.cluster_id, response.controller_id, response.brokers) == ("", -1, [])
