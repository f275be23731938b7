"""OffsetCommit (key 8)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Int16,
    Int32,
    Int64,
    Nullable,
    String,
    Uuid,
    field,
    message,
    struct,
)


@struct
class OffsetCommitRequestPartition:
    partition_index: Int32
    committed_offset: Int64
    committed_leader_epoch: Int32 = field(since=6, ignorable=True, default=-1)
    commit_timestamp: Int64 = field(since=1, until=1, default=-1)
    committed_metadata: Nullable[String]


@struct
class OffsetCommitRequestTopic:
    name: String = field(until=9, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=10, ignorable=True, default=ZERO_UUID)
    partitions: Array[OffsetCommitRequestPartition]


@message(key=8, versions="0-10", flexible="8+")
class OffsetCommitRequest:
    group_id: String = field(entity="groupId")
    generation_id_or_member_epoch: Int32 = field(since=1, ignorable=True, default=-1)
    member_id: String = field(since=1, ignorable=True, default="")
    group_instance_id: Nullable[String] = field(since=7, default=None)
    retention_time_ms: Int64 = field(since=2, until=4, ignorable=True, default=-1)
    topics: Array[OffsetCommitRequestTopic]


@struct
class OffsetCommitResponsePartition:
    partition_index: Int32
    error_code: Int16 = field(default=0)


@struct
class OffsetCommitResponseTopic:
    name: String = field(until=9, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=10, ignorable=True, default=ZERO_UUID)
    partitions: Array[OffsetCommitResponsePartition]


@message(key=8, versions="0-10", flexible="8+")
class OffsetCommitResponse:
    throttle_time_ms: Int32 = field(since=3, ignorable=True, default=0)
    topics: Array[OffsetCommitResponseTopic]
