"""The records of `__consumer_offsets`, as the coordinator decides and applies them."""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.group_records import (
    GroupMetadataKey,
    GroupMetadataValue,
    MemberMetadata,
    OffsetCommitKey,
    OffsetCommitValue,
)
from kafkacompat.wire.schema import ZERO_UUID

_VERSION: Final = Struct(">h")
_OFFSET_KEYS: Final = (0, 1)
"""Types of offset commit keys; Kafka before 0.9 wrote the first, of the same layout."""
_GROUP_KEY: Final = 2

GROUP_VALUE_VERSION: Final = 3
OFFSET_VALUE_VERSION: Final = 4
EXPIRING_OFFSET_VALUE_VERSION: Final = 1
"""The only version that carries a time of expiry: written when a commit asked for a retention time."""

NO_EXPIRY: Final = -1
NO_EPOCH: Final = -1


class StoredMember(NamedTuple):
    """A member as the log knows it: with the metadata of the group's chosen protocol, and its assignment."""

    member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    rebalance_timeout_ms: int
    session_timeout_ms: int
    subscription: bytes
    assignment: bytes


class StoredGroup(NamedTuple):
    """A classic group as the log knows it: empty, or stable with its members."""

    protocol_type: str
    generation_id: int
    protocol_name: str | None
    leader: str | None
    state_timestamp_ms: int
    members: tuple[StoredMember, ...] = ()


class CommittedOffset(NamedTuple):
    """What was committed for a partition; `expire_timestamp_ms` is -1 unless the commit asked for a retention time."""

    offset: int
    leader_epoch: int
    metadata: str
    commit_timestamp_ms: int
    expire_timestamp_ms: int = NO_EXPIRY
    topic_id: bytes = ZERO_UUID


class GroupRecord(NamedTuple):
    """A group is now so, or (None) is no more."""

    group_id: str
    group: StoredGroup | None


class OffsetRecord(NamedTuple):
    """A partition's committed offset is now so, or (None) is no more."""

    group_id: str
    topic: str
    partition: int
    committed: CommittedOffset | None


Record = GroupRecord | OffsetRecord


class GroupRecordCodec:
    """Records as keys and values, in the versions that Kafka 4.4 writes; reads all versions."""

    def encode(self, record: Record) -> tuple[bytes, bytes | None]:
        """See `coordination.ports.RecordCodec`."""
        if isinstance(record, OffsetRecord):
            key = OffsetCommitKey(group=record.group_id, topic=record.topic, partition=record.partition)
            value = None if record.committed is None else _offset_value(record.committed)
            return _versioned(_OFFSET_KEYS[1], key, 0), value
        group_value = None if record.group is None else _group_value(record.group)
        return _versioned(_GROUP_KEY, GroupMetadataKey(group=record.group_id), 0), group_value

    def decode(self, key: bytes | None, value: bytes | None) -> Record | None:
        """See `coordination.ports.RecordCodec`."""
        if key is None:
            return None
        (kind,) = _VERSION.unpack_from(key)
        if kind in _OFFSET_KEYS:
            offset_key = decode(OffsetCommitKey, 0, key[2:])
            committed = None if value is None else _read_offset(value)
            return OffsetRecord(offset_key.group, offset_key.topic, offset_key.partition, committed)
        if kind == _GROUP_KEY:
            group_id = decode(GroupMetadataKey, 0, key[2:]).group
            return GroupRecord(group_id, None if value is None else _read_group(value))
        return None


def _versioned(prefix: int, message: object, version: int) -> bytes:
    return b"".join((_VERSION.pack(prefix), *encode(message, version)))


def _offset_value(committed: CommittedOffset) -> bytes:
    expires = committed.expire_timestamp_ms != NO_EXPIRY
    version = EXPIRING_OFFSET_VALUE_VERSION if expires else OFFSET_VALUE_VERSION
    value = OffsetCommitValue(
        offset=committed.offset,
        leader_epoch=committed.leader_epoch,
        metadata=committed.metadata,
        commit_timestamp=committed.commit_timestamp_ms,
        expire_timestamp=committed.expire_timestamp_ms,
        topic_id=committed.topic_id,
    )
    return _versioned(version, value, version)


def _read_offset(data: bytes) -> CommittedOffset:
    (version,) = _VERSION.unpack_from(data)
    value = decode(OffsetCommitValue, version, data[2:])
    return CommittedOffset(
        value.offset,
        value.leader_epoch,
        value.metadata,
        value.commit_timestamp,
        value.expire_timestamp,
        value.topic_id,
    )


def _group_value(group: StoredGroup) -> bytes:
    value = GroupMetadataValue(
        protocol_type=group.protocol_type,
        generation=group.generation_id,
        protocol=group.protocol_name,
        leader=group.leader,
        current_state_timestamp=group.state_timestamp_ms,
        members=[_member_value(member) for member in group.members],
    )
    return _versioned(GROUP_VALUE_VERSION, value, GROUP_VALUE_VERSION)


def _member_value(member: StoredMember) -> MemberMetadata:
    return MemberMetadata(
        member_id=member.member_id,
        group_instance_id=member.instance_id,
        client_id=member.client_id,
        client_host=member.client_host,
        rebalance_timeout=member.rebalance_timeout_ms,
        session_timeout=member.session_timeout_ms,
        subscription=member.subscription,
        assignment=member.assignment,
    )


def _read_group(data: bytes) -> StoredGroup:
    (version,) = _VERSION.unpack_from(data)
    value = decode(GroupMetadataValue, version, data[2:])
    members = tuple(_read_member(member) for member in value.members)
    return StoredGroup(
        value.protocol_type, value.generation, value.protocol, value.leader, value.current_state_timestamp, members
    )


def _read_member(member: MemberMetadata) -> StoredMember:
    """Early versions knew one timeout for both purposes."""
    rebalance_timeout_ms = member.session_timeout if member.rebalance_timeout == -1 else member.rebalance_timeout
    return StoredMember(
        member.member_id,
        member.group_instance_id,
        member.client_id,
        member.client_host,
        rebalance_timeout_ms,
        member.session_timeout,
        bytes(member.subscription),
        bytes(member.assignment),
    )
