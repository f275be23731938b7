"""DescribeTransactions (key 65)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Int64, String, field, message, struct


@message(key=65, versions="0", flexible="0+")
class DescribeTransactionsRequest:
    transactional_ids: Array[String] = field(entity="transactionalId")


@struct
class TopicData:
    topic: String = field(entity="topicName", map_key=True)
    partitions: Array[Int32]


@struct
class TransactionState:
    error_code: Int16 = field(default=0)
    transactional_id: String = field(entity="transactionalId")
    transaction_state: String
    transaction_timeout_ms: Int32
    transaction_start_time_ms: Int64
    producer_id: Int64 = field(entity="producerId")
    producer_epoch: Int16
    topics: Array[TopicData]


@message(key=65, versions="0", flexible="0+")
class DescribeTransactionsResponse:
    throttle_time_ms: Int32 = field(default=0)
    transaction_states: Array[TransactionState]
