"""DescribeTopicPartitions (key 75)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    Array,
    Bool,
    Int16,
    Int32,
    Nullable,
    String,
    Uuid,
    field,
    message,
    struct,
)


@struct
class TopicRequest:
    name: String = field(entity="topicName")


@struct
class Cursor:
    topic_name: String = field(entity="topicName")
    partition_index: Int32


@message(key=75, versions="0", flexible="0+")
class DescribeTopicPartitionsRequest:
    topics: Array[TopicRequest]
    response_partition_limit: Int32 = field(default=2000)
    cursor: Nullable[Cursor] = field(default=None)


@struct
class DescribeTopicPartitionsResponsePartition:
    error_code: Int16 = field(default=0)
    partition_index: Int32
    leader_id: Int32 = field(entity="brokerId")
    leader_epoch: Int32 = field(ignorable=True, default=-1)
    replica_nodes: Array[Int32] = field(entity="brokerId")
    isr_nodes: Array[Int32] = field(entity="brokerId")
    eligible_leader_replicas: Nullable[Array[Int32]] = field(entity="brokerId", default=None)
    last_known_elr: Nullable[Array[Int32]] = field(entity="brokerId", default=None)
    offline_replicas: Array[Int32] = field(entity="brokerId", ignorable=True)


@struct
class DescribeTopicPartitionsResponseTopic:
    error_code: Int16 = field(default=0)
    name: Nullable[String] = field(entity="topicName", map_key=True)
    topic_id: Uuid = field(ignorable=True)
    is_internal: Bool = field(ignorable=True, default=False)
    partitions: Array[DescribeTopicPartitionsResponsePartition]
    topic_authorized_operations: Int32 = field(default=-2147483648)


@message(key=75, versions="0", flexible="0+")
class DescribeTopicPartitionsResponse:
    throttle_time_ms: Int32 = field(ignorable=True, default=0)
    topics: Array[DescribeTopicPartitionsResponseTopic]
    next_cursor: Nullable[Cursor] = field(default=None)
