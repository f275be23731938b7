"""Changing settings of topics, brokers, groups and client metrics: pure decisions (KIP-133, 339).

Each resource is changed on its own: all of its changes, or none.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.state import BROKER_RESOURCE, TOPIC_RESOURCE, ConfigResource, MetadataState
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.metadata_records import ConfigRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MIN_IN_SYNC: Final = "min.insync.replicas"


class ConfigOperation(IntEnum):
    """What is done to a setting, as the protocol numbers it; APPEND and SUBTRACT are for lists."""

    SET = 0
    DELETE = 1
    APPEND = 2
    SUBTRACT = 3


class ConfigChange(NamedTuple):
    """One setting to change; the value does not matter to DELETE."""

    name: str
    operation: int
    value: str | None


class ResourceChange(NamedTuple):
    """What to do to one resource; `replace` takes away what is not named (AlterConfigs)."""

    resource: ConfigResource
    changes: Sequence[ConfigChange]
    replace: bool = False


class ConfigRules(NamedTuple):
    """What changes depend on besides the log; both know the kinds of resources.

    `check` raises ApiError for settings (all that a resource would have) that cannot be; `list_behind` returns what a
    list holds that the resource says nothing of, and None for what is no list.
    """

    check: Callable[[ConfigResource, Mapping[str, str]], None]
    list_behind: Callable[[ConfigResource, str], list[str] | None]


Outcome = ApiError | None


def alter_configs(
    state: MetadataState, wanted: Sequence[ResourceChange], rules: ConfigRules, *, validate_only: bool = False
) -> Decision[list[Outcome]]:
    """Change resources, which are different ones; the reply has for each, in order, why it was refused, or None."""
    records: list[ConfigRecord] = []
    outcomes: list[Outcome] = []
    for change in wanted:
        try:
            its_records = _alter(state, change, rules)
        except ApiError as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(None)
            records += its_records
    return Decision(outcomes, [] if validate_only else records)


def _alter(state: MetadataState, wanted: ResourceChange, rules: ConfigRules) -> list[ConfigRecord]:
    resource = wanted.resource
    before = state.configs.get(resource, {})
    changed = {change.name: _new_value(resource, change, before, rules) for change in wanted.changes}
    if wanted.replace:
        changed |= dict.fromkeys(before.keys() - changed.keys())
    _check_min_in_sync(state, resource, changed)
    after = {name: text for name, text in {**before, **changed}.items() if text is not None}
    rules.check(resource, after)
    if resource.resource_type == TOPIC_RESOURCE and resource.name not in state.topics:
        raise ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"The topic '{resource.name}' does not exist.")
    # A broker reads its settings again (the files behind them, too) when it is told the same ones once more.
    always = resource.resource_type == BROKER_RESOURCE
    return [
        ConfigRecord(resource_type=resource.resource_type, resource_name=resource.name, name=name, value=changed[name])
        for name in sorted(changed)
        if always or before.get(name) != changed[name]
    ]


def _new_value(
    resource: ConfigResource, change: ConfigChange, before: Mapping[str, str], rules: ConfigRules
) -> str | None:
    match change.operation:
        case ConfigOperation.SET:
            return change.value
        case ConfigOperation.DELETE:
            return None
        case ConfigOperation.APPEND | ConfigOperation.SUBTRACT:
            return _changed_list(resource, change, before, rules)
        case _:
            raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)


def _changed_list(resource: ConfigResource, change: ConfigChange, before: Mapping[str, str], rules: ConfigRules) -> str:
    behind = rules.list_behind(resource, change.name)
    if behind is None:
        operation = ConfigOperation(change.operation).name
        message = f"Can't {operation} to key {change.name} because its type is not LIST."
        raise ApiError(ErrorCode.INVALID_CONFIG, message)
    text = before.get(change.name)
    elements = behind if text is None else text.split(",") if text else []
    named = (change.value or "").split(",")
    if change.operation == ConfigOperation.SUBTRACT:
        return ",".join(element for element in elements if element not in named)
    return ",".join([*elements, *(element for element in dict.fromkeys(named) if element not in elements)])


def _check_min_in_sync(state: MetadataState, resource: ConfigResource, changed: Mapping[str, str | None]) -> None:
    """Keep the one place that says how many replicas must be in sync, on which eligible leaders depend (KIP-966)."""
    if resource.resource_type != BROKER_RESOURCE or MIN_IN_SYNC not in changed:
        return
    if not state.feature_levels.get("eligible.leader.replicas.version"):
        return
    if resource.name:
        message = f"Broker-level {MIN_IN_SYNC} cannot be altered while ELR is enabled."
        raise ApiError(ErrorCode.INVALID_CONFIG, message)
    if changed[MIN_IN_SYNC] is None:
        message = f"Cluster-level {MIN_IN_SYNC} cannot be removed while ELR is enabled."
        raise ApiError(ErrorCode.INVALID_CONFIG, message)
