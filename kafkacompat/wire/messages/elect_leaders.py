"""ElectLeaders (key 43)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int8, Int16, Int32, Nullable, String, field, message, struct


@struct
class TopicPartitions:
    topic: String = field(entity="topicName", map_key=True)
    partitions: Array[Int32]


@message(key=43, versions="0-2", flexible="2+")
class ElectLeadersRequest:
    election_type: Int8 = field(since=1, default=0)
    topic_partitions: Nullable[Array[TopicPartitions]]
    timeout_ms: Int32 = field(default=60000)


@struct
class PartitionResult:
    partition_id: Int32
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(default="")


@struct
class ReplicaElectionResult:
    topic: String = field(entity="topicName")
    partition_result: Array[PartitionResult]


@message(key=43, versions="0-2", flexible="2+")
class ElectLeadersResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(since=1, default=0)
    replica_election_results: Array[ReplicaElectionResult]
