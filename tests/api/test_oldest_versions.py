"""The versions that Kafka 4.0 dropped, as clients of their age see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.storage.store import Append, Marker, PartitionKey
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreateTopicsRequest, CreateTopicsResponse
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicsResponse
from kafkacompat.wire.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResponse,
)
from kafkacompat.wire.messages.fetch import FetchResponse
from kafkacompat.wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopic,
)
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
)
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestTopic, OffsetFetchResponse
from kafkacompat.wire.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from kafkacompat.wire.messages.produce import (
    PartitionProduceData,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.control import build_end_transaction_batch
from tests.api.test_fetch import fetch, fetch_one, partition, records_of, request
from tests.api.test_produce import NOW_MS, batch, produce, running, turns
from tests.wire.records.legacy_sets import GZIP, ZSTD, message, three, wrapper
from tests.wire.records.legacy_sets import batch as batch_of
from tests.wire.records.test_legacy_down_conversion import said

if TYPE_CHECKING:
    from kafkacompat.wire.messages.fetch import PartitionData
    from tests.server.wired import Client, Wired

NONE = ErrorCode.NONE


def ask(client: Client, asked: Any, response: type[Any], version: int) -> Any:
    client.send(asked, version)
    (answer,) = client.responses(response)
    return answer


def values(data: PartitionData) -> list[tuple[int, bytes | None]]:
    return [(one.offset, one.value) for one in said(records_of(data))]


async def append_marker(wired: Wired) -> None:
    topic = wired.cluster.metadata.topic("orders")
    assert topic is not None
    marker = build_end_transaction_batch(
        commit=True, timestamp_ms=NOW_MS, producer_id=7, producer_epoch=0, coordinator_epoch=0
    )
    key = PartitionKey(topic.topic_id, 0)
    await wired.cluster.store.append([Append(key, marker, read_header(marker), 0, marker=Marker(7, 0, 0, commit=True))])


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_message_set_becomes_one_batch(version: int) -> None:
    async def check(_: Wired, client: Client) -> None:
        magic = version // 2
        assert (await produce(client, three(magic), version=version)).base_offset == 0
        assert (await produce(client, wrapper(three(magic), GZIP, magic), version=version)).base_offset == 3
        header = read_header(records_of(await fetch_one(client, partition())))
        assert (header.magic, header.record_count, header.base_timestamp_ms) == (2, 3, NOW_MS if magic else -1)

    running(check)


def test_nothing_whole_is_no_error_and_appends_nothing() -> None:
    async def check(_: Wired, client: Client) -> None:
        for records in (b"", message()[:-1]):
            answer = await produce(client, records, version=2)
            assert (answer.error_code, answer.base_offset) == (NONE, -1)
        assert (await produce(client, batch())).base_offset == 0

    running(check)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"topic": "nothing"}, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ({"acks": 2}, ErrorCode.INVALID_REQUIRED_ACKS),
        ({"acks": 2, "records": b"\0" * 12}, ErrorCode.INVALID_REQUIRED_ACKS),
        ({"records": b"\0" * 12}, ErrorCode.CORRUPT_MESSAGE),
        ({"records": message(crc=1)}, ErrorCode.CORRUPT_MESSAGE),
        ({"records": message(timestamp=NOW_MS + 86_400_000)}, ErrorCode.INVALID_TIMESTAMP),
    ],
)
def test_what_is_refused_appends_nothing(arguments: dict[str, Any], code: ErrorCode) -> None:
    async def check(_: Wired, client: Client) -> None:
        chosen: dict[str, Any] = {"records": message(), "version": 2}
        answer = await produce(client, **(chosen | arguments))
        assert (answer.error_code, answer.base_offset) == (code, -1)
        assert (await produce(client, batch())).base_offset == 0

    running(check)


def test_version_3_takes_no_message_set() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert (await produce(client, message(), version=3)).error_code == ErrorCode.INVALID_RECORD

    running(check)


def test_a_large_message_set_is_converted_aside() -> None:
    async def check(_: Wired, client: Client) -> None:
        large = b"".join(message(n, value=bytes(1_000)) for n in range(300))
        data = [PartitionProduceData(index=0, records=large)]
        topics = [TopicProduceData(name="orders", partition_data=data)]
        client.send(ProduceRequest(acks=1, timeout_ms=1000, topic_data=topics), 2)
        await answered(client)
        (produced,) = client.responses(ProduceResponse)
        assert produced.responses[0].partition_responses[0].error_code == NONE
        client.send(request(partition()), 2)
        await answered(client)
        (fetched,) = client.responses(FetchResponse)
        assert [offset for offset, _ in values(fetched.responses[0].partitions[0])] == list(range(300))

    running(check)


async def answered(client: Client) -> None:
    """Wait for what a thread does."""
    for _ in range(10_000):
        if client.sent:
            return
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_old_consumers_read_messages_of_their_magic(version: int) -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch(b"a", b"b"))
        await produce(client, batch_of(codec=GZIP))
        data = await fetch_one(client, partition(offset=1), version)
        assert values(data) == [(1, b"b"), (2, b"v0"), (3, b"v1")]
        assert {one.magic for one in said(records_of(data))} == {version // 2}
        assert data.high_watermark == 4

    running(check)


def test_a_limit_smaller_than_the_first_batch_stops_nobody() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch(b"a", b"b"))
        assert values(await fetch_one(client, partition(max_bytes=1), 0)) == [(0, b"a"), (1, b"b")]

    running(check)


def test_what_has_no_equivalent_is_an_error_of_its_partition() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch_of(codec=ZSTD))
        data = await fetch_one(client, partition(), 3)
        assert (data.error_code, data.high_watermark) == (ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, -1)
        assert (await fetch_one(client, partition(index=9), 0)).error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        assert (await fetch_one(client, partition(offset=9), 0)).error_code == ErrorCode.OFFSET_OUT_OF_RANGE

    running(check)


def test_markers_are_stepped_over() -> None:
    async def check(wired: Wired, client: Client) -> None:
        await append_marker(wired)
        await append_marker(wired)
        await produce(client, batch(b"a"))
        assert values(await fetch_one(client, partition(), 2)) == [(2, b"a")]

    running(check)


def test_a_consumer_before_markers_alone_waits_for_what_comes_after() -> None:
    async def check(wired: Wired, client: Client) -> None:
        await append_marker(wired)
        client.send(request(partition(), max_wait_ms=500), 2)
        await turns()
        assert not client.sent
        await produce(wired.connect(), batch(b"a"))
        await turns()
        (response,) = client.responses(FetchResponse)
        assert values(response.responses[0].partitions[0]) == [(1, b"a")]

        await append_marker(wired)
        client.send(request(partition(offset=2), max_wait_ms=500), 2)
        await turns()
        assert not client.sent
        wired.real_time.advance(500)
        await turns()
        (response,) = client.responses(FetchResponse)
        assert values(response.responses[0].partitions[0]) == []

    running(check)


def test_offsets_before_a_time() -> None:
    def list_offsets(client: Client, timestamp: int, count: int = 10, index: int = 0) -> tuple[int, list[int]]:
        asked = ListOffsetsPartition(partition_index=index, timestamp=timestamp, max_num_offsets=count)
        topics = [ListOffsetsTopic(name="orders", partitions=[asked])]
        answer = ask(client, ListOffsetsRequest(replica_id=-1, topics=topics), ListOffsetsResponse, 0)
        only = answer.topics[0].partitions[0]
        return only.error_code, only.old_style_offsets

    async def check(wired: Wired, client: Client) -> None:
        assert list_offsets(client, -1) == list_offsets(client, -2) == (NONE, [0])
        written_ms = wired.clock.now_ms()
        await produce(client, batch(b"a", b"b", timestamp_ms=written_ms))
        wired.clock.advance(10_000)
        assert list_offsets(client, -1) == (NONE, [2, 0])
        assert list_offsets(client, -1, 1) == (NONE, [2])
        assert list_offsets(client, -1, 0) == (NONE, [])
        assert list_offsets(client, -2) == (NONE, [0])
        assert list_offsets(client, written_ms - 1) == (NONE, [])
        assert list_offsets(client, written_ms + 1) == (NONE, [0])
        assert list_offsets(client, written_ms + 10_000) == (NONE, [2, 0])
        assert list_offsets(client, -3) == (ErrorCode.UNSUPPORTED_VERSION, [])
        assert list_offsets(client, -1, -1) == (ErrorCode.UNKNOWN_SERVER_ERROR, [])
        assert list_offsets(client, -1, index=9) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, [])

    running(check)


def test_commits_of_version_0_and_1_are_read_in_all_versions() -> None:
    def commit(client: Client, version: int, topic: str = "orders") -> int:
        asked = OffsetCommitRequestPartition(partition_index=0, committed_offset=version + 5, committed_metadata="m")
        topics = [OffsetCommitRequestTopic(name=topic, partitions=[asked])]
        answer = ask(client, OffsetCommitRequest(group_id="g", topics=topics), OffsetCommitResponse, version)
        code: int = answer.topics[0].partitions[0].error_code
        return code

    def offset(client: Client, version: int, index: int = 0) -> tuple[int, int, str]:
        topics = [OffsetFetchRequestTopic(name="orders", partition_indexes=[index])]
        answer = ask(client, OffsetFetchRequest(group_id="g", topics=topics), OffsetFetchResponse, version)
        only = answer.topics[0].partitions[0]
        return only.error_code, only.committed_offset, only.metadata

    async def check(wired: Wired, client: Client) -> None:
        await wired.cluster.ensure_group_coordinator()
        for version in (0, 1):
            assert commit(client, version) == NONE
            assert [offset(client, v) for v in (0, 1, 2)] == [(NONE, version + 5, "m")] * 3
            assert commit(client, version, "nothing") == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        assert offset(client, 0, 1) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, "")
        assert offset(client, 1, 1) == (NONE, -1, "")

    running(check)


def test_topics_are_created_and_deleted() -> None:
    async def check(wired: Wired, client: Client) -> None:
        for version in (0, 1):
            name = f"new-{version}"
            topic = CreatableTopic(name=name, num_partitions=1, replication_factor=1, assignments=[], configs=[])
            codes = []
            for _ in range(2):
                asked = CreateTopicsRequest(topics=[topic], timeout_ms=1_000)
                codes.append(ask(client, asked, CreateTopicsResponse, version).topics[0].error_code)
            assert codes == [NONE, ErrorCode.TOPIC_ALREADY_EXISTS]
        only_tried = CreatableTopic(name="tried", num_partitions=1, replication_factor=1, assignments=[], configs=[])
        asked = CreateTopicsRequest(topics=[only_tried], timeout_ms=1_000, validate_only=True)
        assert ask(client, asked, CreateTopicsResponse, 1).topics[0].error_code == NONE
        assert wired.cluster.metadata.topic("tried") is None
        deletion = DeleteTopicsRequest(topic_names=["new-0", "nothing"], timeout_ms=1_000)
        answer = ask(client, deletion, DeleteTopicsResponse, 0)
        assert {one.name: one.error_code for one in answer.responses} == {
            "new-0": NONE,
            "nothing": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        }
        assert wired.cluster.metadata.topic("new-0") is None

    running(check)


def test_the_end_of_an_epoch() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch(b"a", b"b"))
        topics = [
            OffsetForLeaderTopic(
                topic="orders", partitions=[OffsetForLeaderPartition(partition=0, leader_epoch=e) for e in (0, 1)]
            )
        ]
        for version, epochs in ((0, [-1, -1]), (1, [0, -1])):
            answer = ask(client, OffsetForLeaderEpochRequest(topics=topics), OffsetForLeaderEpochResponse, version)
            found = answer.topics[0].partitions
            assert [(one.leader_epoch, one.end_offset) for one in found] == list(zip(epochs, [2, -1], strict=True))

    running(check)


def test_which_settings_are_defaults() -> None:
    async def check(wired: Wired, client: Client) -> None:
        await wired.cluster.create_topic("short", 1, {"retention.ms": "1000"})
        keys = ["retention.ms", "cleanup.policy"]
        resource = DescribeConfigsResource(resource_type=2, resource_name="short", configuration_keys=keys)
        answer = ask(client, DescribeConfigsRequest(resources=[resource]), DescribeConfigsResponse, 0)
        found = {one.name: (one.value, one.is_default) for one in answer.results[0].configs}
        assert found == {"retention.ms": ("1000", False), "cleanup.policy": ("delete", True)}

    running(check)


def test_each_partition_of_a_fetch_is_answered_for_itself() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch(b"a"))
        await produce(client, batch(b"b"), index=1)
        response = await fetch(client, request(partition(1), partition(7), partition(0)), 1)
        found = {one.partition_index: one for topic in response.responses for one in topic.partitions}
        assert found[7].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        assert {index: values(found[index]) for index in (0, 1)} == {0: [(0, b"a")], 1: [(0, b"b")]}

    running(check)
