"""LeaveGroup (key 13)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Nullable, String, field, message, struct


@struct
class MemberIdentity:
    member_id: String = field(since=3, default="")
    group_instance_id: Nullable[String] = field(since=3, default=None)
    reason: Nullable[String] = field(since=5, ignorable=True, default=None)


@message(key=13, versions="0-5", flexible="4+")
class LeaveGroupRequest:
    group_id: String = field(entity="groupId")
    member_id: String = field(until=2, default="")
    members: Array[MemberIdentity] = field(since=3, default_factory=list)


@struct
class MemberResponse:
    member_id: String = field(since=3, default="")
    group_instance_id: Nullable[String] = field(since=3, default="")
    error_code: Int16 = field(since=3, default=0)


@message(key=13, versions="0-5", flexible="4+")
class LeaveGroupResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    error_code: Int16 = field(default=0)
    members: Array[MemberResponse] = field(since=3, default_factory=list)
