"""DescribeConfigs (key 32), versions 0-4 (KIP-133, 226, 569, 714, 848).

Documentation is never given: clients that ask for it read null.  There are no loggers to describe, as Kafka knows them.
Version 0 tells of a setting only whether it is a default (Kafka 3.9 told it of none).
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.node_settings import node_settings
from kafkacompat.metadata.state import BROKER_RESOURCE
from kafkacompat.metadata.topic_names import name_problem
from kafkacompat.settings.describe import (
    ConfigRow,
    broker_rows,
    client_metrics_rows,
    cluster_rows,
    group_rows,
    topic_rows,
)
from kafkacompat.settings.settings import ConfigSource
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResourceResult,
    DescribeConfigsResponse,
    DescribeConfigsResult,
    DescribeConfigsSynonym,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


class ResourceType(IntEnum):
    """What has settings, as the protocol numbers it."""

    TOPIC = 2
    BROKER = 4
    BROKER_LOGGER = 8
    CLIENT_METRICS = 16
    GROUP = 32


_KNOWN_TYPES: Final = frozenset(ResourceType)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,100}", re.ASCII)
_INT32_BOUND: Final = 1 << 31

MALFORMED_TEXT: Final = (
    "This most likely occurs because of a request being malformed by the client library or the message was sent "
    "to an incompatible broker. See the broker logs for more details."
)
"""What Kafka says of an invalid request where it has nothing better to say."""


async def handle(node: Node, _context: Context, request: DescribeConfigsRequest) -> DescribeConfigsResponse:
    """Describe each resource on its own; one of an unknown type spoils them all, as in Kafka."""
    if any(resource.resource_type not in _KNOWN_TYPES for resource in request.resources):
        raise ApiError(ErrorCode.INVALID_REQUEST, MALFORMED_TEXT)
    results = [_describe(node, resource, synonyms=request.include_synonyms) for resource in request.resources]
    return DescribeConfigsResponse(results=results)


def refuse(_context: Context, request: DescribeConfigsRequest, error: ApiError) -> DescribeConfigsResponse:
    """Refuse every resource."""
    return DescribeConfigsResponse(results=[_refused(resource, error) for resource in request.resources])


def _describe(node: Node, resource: DescribeConfigsResource, *, synonyms: bool) -> DescribeConfigsResult:
    try:
        rows = _rows(node, ResourceType(resource.resource_type), resource.resource_name)
    except ApiError as error:
        return _refused(resource, error)
    wanted = resource.configuration_keys
    return DescribeConfigsResult(
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        # No keys at all and an empty list of them both mean every key.
        configs=[_config(row, synonyms=synonyms) for row in rows if not wanted or row.name in wanted],
    )


def _refused(resource: DescribeConfigsResource, error: ApiError) -> DescribeConfigsResult:
    return DescribeConfigsResult(
        error_code=error.code,
        error_message=error.message or "",
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[],
    )


def _rows(node: Node, resource_type: ResourceType, name: str) -> list[ConfigRow]:
    match resource_type:
        case ResourceType.TOPIC:
            return _topic(node, name)
        case ResourceType.BROKER:
            return _broker(node, name)
        case ResourceType.BROKER_LOGGER:
            return _broker_logger(node, name)
        case ResourceType.GROUP:
            _require_name(name, "Group name")
            return group_rows(node.cluster.settings, node.cluster.metadata.configs(resource_type, name))
        case ResourceType.CLIENT_METRICS:
            _require_name(name, "Client metrics subscription name")
            return client_metrics_rows(node.cluster.metadata.configs(resource_type, name))


def _topic(node: Node, name: str) -> list[ConfigRow]:
    problem = name_problem(name)
    if problem is not None:
        raise ApiError(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
    topic = node.cluster.metadata.topic(name)
    if topic is None:
        raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    return topic_rows(node_settings(node), topic.configs)


def _broker(node: Node, name: str) -> list[ConfigRow]:
    """Describe this node; without a name, what is set for all nodes at run time."""
    if not name:
        return cluster_rows(node.cluster.metadata.configs(BROKER_RESOURCE, ""))
    _require_own_id(node, name, expected=f"{node.node_id} or empty string,")
    return broker_rows(node_settings(node))


def _broker_logger(node: Node, name: str) -> list[ConfigRow]:
    _require_name(name, "Broker id")
    _require_own_id(node, name, expected=str(node.node_id))
    return []


def _require_name(name: str, what: str) -> None:
    if not name:
        raise ApiError(ErrorCode.INVALID_REQUEST, f"{what} must not be empty")


def _require_own_id(node: Node, name: str, *, expected: str) -> None:
    if _INTEGER.fullmatch(name) is None or not -_INT32_BOUND <= int(name) < _INT32_BOUND:
        raise ApiError(ErrorCode.INVALID_REQUEST, f"Broker id must be an integer, but it is: {name}")
    if int(name) != node.node_id:
        raise ApiError(ErrorCode.INVALID_REQUEST, f"Unexpected broker id, expected {expected} but received {int(name)}")


def _config(row: ConfigRow, *, synonyms: bool) -> DescribeConfigsResourceResult:
    return DescribeConfigsResourceResult(
        name=row.name,
        value=row.value,
        read_only=row.read_only,
        is_default=row.source == ConfigSource.DEFAULT,
        config_source=row.source,
        is_sensitive=row.is_sensitive,
        synonyms=[DescribeConfigsSynonym(name=s.name, value=s.value, source=s.source) for s in row.synonyms]
        if synonyms
        else [],
        config_type=row.type_code,
        documentation=None,
    )
