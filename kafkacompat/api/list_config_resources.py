"""ListConfigResources (key 74), versions 0-1: what has settings of its own (KIP-714, 1142)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.config_changes import BROKER_LOGGER_RESOURCE
from kafkacompat.metadata.state import (
    BROKER_RESOURCE,
    CLIENT_METRICS_RESOURCE,
    GROUP_RESOURCE,
    TOPIC_RESOURCE,
)
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.list_config_resources import (
    ConfigResource,
    ListConfigResourcesRequest,
    ListConfigResourcesResponse,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

FIRST_VERSION_WITH_TYPES: Final = 1
LISTED: Final = (GROUP_RESOURCE, CLIENT_METRICS_RESOURCE, BROKER_LOGGER_RESOURCE, BROKER_RESOURCE, TOPIC_RESOURCE)
"""In the order of the answer."""


async def handle(node: Node, context: Context, request: ListConfigResourcesRequest) -> ListConfigResourcesResponse:
    """List resources of the types asked for, none meaning all; before version 1, subscriptions of client metrics.

    Topics, brokers and their loggers are listed for being there, others for having settings.
    """
    wanted: Sequence[int] = request.resource_types or LISTED
    if context.api_version < FIRST_VERSION_WITH_TYPES:
        wanted = [CLIENT_METRICS_RESOURCE]
    if any(kind not in LISTED for kind in wanted):
        raise ApiError(ErrorCode.UNSUPPORTED_VERSION)
    return ListConfigResourcesResponse(
        config_resources=[
            ConfigResource(resource_name=name, resource_type=kind)
            for kind in LISTED
            if kind in wanted
            for name in _names(node, kind)
        ]
    )


def _names(node: Node, resource_type: int) -> Sequence[str]:
    metadata = node.cluster.metadata
    if resource_type == TOPIC_RESOURCE:
        return [topic.name for topic in metadata.topics()]
    if resource_type in (BROKER_RESOURCE, BROKER_LOGGER_RESOURCE):
        return [str(broker.node_id) for broker in metadata.brokers() if not broker.fenced]
    return metadata.configured(resource_type)


def refuse(_context: Context, _request: ListConfigResourcesRequest, error: ApiError) -> ListConfigResourcesResponse:
    """Answer an error and nothing else."""
    return ListConfigResourcesResponse(error_code=error.code, config_resources=[])
