"""DescribeConfigs (key 32)."""

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
class DescribeConfigsResource:
    resource_type: Int8
    resource_name: String
    configuration_keys: Nullable[Array[String]]


@message(key=32, versions="0-4", flexible="4+")
class DescribeConfigsRequest:
    resources: Array[DescribeConfigsResource]
    include_synonyms: Bool = field(since=1, default=False)
    include_documentation: Bool = field(since=3, default=False)


@struct
class DescribeConfigsSynonym:
    name: String = field(since=1, default="")
    value: Nullable[String] = field(since=1, default="")
    source: Int8 = field(since=1, default=0)


@struct
class DescribeConfigsResourceResult:
    name: String
    value: Nullable[String]
    read_only: Bool
    is_default: Bool = field(until=0, default=False)
    config_source: Int8 = field(since=1, ignorable=True, default=-1)
    is_sensitive: Bool
    synonyms: Array[DescribeConfigsSynonym] = field(since=1, ignorable=True, default_factory=list)
    config_type: Int8 = field(since=3, ignorable=True, default=0)
    documentation: Nullable[String] = field(since=3, ignorable=True, default="")


@struct
class DescribeConfigsResult:
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default="")
    resource_type: Int8
    resource_name: String
    configs: Array[DescribeConfigsResourceResult]


@message(key=32, versions="0-4", flexible="4+")
class DescribeConfigsResponse:
    throttle_time_ms: Int32 = field(default=0)
    results: Array[DescribeConfigsResult]
