"""ListOffsets (key 2)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int8, Int16, Int32, Int64, String, field, message, struct


@struct
class ListOffsetsPartition:
    partition_index: Int32
    current_leader_epoch: Int32 = field(since=4, ignorable=True, default=-1)
    timestamp: Int64
    max_num_offsets: Int32 = field(until=0, default=1)


@struct
class ListOffsetsTopic:
    name: String = field(entity="topicName")
    partitions: Array[ListOffsetsPartition]


@message(key=2, versions="0-11", flexible="6+")
class ListOffsetsRequest:
    replica_id: Int32 = field(entity="brokerId")
    isolation_level: Int8 = field(since=2, default=0)
    topics: Array[ListOffsetsTopic]
    timeout_ms: Int32 = field(since=10, ignorable=True, default=0)


@struct
class ListOffsetsPartitionResponse:
    partition_index: Int32
    error_code: Int16 = field(default=0)
    old_style_offsets: Array[Int64] = field(until=0, default_factory=list)
    timestamp: Int64 = field(since=1, default=-1)
    offset: Int64 = field(since=1, default=-1)
    leader_epoch: Int32 = field(since=4, default=-1)


@struct
class ListOffsetsTopicResponse:
    name: String = field(entity="topicName")
    partitions: Array[ListOffsetsPartitionResponse]


@message(key=2, versions="0-11", flexible="6+")
class ListOffsetsResponse:
    throttle_time_ms: Int32 = field(since=2, ignorable=True, default=0)
    topics: Array[ListOffsetsTopicResponse]
