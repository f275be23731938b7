"""Produce (key 0)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
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
class PartitionProduceData:
    index: Int32
    records: Nullable[Records]


@struct
class TopicProduceData:
    name: String = field(until=12, entity="topicName", ignorable=True, map_key=True, default="")
    topic_id: Uuid = field(since=13, ignorable=True, map_key=True, default=ZERO_UUID)
    partition_data: Array[PartitionProduceData]


@message(key=0, versions="0-13", flexible="9+")
class ProduceRequest:
    transactional_id: Nullable[String] = field(since=3, entity="transactionalId", default=None)
    acks: Int16
    timeout_ms: Int32
    topic_data: Array[TopicProduceData]


@struct
class BatchIndexAndErrorMessage:
    batch_index: Int32 = field(since=8, default=0)
    batch_index_error_message: Nullable[String] = field(since=8, default=None)


@struct
class LeaderIdAndEpoch:
    leader_id: Int32 = field(since=10, entity="brokerId", default=-1)
    leader_epoch: Int32 = field(since=10, default=-1)


@struct
class PartitionProduceResponse:
    index: Int32
    error_code: Int16 = field(default=0)
    base_offset: Int64
    log_append_time_ms: Int64 = field(since=2, ignorable=True, default=-1)
    log_start_offset: Int64 = field(since=5, ignorable=True, default=-1)
    record_errors: Array[BatchIndexAndErrorMessage] = field(since=8, ignorable=True, default_factory=list)
    error_message: Nullable[String] = field(since=8, ignorable=True, default=None)
    current_leader: LeaderIdAndEpoch = field(since=10, tag=0, default_factory=LeaderIdAndEpoch)


@struct
class TopicProduceResponse:
    name: String = field(until=12, entity="topicName", ignorable=True, map_key=True, default="")
    topic_id: Uuid = field(since=13, ignorable=True, map_key=True, default=ZERO_UUID)
    partition_responses: Array[PartitionProduceResponse]


@struct
class NodeEndpoint:
    node_id: Int32 = field(since=10, entity="brokerId", map_key=True, default=0)
    host: String = field(since=10, default="")
    port: Int32 = field(since=10, default=0)
    rack: Nullable[String] = field(since=10, default=None)


@message(key=0, versions="0-13", flexible="9+")
class ProduceResponse:
    responses: Array[TopicProduceResponse]
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    node_endpoints: Array[NodeEndpoint] = field(since=10, tag=0, default_factory=list)
