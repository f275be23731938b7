"""The framing of metadata records, against values copied from the log of a Kafka 4.4.0 controller."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.metadata.codec import MetadataRecordCodec
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.metadata_records import (
    BeginTransactionRecord,
    ConfigRecord,
    EndTransactionRecord,
    FeatureLevelRecord,
    NoOpRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from kafkacompat.wire.uuids import uuid_from_text

OK_ID = uuid_from_text("a2Nj9nO7Sn6dSRhGw9eWAA")

GOLDEN: list[tuple[Any, str]] = [
    (BeginTransactionRecord(name="Bootstrap records"), "01170001001212426f6f747374726170207265636f726473"),
    (
        FeatureLevelRecord(name="metadata.version", feature_level=33),
        "010c00116d657461646174612e76657273696f6e002100",
    ),
    (
        ConfigRecord(resource_type=4, resource_name="", name="min.insync.replicas", value="1"),
        "0104000401146d696e2e696e73796e632e7265706c69636173023100",
    ),
    (EndTransactionRecord(), "01180000"),
    (NoOpRecord(), "01140000"),
    (TopicRecord(name="ok", topic_id=OK_ID), "010200036f6b6b6363f673bb4a7e9d491846c3d7960000"),
    (
        PartitionRecord(
            partition_id=0,
            topic_id=OK_ID,
            replicas=[0],
            isr=[0],
            removing_replicas=[],
            adding_replicas=[],
            leader=0,
            leader_epoch=0,
            partition_epoch=0,
            directories=[uuid_from_text("8NHFZK-focqznzFk0ne50w")],
        ),
        (
            "010302000000006b6363f673bb4a7e9d491846c3d79600020000000002000000000101000000000000000000000000"
            "02f0d1c564af9fa1cab39f3164d277b9d300"
        ),
    ),
    (
        RemoveTopicRecord(topic_id=uuid_from_text("rutFgV7PRDqxmX3mVgGiAg")),
        "010900aeeb45815ecf443ab1997de65601a20200",
    ),
    (
        ProducerIdsRecord(broker_id=0, broker_epoch=11, next_producer_id=1000),
        "010f0000000000000000000000000b00000000000003e800",
    ),
]


@pytest.mark.parametrize(("record", "value"), GOLDEN)
def test_values_are_kafkas_bytes(record: Any, value: str) -> None:
    codec = MetadataRecordCodec()
    assert codec.encode(record) == (None, bytes.fromhex(value))
    assert codec.decode(None, bytes.fromhex(value)) == record


def test_a_kind_of_a_later_release_is_skipped() -> None:
    assert MetadataRecordCodec().decode(None, bytes([1, 0x7F, 0, 5, 5])) is None


@pytest.mark.parametrize("value", [None, b"\x02\x02\x00", b"\x01\x02\x00"])
def test_other_framing_is_refused(value: bytes | None) -> None:
    with pytest.raises(MalformedError):
        MetadataRecordCodec().decode(None, value)
