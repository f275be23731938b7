"""AddPartitionsToTxn (key 24)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Bool, Int16, Int32, Int64, String, field, message, struct


@struct
class AddPartitionsToTxnTopic:
    name: String = field(entity="topicName", map_key=True)
    partitions: Array[Int32]


@struct
class AddPartitionsToTxnTransaction:
    transactional_id: String = field(entity="transactionalId", map_key=True)
    producer_id: Int64 = field(entity="producerId")
    producer_epoch: Int16
    verify_only: Bool = field(default=False)
    topics: Array[AddPartitionsToTxnTopic]


@message(key=24, versions="0-5", flexible="3+")
class AddPartitionsToTxnRequest:
    transactions: Array[AddPartitionsToTxnTransaction] = field(since=4, default_factory=list)
    v3_and_below_transactional_id: String = field(until=3, entity="transactionalId", default="")
    v3_and_below_producer_id: Int64 = field(until=3, entity="producerId", default=0)
    v3_and_below_producer_epoch: Int16 = field(until=3, default=0)
    v3_and_below_topics: Array[AddPartitionsToTxnTopic] = field(until=3, default_factory=list)


@struct
class AddPartitionsToTxnPartitionResult:
    partition_index: Int32 = field(map_key=True)
    partition_error_code: Int16


@struct
class AddPartitionsToTxnTopicResult:
    name: String = field(entity="topicName", map_key=True)
    results_by_partition: Array[AddPartitionsToTxnPartitionResult]


@struct
class AddPartitionsToTxnResult:
    transactional_id: String = field(entity="transactionalId", map_key=True)
    topic_results: Array[AddPartitionsToTxnTopicResult]


@message(key=24, versions="0-5", flexible="3+")
class AddPartitionsToTxnResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(since=4, ignorable=True, default=0)
    results_by_transaction: Array[AddPartitionsToTxnResult] = field(since=4, default_factory=list)
    results_by_topic_v3_and_below: Array[AddPartitionsToTxnTopicResult] = field(until=3, default_factory=list)
