"""OffsetForLeaderEpoch (key 23)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Int64, String, field, message, struct


@struct
class OffsetForLeaderPartition:
    partition: Int32
    current_leader_epoch: Int32 = field(since=2, ignorable=True, default=-1)
    leader_epoch: Int32


@struct
class OffsetForLeaderTopic:
    topic: String = field(entity="topicName", map_key=True)
    partitions: Array[OffsetForLeaderPartition]


@message(key=23, versions="0-4", flexible="4+")
class OffsetForLeaderEpochRequest:
    replica_id: Int32 = field(since=3, entity="brokerId", ignorable=True, default=-2)
    topics: Array[OffsetForLeaderTopic]


@struct
class EpochEndOffset:
    error_code: Int16 = field(default=0)
    partition: Int32
    leader_epoch: Int32 = field(since=1, ignorable=True, default=-1)
    end_offset: Int64 = field(default=-1)


@struct
class OffsetForLeaderTopicResult:
    topic: String = field(entity="topicName", map_key=True)
    partitions: Array[EpochEndOffset]


@message(key=23, versions="0-4", flexible="4+")
class OffsetForLeaderEpochResponse:
    throttle_time_ms: Int32 = field(since=2, ignorable=True, default=0)
    topics: Array[OffsetForLeaderTopicResult]
