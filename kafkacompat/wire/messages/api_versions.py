"""ApiVersions (key 18)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    Array,
    Bool,
    Int16,
    Int32,
    Int64,
    Nullable,
    String,
    field,
    message,
    struct,
)


@message(key=18, versions="0-5", flexible="3+")
class ApiVersionsRequest:
    client_software_name: String = field(since=3, ignorable=True, default="")
    client_software_version: String = field(since=3, ignorable=True, default="")
    cluster_id: Nullable[String] = field(since=5, ignorable=True, default=None)
    node_id: Int32 = field(since=5, ignorable=True, default=-1)


@struct
class ApiVersion:
    api_key: Int16 = field(map_key=True)
    min_version: Int16
    max_version: Int16


@struct
class SupportedFeatureKey:
    name: String = field(since=3, map_key=True, default="")
    min_version: Int16 = field(since=3, default=0)
    max_version: Int16 = field(since=3, default=0)


@struct
class FinalizedFeatureKey:
    name: String = field(since=3, map_key=True, default="")
    max_version_level: Int16 = field(since=3, default=0)
    min_version_level: Int16 = field(since=3, default=0)


@message(key=18, versions="0-5", flexible="3+")
class ApiVersionsResponse:
    error_code: Int16 = field(default=0)
    api_keys: Array[ApiVersion]
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    supported_features: Array[SupportedFeatureKey] = field(since=3, tag=0, ignorable=True, default_factory=list)
    finalized_features_epoch: Int64 = field(since=3, tag=1, ignorable=True, default=-1)
    finalized_features: Array[FinalizedFeatureKey] = field(since=3, tag=2, ignorable=True, default_factory=list)
    zk_migration_ready: Bool = field(since=3, tag=3, ignorable=True, default=False)
