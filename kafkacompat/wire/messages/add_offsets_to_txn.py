"""AddOffsetsToTxn (key 25)."""

from __future__ import annotations

from kafkacompat.wire.schema import Int16, Int32, Int64, String, field, message


@message(key=25, versions="0-4", flexible="3+")
class AddOffsetsToTxnRequest:
    transactional_id: String = field(entity="transactionalId")
    producer_id: Int64 = field(entity="producerId")
    producer_epoch: Int16
    group_id: String = field(entity="groupId")


@message(key=25, versions="0-4", flexible="3+")
class AddOffsetsToTxnResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(default=0)
