"""DescribeCluster (key 60)."""

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


@message(key=60, versions="0-2", flexible="0+")
class DescribeClusterRequest:
    include_cluster_authorized_operations: Bool
    endpoint_type: Int8 = field(since=1, default=1)
    include_fenced_brokers: Bool = field(since=2, default=False)


@struct
class DescribeClusterBroker:
    broker_id: Int32 = field(entity="brokerId", map_key=True)
    host: String
    port: Int32
    rack: Nullable[String] = field(default=None)
    is_fenced: Bool = field(since=2, default=False)


@message(key=60, versions="0-2", flexible="0+")
class DescribeClusterResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default=None)
    endpoint_type: Int8 = field(since=1, default=1)
    cluster_id: String
    controller_id: Int32 = field(entity="brokerId", default=-1)
    brokers: Array[DescribeClusterBroker]
    cluster_authorized_operations: Int32 = field(default=-2147483648)
