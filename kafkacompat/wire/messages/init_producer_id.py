"""InitProducerId (key 22)."""

from __future__ import annotations

from kafkacompat.wire.schema import Bool, Int16, Int32, Int64, Nullable, String, field, message


@message(key=22, versions="0-6", flexible="2+", unstable=True)
class InitProducerIdRequest:
    transactional_id: Nullable[String] = field(entity="transactionalId")
    transaction_timeout_ms: Int32
    producer_id: Int64 = field(since=3, entity="producerId", default=-1)
    producer_epoch: Int16 = field(since=3, default=-1)
    enable2_pc: Bool = field(since=6, default=False)
    keep_prepared_txn: Bool = field(since=6, default=False)


@message(key=22, versions="0-6", flexible="2+")
class InitProducerIdResponse:
    throttle_time_ms: Int32 = field(ignorable=True, default=0)
    error_code: Int16 = field(default=0)
    producer_id: Int64 = field(entity="producerId", default=-1)
    producer_epoch: Int16
    ongoing_txn_producer_id: Int64 = field(since=6, entity="producerId", default=-1)
    ongoing_txn_producer_epoch: Int16 = field(since=6, default=-1)
