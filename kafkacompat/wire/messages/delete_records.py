"""DeleteRecords (key 21)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Int64, String, field, message, struct


@struct
class DeleteRecordsPartition:
    partition_index: Int32
    offset: Int64


@struct
class DeleteRecordsTopic:
    name: String = field(entity="topicName")
    partitions: Array[DeleteRecordsPartition]


@message(key=21, versions="0-2", flexible="2+")
class DeleteRecordsRequest:
    topics: Array[DeleteRecordsTopic]
    timeout_ms: Int32


@struct
class DeleteRecordsPartitionResult:
    partition_index: Int32 = field(map_key=True)
    low_watermark: Int64
    error_code: Int16 = field(default=0)


@struct
class DeleteRecordsTopicResult:
    name: String = field(entity="topicName", map_key=True)
    partitions: Array[DeleteRecordsPartitionResult]


@message(key=21, versions="0-2", flexible="2+")
class DeleteRecordsResponse:
    throttle_time_ms: Int32 = field(default=0)
    topics: Array[DeleteRecordsTopicResult]
