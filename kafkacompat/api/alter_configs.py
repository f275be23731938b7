"""AlterConfigs (key 33), versions 0-2: replace what was set for a resource (KIP-133)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.cluster.config_changes import change_configs
from kafkacompat.metadata.configs import ConfigChange, ConfigOperation, ResourceChange
from kafkacompat.metadata.state import ConfigResource
from kafkacompat.wire.messages.alter_configs import (
    AlterConfigsRequest,
    AlterConfigsResource,
    AlterConfigsResourceResponse,
    AlterConfigsResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError


async def handle(node: Node, _context: Context, request: AlterConfigsRequest) -> AlterConfigsResponse:
    """Change each resource on its own; all of its settings, or none."""
    wanted = [_change(resource) for resource in request.resources]
    outcomes = await change_configs(node, wanted, validate_only=request.validate_only)
    return AlterConfigsResponse(
        responses=[_answer(resource, outcome) for resource, outcome in zip(request.resources, outcomes, strict=True)]
    )


def _change(resource: AlterConfigsResource) -> ResourceChange:
    return ResourceChange(
        ConfigResource(resource.resource_type, resource.resource_name),
        [ConfigChange(config.name, ConfigOperation.SET, config.value) for config in resource.configs],
        replace=True,
    )


def _answer(resource: AlterConfigsResource, error: ApiError | None) -> AlterConfigsResourceResponse:
    answer = AlterConfigsResourceResponse(
        error_message=None, resource_type=resource.resource_type, resource_name=resource.resource_name
    )
    if error is not None:
        answer.error_code = error.code
        answer.error_message = error.message
    return answer


def refuse(_context: Context, request: AlterConfigsRequest, error: ApiError) -> AlterConfigsResponse:
    """Refuse every resource."""
    return AlterConfigsResponse(responses=[_answer(resource, error) for resource in request.resources])
