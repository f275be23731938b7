"""DescribeGroups (key 15)."""

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


@message(key=15, versions="0-6", flexible="5+")
class DescribeGroupsRequest:
    groups: Array[String] = field(entity="groupId")
    include_authorized_operations: Bool = field(since=3, default=False)


@struct
class DescribedGroupMember:
    member_id: String
    group_instance_id: Nullable[String] = field(since=4, ignorable=True, default=None)
    client_id: String
    client_host: String
    member_metadata: Bytes
    member_assignment: Bytes


@struct
class DescribedGroup:
    error_code: Int16 = field(default=0)
    error_message: Nullable[String] = field(since=6, default=None)
    group_id: String = field(entity="groupId")
    group_state: String
    protocol_type: String
    protocol_data: String
    members: Array[DescribedGroupMember]
    authorized_operations: Int32 = field(since=3, default=-2147483648)


@message(key=15, versions="0-6", flexible="5+")
class DescribeGroupsResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    groups: Array[DescribedGroup]
