"""Stock clients of old ways, unchanged: topics, producing with each codec, consuming alone, groups of two."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from kafkacompat.wire.records.compression import Codec
from tests.clients.program import wait_until
from tests.clients.stored import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.clients.program import Client, Event

SIZE_BYTES = 300


def expected(index: int, size: int = 0) -> tuple[str | None, str]:
    """Key and value of a record, by the contract of the suite."""
    value = f"ż{index}|".encode().ljust(size, b"x").decode()
    return (None if index % 10 == 9 else f"k{index}"), value


def checksum(records: Iterable[tuple[str | None, str]]) -> str:
    """A checksum over the contents, whatever order partitions were read in."""
    return hashlib.sha256(repr(sorted(records, key=str)).encode()).hexdigest()


def contents(events: list[Event]) -> list[tuple[str | None, str]]:
    return [(event["key"], event["value"]) for event in events if event["event"] == "record"]


def test_produces_with_every_codec_and_consumes_alone(
    client: Client, administrator: Client, fresh_name: Callable[[str], str]
) -> None:
    topic = fresh_name("alone")
    administrator.run("create-topic", topic, partitions=3)
    per_codec = 20
    total = per_codec * len(client.codecs)
    client.run("produce", topic, count=per_codec, codec=",".join(client.codecs), size=SIZE_BYTES)
    idempotent = {} if "idempotent" in client.lacks else {"idempotent": True}
    client.run("produce", topic, count=10, start=total, size=SIZE_BYTES, **idempotent)
    client.run("produce", topic, count=10, start=total + 10, size=SIZE_BYTES, acks="1")
    client.run("produce", topic, count=10, start=total + 20, size=SIZE_BYTES, acks="0")
    total += 30

    events = client.run("consume", topic, count=total)

    assert checksum(contents(events)) == checksum(expected(index, SIZE_BYTES) for index in range(total))
    records = [event for event in events if event["event"] == "record"]
    headers = [] if "headers" in client.lacks else [["origin", "compat-suite"]]
    offsets: dict[int, list[int]] = {}
    for record in records:
        assert record["headers"] == headers
        offsets.setdefault(record["partition"], []).append(record["offset"])
    assert set(offsets) <= {0, 1, 2}
    for partition, seen in offsets.items():
        assert seen == list(range(len(seen))), f"partition {partition}"
    used = codecs_of(client.bootstrap, topic, partitions=3)
    assert {Codec(number).name.lower() for number in used} == set(client.codecs)
    administrator.run("delete-topic", topic)


def test_two_members_share_the_partitions_and_a_third_resumes(
    client: Client, administrator: Client, fresh_name: Callable[[str], str]
) -> None:
    topic, group = fresh_name("shared"), fresh_name("group")
    administrator.run("create-topic", topic, partitions=4)
    client.run("produce", topic, count=40)
    with client.member(topic, group) as first:
        first.wait_until(lambda: first.owned == {0, 1, 2, 3})
        first.wait_until(lambda: len(first.records) == 40)
        if client.tells_commits:
            first.wait_until(lambda: sum(first.committed.values()) == 40)
        with client.member(topic, group) as second:
            wait_until(lambda: len(first.owned) == len(second.owned) == 2, second, first)
            wait_until(lambda: first.owned | second.owned == {0, 1, 2, 3}, second, first)
            owned = first.owned, second.owned
            client.run("produce", topic, count=60, start=40)
            wait_until(lambda: len(first.records) + len(second.records) >= 100, second, first)
            later = first.records[40:], second.records
            first.leave()
            second.wait_until(lambda: second.owned == {0, 1, 2, 3})
            second.leave()
            all_records = Counter(contents(first.events) + contents(second.events))
    assert all_records == Counter(expected(index) for index in range(100))
    for records, partitions in zip(later, owned, strict=True):
        assert {record["partition"] for record in records} <= partitions
        assert records, "both members have work"

    client.run("produce", topic, count=10, start=100)
    resumed = client.run("group", topic, group=group, count=10)
    assert Counter(contents(resumed)) == Counter(expected(index) for index in range(100, 110))
    administrator.run("delete-topic", topic)
