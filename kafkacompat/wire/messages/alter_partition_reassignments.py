"""AlterPartitionReassignments (key 45)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Bool, Int16, Int32, Nullable, String, field, message, struct


@struct
class ReassignablePartition:
    partition_index: Int32
    replicas: Nullable[Array[Int32]] = field(entity="brokerId", default=None)


@struct
class ReassignableTopic:
    name: String = field(entity="topicName")
    partitions: Array[ReassignablePartition]


@message(key=45, versions="0-1", flexible="0+")
class AlterPartitionReassignmentsRequest:
    timeout_ms: Int32 = field(default=60000)
    allow_replication_factor_change: Bool = field(since=1, default=True)
    topics: Array[ReassignableTopic]


@struct
class ReassignablePartitionResponse:
    partition_index: Int32
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default="")


@struct
class ReassignableTopicResponse:
    name: String = field(entity="topicName")
    partitions: Array[ReassignablePartitionResponse]


@message(key=45, versions="0-1", flexible="0+")
class AlterPartitionReassignmentsResponse:
    throttle_time_ms: Int32 = field(default=0)
    allow_replication_factor_change: Bool = field(since=1, ignorable=True, default=True)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default="")
    responses: Array[ReassignableTopicResponse]
