"""EndTxn (key 26)."""

from __future__ import annotations

from kafkacompat.wire.schema import Bool, Int16, Int32, Int64, String, field, message


@message(key=26, versions="0-5", flexible="3+")
class EndTxnRequest:
    transactional_id: String = field(entity="transactionalId")
    producer_id: Int64 = field(entity="producerId")
    producer_epoch: Int16
    committed: Bool


@message(key=26, versions="0-5", flexible="3+")
class EndTxnResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(default=0)
    producer_id: Int64 = field(since=5, entity="producerId", ignorable=True, default=-1)
    producer_epoch: Int16 = field(since=5, ignorable=True, default=-1)
