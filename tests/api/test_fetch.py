"""Fetch as clients see it; what the store reads is tested with the store, sessions with the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicsResponse
from kafkacompat.wire.messages.fetch import (
    FetchPartition,
    FetchRequest,
    FetchResponse,
    FetchTopic,
    PartitionData,
)
from kafkacompat.wire.records.batch import read_header
from tests.api.test_produce import batch, produce, running, turns

if TYPE_CHECKING:
    from typing import Any

    from tests.server.wired import Client, Wired


def request(*partitions: FetchPartition, topic: str | bytes = "orders", **facts: Any) -> FetchRequest:
    name, topic_id = (topic, bytes(16)) if isinstance(topic, str) else ("", topic)
    topics = [FetchTopic(topic=name, topic_id=topic_id, partitions=list(partitions))] if partitions else []
    defaults: dict[str, Any] = {"max_wait_ms": 0, "min_bytes": 1, "topics": topics}
    return FetchRequest(**(defaults | facts))


def partition(index: int = 0, offset: int = 0, max_bytes: int = 1 << 20, **facts: Any) -> FetchPartition:
    return FetchPartition(partition=index, fetch_offset=offset, partition_max_bytes=max_bytes, **facts)


async def fetch(client: Client, asked: FetchRequest, version: int = 11) -> FetchResponse:
    client.send(asked, version)
    await turns()
    (response,) = client.responses(FetchResponse)
    return response


async def fetch_one(client: Client, asked: FetchPartition, version: int = 11, **facts: Any) -> PartitionData:
    response = await fetch(client, request(asked, **facts), version)
    return response.responses[0].partitions[0]


def records_of(data: PartitionData) -> bytes:
    assert isinstance(data.records, bytes | memoryview)
    return bytes(data.records)


def test_records_come_back_as_they_were_sent_but_for_their_place() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch(b"a"))
        sent = batch(b"b", b"c")
        await produce(client, sent)
        data = await fetch_one(client, partition(offset=1))
        header = read_header(records_of(data))
        assert (header.base_offset, header.leader_epoch) == (1, 0)
        assert records_of(data)[16:] == sent[16:]
        assert (data.high_watermark, data.last_stable_offset, data.log_start_offset) == (3, 3, 0)

    running(check)


def test_an_empty_partition_has_empty_records_and_not_null() -> None:
    async def check(_: Wired, client: Client) -> None:
        for version in (4, 11, 12):
            assert records_of(await fetch_one(client, partition(), version)) == b""

    running(check)


def test_aborted_transactions_are_null_or_a_list_by_isolation() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert (await fetch_one(client, partition())).aborted_transactions is None
        assert (await fetch_one(client, partition(), isolation_level=1)).aborted_transactions == []

    running(check)


def test_aborted_transactions_are_null_where_the_next_batch_is_larger_than_the_room_that_is_left() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch())
        await produce(client, batch(), index=1)
        size = len(batch())

        async def second(
            max_bytes: int = 1 << 20, offset: int = 0, room: int = 1 << 20
        ) -> tuple[int, list[Any] | None]:
            both = request(partition(), partition(1, offset, max_bytes), isolation_level=1, max_bytes=size + room)
            data = (await fetch(client, both)).responses[0].partitions[1]
            return len(records_of(data)), data.aborted_transactions

        assert await second() == (size, [])
        assert await second(max_bytes=size - 1) == await second(max_bytes=1) == (0, None)
        assert await second(room=size - 1) == await second(room=1) == (0, None)
        assert await second(max_bytes=0) == await second(room=0) == await second(room=-1) == (0, [])
        assert await second(max_bytes=1, offset=1) == (0, [])

    running(check)


def test_offsets_outside_the_log() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch())
        for offset in (2, -1):
            data = await fetch_one(client, partition(offset=offset))
            assert data.error_code == ErrorCode.OFFSET_OUT_OF_RANGE
            assert (data.high_watermark, data.last_stable_offset, data.log_start_offset) == (-1, -1, -1)
        assert (await fetch_one(client, partition(offset=1))).error_code == ErrorCode.NONE

    running(check)


def test_unknown_topics_and_partitions() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert (await fetch_one(client, partition(7))).error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        by_name = await fetch_one(client, partition(), topic="nothing")
        assert by_name.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        by_id = await fetch_one(client, partition(), 13, topic=b"x" * 16)
        assert by_id.error_code == ErrorCode.UNKNOWN_TOPIC_ID

    running(check)


def test_an_empty_name_is_an_unknown_name_and_a_zero_id_an_unknown_id() -> None:
    async def check(_: Wired, client: Client) -> None:
        by_name = [await fetch_one(client, partition(), version, topic="") for version in (4, 12)]
        assert [data.error_code for data in by_name] == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION] * 2
        by_id = [await fetch_one(client, partition(), version, topic=bytes(16)) for version in (13, 18)]
        assert [data.error_code for data in by_id] == [ErrorCode.UNKNOWN_TOPIC_ID] * 2

    running(check)


def test_leader_epochs_are_checked() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert (await fetch_one(client, partition(current_leader_epoch=0))).error_code == ErrorCode.NONE
        newer = await fetch_one(client, partition(current_leader_epoch=1))
        assert newer.error_code == ErrorCode.UNKNOWN_LEADER_EPOCH

    running(check)


def test_a_log_that_has_diverged_is_told_where() -> None:
    async def check(_: Wired, client: Client) -> None:
        await produce(client, batch())
        data = await fetch_one(client, partition(offset=5, last_fetched_epoch=0), 12)
        assert (data.error_code, records_of(data)) == (ErrorCode.NONE, b"")
        assert (data.diverging_epoch.epoch, data.diverging_epoch.end_offset) == (0, 1)

    running(check)


def test_partitions_are_served_in_the_order_asked_within_the_limit() -> None:
    async def check(_: Wired, client: Client) -> None:
        for index in (0, 1):
            await produce(client, batch(bytes(1000)), index=index)
        response = await fetch(client, request(partition(1), partition(0), max_bytes=100))
        sizes = [len(records_of(data)) for data in response.responses[0].partitions]
        assert sizes == [len(batch(bytes(1000))), 0]

    running(check)


def test_a_fetch_waits_for_min_bytes() -> None:
    async def check(wired: Wired, client: Client) -> None:
        other = wired.connect()
        size = len(batch())
        client.send(request(partition(), min_bytes=size + 1, max_wait_ms=500), 11)
        await produce(other, batch())
        await turns()
        assert client.sent == b""
        await produce(other, batch())
        await turns()
        (response,) = client.responses(FetchResponse)
        assert len(records_of(response.responses[0].partitions[0])) == 2 * size

    running(check)


def test_a_fetch_with_an_error_to_report_does_not_wait() -> None:
    async def check(_: Wired, client: Client) -> None:
        response = await fetch(client, request(partition(0, offset=99), max_wait_ms=10_000))
        codes = [data.error_code for data in response.responses[0].partitions]
        assert codes == [ErrorCode.OFFSET_OUT_OF_RANGE]

    running(check)


def test_a_partition_that_is_not_there_does_not_end_the_wait_for_others() -> None:
    async def check(_: Wired, client: Client) -> None:
        alone = await fetch(client, request(partition(7), max_wait_ms=10_000))
        assert alone.responses[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        client.send(request(partition(7), partition(0), max_wait_ms=10_000), 11)
        await turns()
        assert client.sent == b""

    running(check)


def test_a_deleted_topic_ends_the_wait() -> None:
    async def check(wired: Wired, client: Client) -> None:
        client.send(request(partition(), max_wait_ms=10_000), 11)
        topic = wired.cluster.metadata.topic("orders")
        assert topic is not None
        await wired.cluster.metadata.delete_topics([topic.topic_id])
        await turns()
        (response,) = client.responses(FetchResponse)
        assert response.responses[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    running(check)


def test_a_session_hears_only_of_news() -> None:
    async def check(wired: Wired, client: Client) -> None:
        opened = await fetch(client, request(partition(0), partition(1), session_epoch=0))
        assert opened.session_id != 0
        assert len(opened.responses[0].partitions) == 2
        other = wired.connect()
        await produce(other, batch(), index=1)
        answer = await fetch(client, request(session_id=opened.session_id, session_epoch=1))
        assert [data.partition_index for topic in answer.responses for data in topic.partitions] == [1]
        quiet = await fetch(client, request(partition(1, offset=1), session_id=opened.session_id, session_epoch=2))
        assert quiet.responses == []

    running(check)


def test_a_session_that_is_not_there_is_said_at_the_top() -> None:
    async def check(_: Wired, client: Client) -> None:
        answer = await fetch(client, request(session_id=99, session_epoch=1))
        assert (answer.error_code, answer.session_id) == (ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0)

    running(check)


def test_an_isolation_level_that_does_not_exist_matters_only_where_something_is_read() -> None:
    async def check(_: Wired, client: Client) -> None:
        missing = await fetch_one(client, partition(9), isolation_level=2)
        assert missing.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        answer = await fetch(client, request(partition(9), partition(0), isolation_level=2))
        assert answer.error_code == ErrorCode.UNKNOWN_SERVER_ERROR

    running(check)


def test_a_session_knows_the_topics_that_it_has_found() -> None:
    async def check(wired: Wired, client: Client) -> None:
        topic = wired.cluster.metadata.topic("orders")
        assert topic is not None
        opened = await fetch(client, request(partition(), topic=topic.topic_id, session_epoch=0), 18)
        client.send(DeleteTopicsRequest(topic_names=["orders"], timeout_ms=1000), 3)
        await turns()
        client.responses(DeleteTopicsResponse)
        answer = await fetch(client, request(session_id=opened.session_id, session_epoch=1), 18)
        assert answer.responses[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        alone = await fetch_one(client, partition(), 18, topic=topic.topic_id)
        assert alone.error_code == ErrorCode.UNKNOWN_TOPIC_ID

    running(check)


def test_unknown_ids_are_answered_before_partitions_that_are_not_there() -> None:
    async def check(wired: Wired, client: Client) -> None:
        topic = wired.cluster.metadata.topic("orders")
        assert topic is not None
        asked = request(partition(9), partition(0), topic=topic.topic_id)
        asked.topics.append(FetchTopic(topic_id=bytes(range(16)), partitions=[partition(4)]))
        answer = await fetch(client, asked, 18)
        assert [(data.partition_index, data.error_code) for each in answer.responses for data in each.partitions] == [
            (0, ErrorCode.NONE),
            (4, ErrorCode.UNKNOWN_TOPIC_ID),
            (9, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ]

    running(check)
