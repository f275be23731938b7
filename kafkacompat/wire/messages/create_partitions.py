"""CreatePartitions (key 37)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Bool, Int16, Int32, Nullable, String, field, message, struct


@struct
class CreatePartitionsAssignment:
    broker_ids: Array[Int32] = field(entity="brokerId")


@struct
class CreatePartitionsTopic:
    name: String = field(entity="topicName", map_key=True)
    count: Int32
    assignments: Nullable[Array[CreatePartitionsAssignment]]


@message(key=37, versions="0-3", flexible="2+")
class CreatePartitionsRequest:
    topics: Array[CreatePartitionsTopic]
    timeout_ms: Int32
    validate_only: Bool


@struct
class CreatePartitionsTopicResult:
    name: String = field(entity="topicName")
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default=None)


@message(key=37, versions="0-3", flexible="2+")
class CreatePartitionsResponse:
    throttle_time_ms: Int32 = field(default=0)
    results: Array[CreatePartitionsTopicResult]
