"""OffsetFetch (key 9)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Bool,
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
class OffsetFetchRequestTopic:
    name: String = field(until=7, entity="topicName", default="")
    partition_indexes: Array[Int32] = field(until=7, default_factory=list)


@struct
class OffsetFetchRequestTopics:
    name: String = field(since=8, until=9, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=10, ignorable=True, default=ZERO_UUID)
    partition_indexes: Array[Int32] = field(since=8, default_factory=list)


@struct
class OffsetFetchRequestGroup:
    group_id: String = field(since=8, entity="groupId", default="")
    member_id: Nullable[String] = field(since=9, ignorable=True, default=None)
    member_epoch: Int32 = field(since=9, ignorable=True, default=-1)
    topics: Nullable[Array[OffsetFetchRequestTopics]] = field(since=8, default_factory=list)


@message(key=9, versions="0-10", flexible="6+")
class OffsetFetchRequest:
    group_id: String = field(until=7, entity="groupId", default="")
    topics: Nullable[Array[OffsetFetchRequestTopic]] = field(until=7, null_since=2, default_factory=list)
    groups: Array[OffsetFetchRequestGroup] = field(since=8, default_factory=list)
    require_stable: Bool = field(since=7, default=False)


@struct
class OffsetFetchResponsePartition:
    partition_index: Int32 = field(until=7, default=0)
    committed_offset: Int64 = field(until=7, default=0)
    committed_leader_epoch: Int32 = field(since=5, until=7, ignorable=True, default=-1)
    metadata: Nullable[String] = field(until=7, default="")
    error_code: Int16 = field(until=7, default=0)


@struct
class OffsetFetchResponseTopic:
    name: String = field(until=7, entity="topicName", default="")
    partitions: Array[OffsetFetchResponsePartition] = field(until=7, default_factory=list)


@struct
class OffsetFetchResponsePartitions:
    partition_index: Int32 = field(since=8, default=0)
    committed_offset: Int64 = field(since=8, default=0)
    committed_leader_epoch: Int32 = field(since=8, ignorable=True, default=-1)
    metadata: Nullable[String] = field(since=8, default="")
    error_code: Int16 = field(since=8, default=0)


@struct
class OffsetFetchResponseTopics:
    name: String = field(since=8, until=9, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=10, ignorable=True, default=ZERO_UUID)
    partitions: Array[OffsetFetchResponsePartitions] = field(since=8, default_factory=list)


@struct
class OffsetFetchResponseGroup:
    group_id: String = field(since=8, entity="groupId", default="")
    topics: Array[OffsetFetchResponseTopics] = field(since=8, default_factory=list)
    error_code: Int16 = field(since=8, default=0)


@message(key=9, versions="0-10", flexible="6+")
class OffsetFetchResponse:
    throttle_time_ms: Int32 = field(since=3, ignorable=True, default=0)
    topics: Array[OffsetFetchResponseTopic] = field(until=7, default_factory=list)
    error_code: Int16 = field(since=2, until=7, ignorable=True, default=0)
    groups: Array[OffsetFetchResponseGroup] = field(since=8, default_factory=list)
