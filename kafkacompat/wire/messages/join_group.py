"""JoinGroup (key 11)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    Array,
    Bool,
    Bytes,
    Int16,
    Int32,
    Nullable,
    String,
    field,
    message,
    struct,
)


@struct
class JoinGroupRequestProtocol:
    name: String = field(map_key=True)
    metadata: Bytes


@message(key=11, versions="0-9", flexible="6+")
class JoinGroupRequest:
    group_id: String = field(entity="groupId")
    session_timeout_ms: Int32
    rebalance_timeout_ms: Int32 = field(since=1, ignorable=True, default=-1)
    member_id: String
    group_instance_id: Nullable[String] = field(since=5, default=None)
    protocol_type: String
    protocols: Array[JoinGroupRequestProtocol]
    reason: Nullable[String] = field(since=8, ignorable=True, default=None)


@struct
class JoinGroupResponseMember:
    member_id: String
    group_instance_id: Nullable[String] = field(since=5, ignorable=True, default=None)
    metadata: Bytes


@message(key=11, versions="0-9", flexible="6+")
class JoinGroupResponse:
    throttle_time_ms: Int32 = field(since=2, ignorable=True, default=0)
    error_code: Int16 = field(default=0)
    generation_id: Int32 = field(default=-1)
    protocol_type: Nullable[String] = field(since=7, ignorable=True, default=None)
    protocol_name: Nullable[String] = field(null_since=7)
    leader: String
    skip_assignment: Bool = field(since=9, default=False)
    member_id: String
    members: Array[JoinGroupResponseMember]
