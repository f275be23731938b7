"""DescribeQuorum (key 55)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Int16,
    Int32,
    Int64,
    Nullable,
    String,
    Uint16,
    Uuid,
    field,
    message,
    struct,
)


@struct
class PartitionDataAsked:
    partition_index: Int32


@struct
class TopicDataAsked:
    topic_name: String = field(entity="topicName")
    partitions: Array[PartitionDataAsked]


@message(key=55, versions="0-2", flexible="0+")
class DescribeQuorumRequest:
    topics: Array[TopicDataAsked]


@struct
class ReplicaState:
    replica_id: Int32 = field(entity="brokerId")
    replica_directory_id: Uuid = field(since=2, default=ZERO_UUID)
    log_end_offset: Int64
    last_fetch_timestamp: Int64 = field(since=1, ignorable=True, default=-1)
    last_caught_up_timestamp: Int64 = field(since=1, ignorable=True, default=-1)


@struct
class PartitionDataAnswer:
    partition_index: Int32
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(since=2, ignorable=True, default="")
    leader_id: Int32 = field(entity="brokerId")
    leader_epoch: Int32
    high_watermark: Int64
    current_voters: Array[ReplicaState]
    observers: Array[ReplicaState]


@struct
class TopicDataAnswer:
    topic_name: String = field(entity="topicName")
    partitions: Array[PartitionDataAnswer]


@struct
class Listener:
    name: String = field(since=2, map_key=True, default="")
    host: String = field(since=2, default="")
    port: Uint16 = field(since=2, default=0)


@struct
class Node:
    node_id: Int32 = field(since=2, entity="brokerId", map_key=True, default=0)
    listeners: Array[Listener] = field(since=2, default_factory=list)


@message(key=55, versions="0-2", flexible="0+")
class DescribeQuorumResponse:
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(since=2, ignorable=True, default="")
    topics: Array[TopicDataAnswer]
    nodes: Array[Node] = field(since=2, default_factory=list)
