"""DeleteGroups (key 42)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, Nullable, String, field, message, struct


@message(key=42, versions="0-3", flexible="2+")
class DeleteGroupsRequest:
    groups_names: Array[String] = field(entity="groupId")


@struct
class DeletableGroupResult:
    group_id: String = field(entity="groupId", map_key=True)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(since=3, ignorable=True, default=None)


@message(key=42, versions="0-3", flexible="2+")
class DeleteGroupsResponse:
    throttle_time_ms: Int32 = field(default=0)
    results: Array[DeletableGroupResult]
