"""Answers are compared as clients understand them: ids and times by what they mean, all else as it is."""

from __future__ import annotations

import time

from kafkacompat.wire.messages.create_topics import CreatableTopicResult, CreateTopicsResponse
from kafkacompat.wire.messages.heartbeat import HeartbeatResponse
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)
from tests.differential.batches import batch
from tests.differential.compare import differences
from tests.differential.connection import Outcome, Undecodable
from tests.differential.plain import batches, plain
from tests.differential.symbols import Symbols

ONE, OTHER = b"\x01" * 16, b"\x02" * 16


def test_ids_are_the_same_when_each_broker_repeats_its_own_where_the_other_does() -> None:
    def told(*ids: bytes) -> object:
        return Symbols().apply([{"topic_id": one} for one in ids])

    assert told(ONE, OTHER, ONE) == told(OTHER, ONE, OTHER)
    assert told(ONE, OTHER, ONE) != told(ONE, OTHER, OTHER)
    assert told(ONE) != told(bytes(16))


def test_ids_within_words_are_told_apart_too() -> None:
    symbols, others = Symbols(), Symbols()
    member, another = "c-00000000-0000-4000-8000-000000000001", "c-00000000-0000-4000-8000-000000000002"
    assert symbols.apply(f"unknown member {member}") == others.apply(f"unknown member {another}")
    assert symbols.apply(another) != others.apply(another)


def test_times_about_now_are_alike_and_others_are_not() -> None:
    now = int(time.time() * 1000)
    assert Symbols().apply({"timestamp": now}) == Symbols().apply({"timestamp": now + 1000})
    assert Symbols().apply({"timestamp": now}) != Symbols().apply({"timestamp": now - 86_400_000})
    assert Symbols().apply({"timestamp": 1_700_000_000_000}) == {"timestamp": 1_700_000_000_000}


def test_a_field_counts_in_the_versions_that_have_it() -> None:
    answer = HeartbeatResponse(error_code=27)
    assert plain(answer, 0) == {"error_code": 27}
    assert plain(answer, 1) == {"throttle_time_ms": 0, "error_code": 27}


def test_what_is_no_response_is_told_in_words() -> None:
    assert plain(Outcome.CLOSED, 0) == "the connection is closed"
    assert plain(Undecodable("too short", b"\1"), 0) == "undecodable (too short): 01"


def test_lists_in_the_order_of_a_hash_table_have_none() -> None:
    parts = [OffsetCommitResponsePartition(partition_index=n, error_code=0) for n in range(3)]
    one, other = (
        OffsetCommitResponse(topics=[OffsetCommitResponseTopic(name="t", partitions=list(some))])
        for some in (parts, reversed(parts))
    )
    assert plain(one, 8) == plain(other, 8)


def test_other_lists_keep_their_order() -> None:
    def answer(*names: str) -> CreateTopicsResponse:
        return CreateTopicsResponse(topics=[CreatableTopicResult(name=name) for name in names])

    assert plain(answer("a", "b"), 7) != plain(answer("b", "a"), 7)


def test_records_are_described_without_what_compressors_do_in_their_own_ways() -> None:
    plain_one, zipped = batches(batch(2)), batches(batch(2, codec=1))
    assert plain_one[0]["records_sha256"] == zipped[0]["records_sha256"]
    assert plain_one[0]["attributes"] != zipped[0]["attributes"]
    assert batches(batch(2) + batch(1)[:40]) == plain_one
    assert batches(batch(2)) != batches(batch(2, timestamp_ms=1))


def test_differences_name_the_field() -> None:
    kafka = {"topics": [{"error_code": 3}], "n": True}
    ours = {"topics": [{"error_code": 0}, {"error_code": 0}], "n": 1}
    found = [(one.field, one.kafka, one.ours) for one in differences("", kafka, ours)]
    assert found == [("topics.count", 1, 2), ("topics[0].error_code", 3, 0), ("n", True, 1)]
