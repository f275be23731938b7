"""Keys and values of `__consumer_offsets`; the key of a message is the record type."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Bytes,
    Int32,
    Int64,
    Nullable,
    String,
    Uuid,
    field,
    message,
    struct,
)


@message(key=0, versions="0")
class LegacyOffsetCommitKey:
    group: String
    topic: String
    partition: Int32


@message(key=1, versions="0")
class OffsetCommitKey:
    group: String
    topic: String
    partition: Int32


@message(key=0, versions="0")
class LegacyOffsetCommitValue:
    offset: Int64
    metadata: String
    commit_timestamp: Int64


@message(key=1, versions="0-4", flexible="4+")
class OffsetCommitValue:
    offset: Int64
    leader_epoch: Int32 = field(since=3, ignorable=True, default=-1)
    metadata: String
    commit_timestamp: Int64
    expire_timestamp: Int64 = field(since=1, until=1, ignorable=True, default=-1)
    topic_id: Uuid = field(since=4, tag=0, ignorable=True, default=ZERO_UUID)


@message(key=2, versions="0")
class GroupMetadataKey:
    group: String


@struct
class MemberMetadata:
    member_id: String
    group_instance_id: Nullable[String] = field(since=3, ignorable=True, default=None)
    client_id: String
    client_host: String
    rebalance_timeout: Int32 = field(since=1, ignorable=True, default=-1)
    session_timeout: Int32
    subscription: Bytes
    assignment: Bytes


@message(key=2, versions="0-4", flexible="4+")
class GroupMetadataValue:
    protocol_type: String
    generation: Int32
    protocol: Nullable[String]
    leader: Nullable[String]
    current_state_timestamp: Int64 = field(since=2, ignorable=True, default=-1)
    members: Array[MemberMetadata]
