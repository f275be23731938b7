"""ListConfigResources (key 74)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int8, Int16, Int32, String, field, message, struct


@message(key=74, versions="0-1", flexible="0+")
class ListConfigResourcesRequest:
    resource_types: Array[Int8] = field(since=1, default_factory=list)


@struct
class ConfigResource:
    resource_name: String
    resource_type: Int8 = field(since=1, ignorable=True, default=16)


@message(key=74, versions="0-1", flexible="0+")
class ListConfigResourcesResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(default=0)
    config_resources: Array[ConfigResource]
