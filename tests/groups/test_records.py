"""Bytes as Kafka 4.4.0 wrote them for the same events."""

from __future__ import annotations

import pytest

from kafkacompat.groups.records import (
    CommittedOffset,
    GroupRecord,
    GroupRecordCodec,
    OffsetRecord,
    Record,
    StoredGroup,
    StoredMember,
)

TOPIC_ID = bytes.fromhex("c022ddaed9ee42d28f5f33d1a9416851")
MEMBER = "A-63aa77d6-8890-4cce-aba6-a66ff79b8acd"
SUBSCRIPTION = b"\0\0\0\0\0\1\0\4abcd\xff\xff\xff\xff"

WRITTEN_BY_KAFKA: list[tuple[Record, bytes, bytes | None]] = [
    (
        GroupRecord("g6e9ce8", StoredGroup("", 0, None, None, 1795512230806)),
        b"\0\2\0\7g6e9ce8",
        b"\0\3\0\0\0\0\0\0\xff\xff\xff\xff\0\0\1\xa2\x0c\xde\x63\x96\0\0\0\0",
    ),
    (
        GroupRecord("g6e9ce8", StoredGroup("consumer", 2, None, None, 1795512230931)),
        b"\0\2\0\7g6e9ce8",
        b"\0\3\0\x08consumer\0\0\0\2\xff\xff\xff\xff\0\0\1\xa2\x0c\xde\x64\x13\0\0\0\0",
    ),
    (
        GroupRecord(
            "st37b1e0",
            StoredGroup(
                "consumer",
                1,
                "range",
                MEMBER,
                1795512230935,
                (StoredMember(MEMBER, "A", "ask", "/127.0.0.1", 10_000, 10_000, SUBSCRIPTION, b"XX"),),
            ),
        ),
        b"\0\2\0\x08st37b1e0",
        b"\0\3\0\x08consumer\0\0\0\1\0\5range\0&" + MEMBER.encode() + b"\0\0\1\xa2\x0c\xde\x64\x17\0\0\0\1"
        b"\0&" + MEMBER.encode() + b"\0\1A\0\3ask\0\n/127.0.0.1\0\0'\x10\0\0'\x10"
        b"\0\0\0\x10" + SUBSCRIPTION + b"\0\0\0\2XX",
    ),
    (
        OffsetRecord("g6e9ce8", "t1", 0, CommittedOffset(5, -1, "x", 1795512230885, -1, TOPIC_ID)),
        b"\0\1\0\7g6e9ce8\0\2t1\0\0\0\0",
        b"\0\4\0\0\0\0\0\0\0\5\xff\xff\xff\xff\2x\0\0\1\xa2\x0c\xde\x63\xe5\1\0\x10" + TOPIC_ID,
    ),
    (
        OffsetRecord("g6e9ce8", "abcd", 0, CommittedOffset(5, -1, "", 1795512230888, 1795512730888)),
        b"\0\1\0\7g6e9ce8\0\4abcd\0\0\0\0",
        b"\0\1\0\0\0\0\0\0\0\5\0\0\0\0\1\xa2\x0c\xde\x63\xe8\0\0\1\xa2\x0c\xe6\x05\x08",
    ),
    (OffsetRecord("g6e9ce8", "t1", 0, None), b"\0\1\0\7g6e9ce8\0\2t1\0\0\0\0", None),
    (GroupRecord("g6e9ce8", None), b"\0\2\0\7g6e9ce8", None),
]


@pytest.mark.parametrize(("record", "key", "value"), WRITTEN_BY_KAFKA)
def test_the_same_bytes_as_kafka(record: Record, key: bytes, value: bytes | None) -> None:
    codec = GroupRecordCodec()
    assert codec.encode(record) == (key, value)
    assert codec.decode(key, value) == record


def test_offsets_of_early_brokers_are_read() -> None:
    value = b"\0\0\0\0\0\0\0\0\0\5\0\1x\0\0\1\xa2\x0c\xde\x63\xe5"
    expected = OffsetRecord("g", "t", 2, CommittedOffset(5, -1, "x", 1795512230885))
    assert GroupRecordCodec().decode(b"\0\0\0\1g\0\1t\0\0\0\2", value) == expected


def test_members_of_early_brokers_have_one_timeout() -> None:
    value = b"\0\0\0\x08consumer\0\0\0\1\0\1r\0\1m\0\0\0\1\0\1m\0\1c\0\2/h\0\0'\x10\0\0\0\0\0\0\0\0"
    decoded = GroupRecordCodec().decode(b"\0\2\0\1g", value)
    member = StoredMember("m", None, "c", "/h", 10_000, 10_000, b"", b"")
    assert decoded == GroupRecord("g", StoredGroup("consumer", 1, "r", "m", -1, (member,)))


@pytest.mark.parametrize("key", [None, b"\0\3\0\1g", b"\0\x0f\0\1g"])
def test_records_of_other_kinds_are_skipped(key: bytes | None) -> None:
    assert GroupRecordCodec().decode(key, b"\0\0") is None
