"""ListGroups (key 16)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int16, Int32, String, field, message, struct


@message(key=16, versions="0-5", flexible="3+")
class ListGroupsRequest:
    states_filter: Array[String] = field(since=4, default_factory=list)
    types_filter: Array[String] = field(since=5, default_factory=list)


@struct
class ListedGroup:
    group_id: String = field(entity="groupId")
    protocol_type: String
    group_state: String = field(since=4, ignorable=True, default="")
    group_type: String = field(since=5, ignorable=True, default="")


@message(key=16, versions="0-5", flexible="3+")
class ListGroupsResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    error_code: Int16 = field(default=0)
    groups: Array[ListedGroup]
