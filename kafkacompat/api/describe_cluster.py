"""DescribeCluster (key 60), versions 0-2: nodes, cluster id and controller (KIP-700, 919, 1073)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.addresses import addresses, controller_id
from kafkacompat.cluster.operations import CLUSTER_OPERATIONS, NOT_ASKED
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.describe_cluster import (
    DescribeClusterBroker,
    DescribeClusterRequest,
    DescribeClusterResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

BROKERS: Final = 1
CONTROLLERS: Final = 2


async def handle(node: Node, context: Context, request: DescribeClusterRequest) -> DescribeClusterResponse:
    """Describe the brokers; a client that wants controllers has come to the wrong door."""
    _check_endpoint_type(request.endpoint_type)
    return DescribeClusterResponse(
        cluster_id=node.cluster.cluster_id,
        controller_id=controller_id(node.cluster),
        brokers=[
            DescribeClusterBroker(broker_id=broker.node_id, host=broker.host, port=broker.port, rack=broker.rack)
            for broker in addresses(node.cluster, context.listener.name)
        ],
        cluster_authorized_operations=(
            CLUSTER_OPERATIONS if request.include_cluster_authorized_operations else NOT_ASKED
        ),
    )


def _check_endpoint_type(endpoint_type: int) -> None:
    if endpoint_type == CONTROLLERS:
        raise ApiError(
            ErrorCode.MISMATCHED_ENDPOINT_TYPE,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
        )
    if endpoint_type != BROKERS:
        raise ApiError(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, f"Unsupported endpoint type {endpoint_type}")
