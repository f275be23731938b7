"""Fetch (key 1)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Int8,
    Int16,
    Int32,
    Int64,
    Nullable,
    Records,
    String,
    Uuid,
    field,
    message,
    struct,
)


@struct
class ReplicaState:
    replica_id: Int32 = field(since=15, entity="brokerId", default=-1)
    replica_epoch: Int64 = field(since=15, default=-1)


@struct
class FetchPartition:
    partition: Int32
    current_leader_epoch: Int32 = field(since=9, ignorable=True, default=-1)
    fetch_offset: Int64
    last_fetched_epoch: Int32 = field(since=12, default=-1)
    log_start_offset: Int64 = field(since=5, ignorable=True, default=-1)
    partition_max_bytes: Int32
    replica_directory_id: Uuid = field(since=17, tag=0, ignorable=True, default=ZERO_UUID)
    high_watermark: Int64 = field(since=18, tag=1, ignorable=True, default=9223372036854775807)


@struct
class FetchTopic:
    topic: String = field(until=12, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=13, ignorable=True, default=ZERO_UUID)
    partitions: Array[FetchPartition]


@struct
class ForgottenTopic:
    topic: String = field(since=7, until=12, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=13, ignorable=True, default=ZERO_UUID)
    partitions: Array[Int32] = field(since=7, default_factory=list)


@message(key=1, versions="0-18", flexible="12+")
class FetchRequest:
    cluster_id: Nullable[String] = field(since=12, tag=0, ignorable=True, default=None)
    replica_id: Int32 = field(until=14, entity="brokerId", default=-1)
    replica_state: ReplicaState = field(since=15, tag=1, default_factory=ReplicaState)
    max_wait_ms: Int32
    min_bytes: Int32
    max_bytes: Int32 = field(since=3, ignorable=True, default=2147483647)
    isolation_level: Int8 = field(since=4, ignorable=True, default=0)
    session_id: Int32 = field(since=7, ignorable=True, default=0)
    session_epoch: Int32 = field(since=7, ignorable=True, default=-1)
    topics: Array[FetchTopic]
    forgotten_topics_data: Array[ForgottenTopic] = field(since=7, default_factory=list)
    rack_id: String = field(since=11, ignorable=True, default="")


@struct
class EpochEndOffset:
    epoch: Int32 = field(since=12, default=-1)
    end_offset: Int64 = field(since=12, default=-1)


@struct
class LeaderIdAndEpoch:
    leader_id: Int32 = field(since=12, entity="brokerId", default=-1)
    leader_epoch: Int32 = field(since=12, default=-1)


@struct
class SnapshotId:
    end_offset: Int64 = field(default=-1)
    epoch: Int32 = field(default=-1)


@struct
class AbortedTransaction:
    producer_id: Int64 = field(since=4, entity="producerId", default=0)
    first_offset: Int64 = field(since=4, default=0)


@struct
class PartitionData:
    partition_index: Int32
    error_code: Int16 = field(default=0)
    high_watermark: Int64
    last_stable_offset: Int64 = field(since=4, ignorable=True, default=-1)
    log_start_offset: Int64 = field(since=5, ignorable=True, default=-1)
    diverging_epoch: EpochEndOffset = field(since=12, tag=0, default_factory=EpochEndOffset)
    current_leader: LeaderIdAndEpoch = field(since=12, tag=1, default_factory=LeaderIdAndEpoch)
    snapshot_id: SnapshotId = field(since=12, tag=2, default_factory=SnapshotId)
    aborted_transactions: Nullable[Array[AbortedTransaction]] = field(since=4, ignorable=True, default_factory=list)
    preferred_read_replica: Int32 = field(since=11, entity="brokerId", default=-1)
    records: Nullable[Records]


@struct
class FetchableTopicResponse:
    topic: String = field(until=12, entity="topicName", ignorable=True, default="")
    topic_id: Uuid = field(since=13, ignorable=True, default=ZERO_UUID)
    partitions: Array[PartitionData]


@struct
class NodeEndpoint:
    node_id: Int32 = field(since=16, entity="brokerId", map_key=True, default=0)
    host: String = field(since=16, default="")
    port: Int32 = field(since=16, default=0)
    rack: Nullable[String] = field(since=16, default=None)


@message(key=1, versions="0-18", flexible="12+")
class FetchResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    error_code: Int16 = field(since=7, ignorable=True, default=0)
    session_id: Int32 = field(since=7, default=0)
    responses: Array[FetchableTopicResponse]
    node_endpoints: Array[NodeEndpoint] = field(since=16, tag=0, default_factory=list)
