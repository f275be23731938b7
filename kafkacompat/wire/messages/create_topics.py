"""CreateTopics (key 19)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Bool,
    Int8,
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
class CreatableReplicaAssignment:
    partition_index: Int32 = field(map_key=True)
    broker_ids: Array[Int32] = field(entity="brokerId")


@struct
class CreatableTopicConfig:
    name: String = field(map_key=True)
    value: Nullable[String]


@struct
class CreatableTopic:
    name: String = field(entity="topicName", map_key=True)
    num_partitions: Int32
    replication_factor: Int16
    assignments: Array[CreatableReplicaAssignment]
    configs: Array[CreatableTopicConfig]


@message(key=19, versions="0-7", flexible="5+")
class CreateTopicsRequest:
    topics: Array[CreatableTopic]
    timeout_ms: Int32 = field(default=60000)
    validate_only: Bool = field(since=1, default=False)


@struct
class CreatableTopicConfigs:
    name: String = field(since=5, default="")
    value: Nullable[String] = field(since=5, default="")
    read_only: Bool = field(since=5, default=False)
    config_source: Int8 = field(since=5, ignorable=True, default=-1)
    is_sensitive: Bool = field(since=5, default=False)


@struct
class CreatableTopicResult:
    name: String = field(entity="topicName", map_key=True)
    topic_id: Uuid = field(since=7, ignorable=True, default=ZERO_UUID)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(since=1, ignorable=True, default="")
    topic_config_error_code: Int16 = field(since=5, tag=0, ignorable=True, default=0)
    num_partitions: Int32 = field(since=5, ignorable=True, default=-1)
    replication_factor: Int16 = field(since=5, ignorable=True, default=-1)
    configs: Nullable[Array[CreatableTopicConfigs]] = field(since=5, ignorable=True, default_factory=list)


@message(key=19, versions="0-7", flexible="5+")
class CreateTopicsResponse:
    throttle_time_ms: Int32 = field(since=2, ignorable=True, default=0)
    topics: Array[CreatableTopicResult]
