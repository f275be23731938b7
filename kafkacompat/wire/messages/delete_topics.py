"""DeleteTopics (key 20)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
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
class DeleteTopicState:
    name: Nullable[String] = field(since=6, entity="topicName", default=None)
    topic_id: Uuid = field(since=6, default=ZERO_UUID)


@message(key=20, versions="0-6", flexible="4+")
class DeleteTopicsRequest:
    topics: Array[DeleteTopicState] = field(since=6, default_factory=list)
    topic_names: Array[String] = field(until=5, entity="topicName", ignorable=True, default_factory=list)
    timeout_ms: Int32


@struct
class DeletableTopicResult:
    name: Nullable[String] = field(null_since=6, entity="topicName", map_key=True)
    topic_id: Uuid = field(since=6, ignorable=True, default=ZERO_UUID)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(since=5, ignorable=True, default=None)


@message(key=20, versions="0-6", flexible="4+")
class DeleteTopicsResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    responses: Array[DeletableTopicResult]
