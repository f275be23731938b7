"""What settings of topics, groups and client metrics may be, as a controller checks them; brokers check their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.metadata import state
from kafkacompat.metadata.topic_names import name_problem
from kafkacompat.settings.client_metrics import UnknownMetricsSettingError, validate_subscription
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.groups import validate_group_overrides
from kafkacompat.settings.synonyms import broker_name_of_topic_setting
from kafkacompat.settings.table import table
from kafkacompat.settings.topics import validate_topic_overrides
from kafkacompat.settings.values import parse
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.metadata.state import ConfigResource
    from kafkacompat.settings.settings import Settings
    from kafkacompat.settings.values import Value


def check_configs(settings: Settings, resource: ConfigResource, configs: Mapping[str, str]) -> None:
    """Check all settings that a resource would have; ApiError in Kafka's words."""
    try:
        match resource.resource_type:
            case state.TOPIC_RESOURCE:
                _require(resource.name, "Default topic resources are not allowed.")
                problem = name_problem(resource.name)
                if problem is not None:
                    raise ApiError(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
                validate_topic_overrides(configs, settings)
            case state.GROUP_RESOURCE:
                _require(resource.name, "Default group resources are not allowed.")
                validate_group_overrides(configs, settings)
            case state.CLIENT_METRICS_RESOURCE:
                _require(resource.name, "Subscription name can't be empty")
                validate_subscription(configs)
    except UnknownMetricsSettingError as error:
        raise ApiError(ErrorCode.INVALID_REQUEST, error.sentence) from error
    except InvalidSettingError as error:
        raise ApiError(ErrorCode.INVALID_CONFIG, error.sentence) from error


def list_behind(settings: Settings, resource: ConfigResource, name: str) -> list[str] | None:
    """Return what a list setting holds that was not set at run time; None for a setting that is no list.

    Kafka appends to what the controller was started with, whatever was set for brokers since.
    """
    match resource.resource_type:
        case state.TOPIC_RESOURCE:
            row = table("topic").get(name)
            if row is None or row.type != "LIST":
                return None
            broker_name = broker_name_of_topic_setting(name)
            value = None if broker_name is None else settings.start_value(broker_name)
            return _as_list(parse(row, row.default or "") if value is None else value)
        case state.BROKER_RESOURCE:
            row = table("broker").get(name)
            return None if row is None or row.type != "LIST" else _as_list(settings.start_value(name))
        case state.GROUP_RESOURCE:
            row = table("group").get(name)
            return None if row is None or row.type != "LIST" else _as_list(parse(row, row.default or ""))
        case _:
            return None


def _require(name: str, sentence: str) -> None:
    if not name:
        raise ApiError(ErrorCode.INVALID_REQUEST, sentence)


def _as_list(value: Value) -> list[str]:
    return list(value) if isinstance(value, list) else []
