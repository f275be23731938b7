"""DescribeProducers (key 61)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Int64, Nullable, String, field, message, struct


@struct
class TopicRequest:
    name: String = field(entity="topicName", map_key=True)
    partition_indexes: Array[Int32]


@message(key=61, versions="0", flexible="0+")
class DescribeProducersRequest:
    topics: Array[TopicRequest]


@struct
class ProducerState:
    producer_id: Int64 = field(entity="producerId")
    producer_epoch: Int32
    last_sequence: Int32 = field(default=-1)
    last_timestamp: Int64 = field(default=-1)
    coordinator_epoch: Int32
    current_txn_start_offset: Int64 = field(default=-1)


@struct
class PartitionResponse:
    partition_index: Int32
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default=None)
    active_producers: Array[ProducerState]


@struct
class TopicResponse:
    name: String = field(entity="topicName")
    partitions: Array[PartitionResponse]


@message(key=61, versions="0", flexible="0+")
class DescribeProducersResponse:
    throttle_time_ms: Int32 = field(default=0)
    topics: Array[TopicResponse]
