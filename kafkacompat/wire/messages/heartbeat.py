"""Heartbeat (key 12)."""

from __future__ import annotations

from kafkacompat.wire.schema import Int16, Int32, Nullable, String, field, message


@message(key=12, versions="0-4", flexible="4+")
class HeartbeatRequest:
    group_id: String = field(entity="groupId")
    generation_id: Int32
    member_id: String
    group_instance_id: Nullable[String] = field(since=3, default=None)


@message(key=12, versions="0-4", flexible="4+")
class HeartbeatResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    error_code: Int16 = field(default=0)
