"""AlterConfigs (key 33)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    Array,
    Bool,
    Int8,
    Int16,
    Int32,
    Nullable,
    String,
    field,
    message,
    struct,
)


@struct
class AlterableConfig:
    name: String = field(map_key=True)
    value: Nullable[String]


@struct
class AlterConfigsResource:
    resource_type: Int8 = field(map_key=True)
    resource_name: String = field(map_key=True)
    configs: Array[AlterableConfig]


@message(key=33, versions="0-2", flexible="2+")
class AlterConfigsRequest:
    resources: Array[AlterConfigsResource]
    validate_only: Bool


@struct
class AlterConfigsResourceResponse:
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default="")
    resource_type: Int8
    resource_name: String


@message(key=33, versions="0-2", flexible="2+")
class AlterConfigsResponse:
    throttle_time_ms: Int32 = field(default=0)
    responses: Array[AlterConfigsResourceResponse]
