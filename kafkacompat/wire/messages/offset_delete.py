"""OffsetDelete (key 47)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, String, field, message, struct


@struct
class OffsetDeleteRequestPartition:
    partition_index: Int32


@struct
class OffsetDeleteRequestTopic:
    name: String = field(entity="topicName", map_key=True)
    partitions: Array[OffsetDeleteRequestPartition]


@message(key=47, versions="0")
class OffsetDeleteRequest:
    group_id: String = field(entity="groupId")
    topics: Array[OffsetDeleteRequestTopic]


@struct
class OffsetDeleteResponsePartition:
    partition_index: Int32 = field(map_key=True)
    error_code: Int16 = field(default=0)


@struct
class OffsetDeleteResponseTopic:
    name: String = field(entity="topicName", map_key=True)
    partitions: Array[OffsetDeleteResponsePartition]


@message(key=47, versions="0")
class OffsetDeleteResponse:
    error_code: Int16 = field(default=0)
    throttle_time_ms: Int32 = field(ignorable=True, default=0)
    topics: Array[OffsetDeleteResponseTopic]
