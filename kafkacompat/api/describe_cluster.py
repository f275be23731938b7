"""DescribeCluster (key 60), versions 0-2: nodes, cluster id and controller (KIP-700, 919, 1073)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.addresses import addresses, addresses_of_fenced, controller_id
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
        brokers=_brokers(node, context, with_fenced=request.include_fenced_brokers),
        cluster_authorized_operations=(
            CLUSTER_OPERATIONS if request.include_cluster_authorized_operations else NOT_ASKED
        ),
    )


def _brokers(node: Node, context: Context, *, with_fenced: bool) -> list[DescribeClusterBroker]:
    """List the nodes that are alive, and from version 2 on, if asked for, those that are stopped or taken for lost."""
    listener_name = context.listener.name
    found = [(broker, False) for broker in addresses(node.cluster, listener_name)]
    if with_fenced:
        found += [(broker, True) for broker in addresses_of_fenced(node.cluster, listener_name)]
    return [
        DescribeClusterBroker(broker_id=node_id, host=host, port=port, rack=rack, is_fenced=fenced)
        for (node_id, host, port, rack), fenced in sorted(found)
    ]


def _check_endpoint_type(endpoint_type: int) -> None:
    if endpoint_type == CONTROLLERS:
        raise ApiError(
            ErrorCode.MISMATCHED_ENDPOINT_TYPE,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
        )
    if endpoint_type != BROKERS:
        raise ApiError(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, f"Unsupported endpoint type {endpoint_type}")
