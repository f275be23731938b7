"""What members of consumer groups tell each other inside JoinGroup and SyncGroup."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Bytes, Int32, Nullable, String, field, message, struct


@struct
class OwnedPartitions:
    topic: String = field(since=1, entity="topicName", map_key=True, default="")
    partitions: Array[Int32] = field(since=1, default_factory=list)


@message(versions="0-3")
class ConsumerProtocolSubscription:
    topics: Array[String]
    user_data: Nullable[Bytes] = field(default=None)
    owned_partitions: Array[OwnedPartitions] = field(since=1, ignorable=True, default_factory=list)
    generation_id: Int32 = field(since=2, ignorable=True, default=-1)
    rack_id: Nullable[String] = field(since=3, ignorable=True, default=None)


@struct
class TopicPartition:
    topic: String = field(entity="topicName", map_key=True)
    partitions: Array[Int32]


@message(versions="0-3")
class ConsumerProtocolAssignment:
    assigned_partitions: Array[TopicPartition]
    user_data: Nullable[Bytes] = field(default=None)
