"""IncrementalAlterConfigs (key 44), versions 0-1: change settings of a resource one by one (KIP-339)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.cluster.config_changes import change_configs
from kafkacompat.metadata.configs import ConfigChange, ResourceChange
from kafkacompat.metadata.state import ConfigResource
from kafkacompat.wire.messages.incremental_alter_configs import (
    AlterConfigsResource,
    AlterConfigsResourceResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError


async def handle(
    node: Node, _context: Context, request: IncrementalAlterConfigsRequest
) -> IncrementalAlterConfigsResponse:
    """Change each resource on its own; all of its settings, or none."""
    wanted = [_change(resource) for resource in request.resources]
    outcomes = await change_configs(node, wanted, validate_only=request.validate_only)
    return IncrementalAlterConfigsResponse(
        responses=[_answer(resource, outcome) for resource, outcome in zip(request.resources, outcomes, strict=True)]
    )


def _change(resource: AlterConfigsResource) -> ResourceChange:
    return ResourceChange(
        ConfigResource(resource.resource_type, resource.resource_name),
        [ConfigChange(config.name, config.config_operation, config.value) for config in resource.configs],
    )


def _answer(resource: AlterConfigsResource, error: ApiError | None) -> AlterConfigsResourceResponse:
    answer = AlterConfigsResourceResponse(
        error_message=None, resource_type=resource.resource_type, resource_name=resource.resource_name
    )
    if error is not None:
        answer.error_code = error.code
        answer.error_message = error.message
    return answer


def refuse(
    _context: Context, request: IncrementalAlterConfigsRequest, error: ApiError
) -> IncrementalAlterConfigsResponse:
    """Refuse every resource."""
    return IncrementalAlterConfigsResponse(responses=[_answer(resource, error) for resource in request.resources])
