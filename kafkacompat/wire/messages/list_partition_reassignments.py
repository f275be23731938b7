"""ListPartitionReassignments (key 46)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Nullable, String, field, message, struct


@struct
class ListPartitionReassignmentsTopics:
    name: String = field(entity="topicName")
    partition_indexes: Array[Int32]


@message(key=46, versions="0", flexible="0+")
class ListPartitionReassignmentsRequest:
    timeout_ms: Int32 = field(default=60000)
    topics: Nullable[Array[ListPartitionReassignmentsTopics]] = field(default=None)


@struct
class OngoingPartitionReassignment:
    partition_index: Int32
    replicas: Array[Int32] = field(entity="brokerId")
    adding_replicas: Array[Int32] = field(entity="brokerId")
    removing_replicas: Array[Int32] = field(entity="brokerId")


@struct
class OngoingTopicReassignment:
    name: String = field(entity="topicName")
    partitions: Array[OngoingPartitionReassignment]


@message(key=46, versions="0", flexible="0+")
class ListPartitionReassignmentsResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default="")
    topics: Array[OngoingTopicReassignment]
