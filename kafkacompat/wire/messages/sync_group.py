"""SyncGroup (key 14)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Bytes, Int16, Int32, Nullable, String, field, message, struct


@struct
class SyncGroupRequestAssignment:
    member_id: String
    assignment: Bytes


@message(key=14, versions="0-5", flexible="4+")
class SyncGroupRequest:
    group_id: String = field(entity="groupId")
    generation_id: Int32
    member_id: String
    group_instance_id: Nullable[String] = field(since=3, default=None)
    protocol_type: Nullable[String] = field(since=5, ignorable=True, default=None)
    protocol_name: Nullable[String] = field(since=5, ignorable=True, default=None)
    assignments: Array[SyncGroupRequestAssignment]


@message(key=14, versions="0-5", flexible="4+")
class SyncGroupResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    error_code: Int16 = field(default=0)
    protocol_type: Nullable[String] = field(since=5, ignorable=True, default=None)
    protocol_name: Nullable[String] = field(since=5, ignorable=True, default=None)
    assignment: Bytes
