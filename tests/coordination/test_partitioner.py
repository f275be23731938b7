from __future__ import annotations

import pytest

from kafkacompat.coordination.partitioner import java_hash, partition_for

LEAST = -(1 << 31)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("a", 97), ("hello", 99162322), ("polygenelubricants", LEAST), ("\u00e9", 233), ("\U0001f600", 1772899)],
)
def test_hashes_as_java_does(text: str, expected: int) -> None:
    assert java_hash(text) == expected


def test_the_hash_without_a_positive_counterpart_is_zero() -> None:
    assert partition_for("polygenelubricants", 50) == 0


@pytest.mark.parametrize(("group_id", "partition"), [("g6e9ce8", 31), ("st37b1e0", 3)])
def test_negative_hashes_go_where_kafka_keeps_them(group_id: str, partition: int) -> None:
    assert java_hash(group_id) < 0
    assert partition_for(group_id, 50) == partition
