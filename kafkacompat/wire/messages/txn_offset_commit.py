"""TxnOffsetCommit (key 28)."""

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
class TxnOffsetCommitRequestPartition:
    partition_index: Int32
    committed_offset: Int64
    committed_leader_epoch: Int32 = field(since=2, ignorable=True, default=-1)
    committed_metadata: Nullable[String]


@struct
class TxnOffsetCommitRequestTopic:
    name: String = field(until=5, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=6, ignorable=True, default=ZERO_UUID)
    partitions: Array[TxnOffsetCommitRequestPartition]


@message(key=28, versions="0-6", flexible="3+")
class TxnOffsetCommitRequest:
    transactional_id: String = field(entity="transactionalId")
    group_id: String = field(entity="groupId")
    producer_id: Int64 = field(entity="producerId")
    producer_epoch: Int16
    generation_id_or_member_epoch: Int32 = field(since=3, default=-1)
    member_id: String = field(since=3, default="")
    group_instance_id: Nullable[String] = field(since=3, default=None)
    topics: Array[TxnOffsetCommitRequestTopic]


@struct
class TxnOffsetCommitResponsePartition:
    partition_index: Int32
    error_code: Int16 = field(default=0)


@struct
class TxnOffsetCommitResponseTopic:
    name: String = field(until=5, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=6, ignorable=True, default=ZERO_UUID)
    partitions: Array[TxnOffsetCommitResponsePartition]


@message(key=28, versions="0-6", flexible="3+")
class TxnOffsetCommitResponse:
    throttle_time_ms: Int32 = field(default=0)
    topics: Array[TxnOffsetCommitResponseTopic]
