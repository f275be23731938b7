"""Changes of settings as a broker takes them in: it checks what concerns brokers, the controller does the rest."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.node_settings import node_settings
from kafkacompat.metadata.configs import ConfigOperation, ResourceChange
from kafkacompat.metadata.state import (
    BROKER_RESOURCE,
    CLIENT_METRICS_RESOURCE,
    GROUP_RESOURCE,
    TOPIC_RESOURCE,
)
from kafkacompat.settings.broker_updates import validate_broker_update
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.known import row_of
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.configs import ConfigChange

BROKER_LOGGER_RESOURCE: Final = 8
ROOT_LOGGER: Final = "root"
LOG_LEVELS: Final = ("DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN")

_FORWARDED: Final = (TOPIC_RESOURCE, GROUP_RESOURCE, CLIENT_METRICS_RESOURCE)
_OPERATIONS: Final = frozenset(ConfigOperation)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,100}", re.ASCII)
_INT32_BOUND: Final = 1 << 31


async def change_configs(node: Node, wanted: Sequence[ResourceChange], *, validate_only: bool) -> list[ApiError | None]:
    """Change resources, each on its own; for each, in order, why it was refused, or None."""
    times = Counter(change.resource for change in wanted)
    outcomes: list[ApiError | None] = []
    forwarded: list[ResourceChange] = []
    places: list[int] = []
    for place, change in enumerate(wanted):
        try:
            if times[change.resource] > 1:
                raise _invalid("Each resource must appear at most once.")
            if _is_for_the_controller(node, change):
                places.append(place)
                forwarded.append(change)
            outcomes.append(None)
        except ApiError as refusal:
            outcomes.append(refusal)
    if forwarded:
        decided = await node.cluster.metadata.alter_configs(forwarded, validate_only=validate_only)
        for place, outcome in zip(places, decided, strict=True):
            outcomes[place] = outcome
    return outcomes


def _is_for_the_controller(node: Node, wanted: ResourceChange) -> bool:
    """Check what a broker checks, in Kafka's order; loggers are nobody else's business."""
    names = [change.name for change in wanted.changes]
    if len(set(names)) < len(names):
        raise _invalid("Error due to duplicate config keys")
    nulls = [c.name for c in wanted.changes if c.value is None and c.operation != ConfigOperation.DELETE]
    if nulls:
        raise _invalid(f"Null value not supported for : {','.join(nulls)}")
    kind = wanted.resource.resource_type
    if kind in _FORWARDED:
        return True
    if kind == BROKER_RESOURCE:
        _check_broker(node, wanted)
        return True
    if kind == BROKER_LOGGER_RESOURCE and not wanted.replace:
        _check_node_id(node, wanted.resource.name, "Unexpected node id. Expected {}, but received {}")
        for change in wanted.changes:
            _check_logger(change)
        return False
    raise _invalid(f"Unknown resource type {kind}")


def _check_broker(node: Node, wanted: ResourceChange) -> None:
    name = wanted.resource.name
    if name:
        _check_node_id(node, name, "Unexpected broker id, expected {}, but received {}")
    values = {}
    for change in wanted.changes:
        if change.operation not in _OPERATIONS:
            raise _invalid(f"Unknown operations type {change.operation}")
        if change.operation != ConfigOperation.DELETE:
            values[change.name] = change.value or ""
        if change.operation in (ConfigOperation.APPEND, ConfigOperation.SUBTRACT):
            _check_list(change)
    try:
        validate_broker_update(values, node_settings(node), of_one_broker=bool(name))
    except InvalidSettingError as error:
        raise _invalid(error.sentence) from error


def _check_list(change: ConfigChange) -> None:
    row = row_of(change.name)
    if row is None:
        raise ApiError(ErrorCode.INVALID_CONFIG, f"Unknown config name: {change.name}")
    if row.type != "LIST":
        message = f"Config value append is not allowed for config key: {change.name}"
        raise ApiError(ErrorCode.INVALID_CONFIG, message)


def _check_node_id(node: Node, name: str, unexpected: str) -> None:
    if _INTEGER.fullmatch(name) is None or not -_INT32_BOUND <= int(name) < _INT32_BOUND:
        raise _invalid(f"Node id must be an integer, but it is: {name}")
    if int(name) != node.node_id:
        raise _invalid(unexpected.format(node.node_id, int(name)))


def _check_logger(change: ConfigChange) -> None:
    """Refuse what Kafka refuses; there is no logger here but the root, whose level cannot be changed by clients."""
    match change.operation:
        case ConfigOperation.APPEND | ConfigOperation.SUBTRACT:
            operation = ConfigOperation(change.operation).name
            raise _invalid(f"{operation} operation is not allowed for the BROKER_LOGGER resource")
        case ConfigOperation.SET | ConfigOperation.DELETE:
            pass
        case _:
            raise _invalid(f"Unknown operation type {change.operation} is not allowed for the BROKER_LOGGER resource")
    if change.name != ROOT_LOGGER:
        raise ApiError(ErrorCode.INVALID_CONFIG, f"Logger {change.name} does not exist!")
    if change.operation == ConfigOperation.DELETE:
        raise _invalid("Removing the log level of the root logger is not allowed")
    if change.value not in LOG_LEVELS:
        message = (
            f"Cannot set the log level of {change.name} to {change.value} as it is not a supported log level. "
            f"Valid log levels are {', '.join(LOG_LEVELS)}"
        )
        raise ApiError(ErrorCode.INVALID_CONFIG, message)


def _invalid(message: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_REQUEST, message)
