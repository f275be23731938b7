"""Metadata (key 3)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Bool,
    Int16,
    Int32,
    Nullable,
    String,
    Uuid,
    field,
    message,
    struct,
)


@struct
class MetadataRequestTopic:
    topic_id: Uuid = field(since=10, ignorable=True, default=ZERO_UUID)
    name: Nullable[String] = field(null_since=10, entity="topicName")


@message(key=3, versions="0-13", flexible="9+")
class MetadataRequest:
    topics: Nullable[Array[MetadataRequestTopic]] = field(null_since=1)
    allow_auto_topic_creation: Bool = field(since=4, default=True)
    include_cluster_authorized_operations: Bool = field(since=8, until=10, default=False)
    include_topic_authorized_operations: Bool = field(since=8, default=False)


@struct
class MetadataResponseBroker:
    node_id: Int32 = field(entity="brokerId", map_key=True)
    host: String
    port: Int32
    rack: Nullable[String] = field(since=1, ignorable=True, default=None)


@struct
class MetadataResponsePartition:
    error_code: Int16 = field(default=0)
    partition_index: Int32
    leader_id: Int32 = field(entity="brokerId")
    leader_epoch: Int32 = field(since=7, ignorable=True, default=-1)
    replica_nodes: Array[Int32] = field(entity="brokerId")
    isr_nodes: Array[Int32] = field(entity="brokerId")
    offline_replicas: Array[Int32] = field(since=5, entity="brokerId", ignorable=True, default_factory=list)


@struct
class MetadataResponseTopic:
    error_code: Int16 = field(default=0)
    name: Nullable[String] = field(null_since=12, entity="topicName", map_key=True)
    topic_id: Uuid = field(since=10, ignorable=True, default=ZERO_UUID)
    is_internal: Bool = field(since=1, ignorable=True, default=False)
    partitions: Array[MetadataResponsePartition]
    topic_authorized_operations: Int32 = field(since=8, default=-2147483648)


@message(key=3, versions="0-13", flexible="9+")
class MetadataResponse:
    throttle_time_ms: Int32 = field(since=3, ignorable=True, default=0)
    brokers: Array[MetadataResponseBroker]
    cluster_id: Nullable[String] = field(since=2, ignorable=True, default=None)
    controller_id: Int32 = field(since=1, entity="brokerId", ignorable=True, default=-1)
    topics: Array[MetadataResponseTopic]
    cluster_authorized_operations: Int32 = field(since=8, until=10, default=-2147483648)
    error_code: Int16 = field(since=13, ignorable=True, default=0)
