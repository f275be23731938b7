"""ListTransactions (key 66)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Int64, Nullable, String, field, message, struct


@message(key=66, versions="0-2", flexible="0+")
class ListTransactionsRequest:
    state_filters: Array[String]
    producer_id_filters: Array[Int64] = field(entity="producerId")
    duration_filter: Int64 = field(since=1, default=-1)
    transactional_id_pattern: Nullable[String] = field(since=2, default=None)


@struct
class TransactionState:
    transactional_id: String = field(entity="transactionalId")
    producer_id: Int64 = field(entity="producerId")
    transaction_state: String


@message(key=66, versions="0-2", flexible="0+")
class ListTransactionsResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(default=0)
    unknown_state_filters: Array[String]
    transaction_states: Array[TransactionState]
