"""DescribeLogDirs (key 35)."""

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


@struct
class DescribableLogDirTopic:
    topic: String = field(entity="topicName", map_key=True)
    partitions: Array[Int32]


@message(key=35, versions="1-5", flexible="2+")
class DescribeLogDirsRequest:
    topics: Nullable[Array[DescribableLogDirTopic]]


@struct
class DescribeLogDirsPartition:
    partition_index: Int32
    partition_size: Int64
    offset_lag: Int64
    is_future_key: Bool


@struct
class DescribeLogDirsTopic:
    name: String = field(entity="topicName")
    partitions: Array[DescribeLogDirsPartition]


@struct
class DescribeLogDirsResult:
    error_code: Int16 = field(default=0)
    log_dir: String
    topics: Array[DescribeLogDirsTopic]
    total_bytes: Int64 = field(since=4, ignorable=True, default=-1)
    usable_bytes: Int64 = field(since=4, ignorable=True, default=-1)
    is_cordoned: Bool = field(since=5, ignorable=True, default=False)


@message(key=35, versions="1-5", flexible="2+")
class DescribeLogDirsResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(since=3, ignorable=True, default=0)
    results: Array[DescribeLogDirsResult]
