"""Produce as clients see it; the checks of the batch itself are tested with the records."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.produce import (
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.record import Record
from tests.server.wired import Client, Wired

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

NOW_MS = 1_700_000_000_000
NONE = ErrorCode.NONE


def batch(*values: bytes, timestamp_ms: int = NOW_MS, producer_id: int = -1, sequence: int = -1) -> bytes:
    return build_batch(
        [Record(offset_delta=n, value=value) for n, value in enumerate(values or (b"value",))],
        base_timestamp_ms=timestamp_ms,
        producer_id=producer_id,
        producer_epoch=-1 if producer_id < 0 else 0,
        base_sequence=sequence,
    )


def running(
    test: Callable[[Wired, Client], Coroutine[Any, Any, None]], settings: Mapping[str, str] | None = None
) -> None:
    async def run() -> None:
        wired = await Wired(settings).start()
        await wired.cluster.create_topic("orders", 2)
        await test(wired, wired.connect())

    asyncio.run(run())


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def produce(
    client: Client,
    records: bytes,
    topic: str | bytes = "orders",
    index: int = 0,
    acks: int = -1,
    version: int = 9,
) -> PartitionProduceResponse:
    data = [PartitionProduceData(index=index, records=records)]
    name, topic_id = (topic, bytes(16)) if isinstance(topic, str) else ("", topic)
    client.send(
        ProduceRequest(
            acks=acks,
            timeout_ms=1000,
            topic_data=[TopicProduceData(name=name, topic_id=topic_id, partition_data=data)],
        ),
        version,
    )
    await turns()
    (response,) = client.responses(ProduceResponse)
    (answered,) = response.responses
    assert (answered.name, answered.topic_id) == (name, topic_id)
    (answer,) = answered.partition_responses
    assert answer.index == index
    return answer


def test_offsets_count_records_of_each_partition() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert (await produce(client, batch(b"a", b"b"))).base_offset == 0
        assert (await produce(client, batch(b"c"))).base_offset == 2
        assert (await produce(client, batch(b"d"), index=1)).base_offset == 0

    running(check)


def test_a_topic_by_its_id() -> None:
    async def check(wired: Wired, client: Client) -> None:
        topic = wired.cluster.metadata.topic("orders")
        assert topic is not None
        assert (await produce(client, batch(), topic.topic_id, version=13)).error_code == NONE
        assert (await produce(client, batch(), b"x" * 16, version=13)).error_code == ErrorCode.UNKNOWN_TOPIC_ID

    running(check)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"topic": "nothing"}, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ({"index": 2}, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ({"index": -1}, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ({"acks": 2}, ErrorCode.INVALID_REQUIRED_ACKS),
        ({"records": b""}, ErrorCode.INVALID_RECORD),
        ({"records": batch() * 2}, ErrorCode.INVALID_RECORD),
        ({"records": batch()[:-1] + b"?"}, ErrorCode.CORRUPT_MESSAGE),
        ({"records": batch(bytes(1_048_588))}, ErrorCode.MESSAGE_TOO_LARGE),
    ],
)
def test_what_is_refused_appends_nothing(arguments: dict[str, Any], code: ErrorCode) -> None:
    async def check(_: Wired, client: Client) -> None:
        answer = await produce(client, **({"records": batch()} | arguments))
        assert (answer.error_code, answer.base_offset, answer.log_append_time_ms) == (code, -1, -1)
        assert (await produce(client, batch())).base_offset == 0

    running(check)


def test_one_bad_partition_does_not_keep_the_others() -> None:
    async def check(_: Wired, client: Client) -> None:
        data = [PartitionProduceData(index=n, records=batch()) for n in (0, 7, 1)]
        request = ProduceRequest(
            acks=1, timeout_ms=1000, topic_data=[TopicProduceData(name="orders", partition_data=data)]
        )
        client.send(request, 9)
        (response,) = client.responses(ProduceResponse)
        codes = [answer.error_code for answer in response.responses[0].partition_responses]
        assert codes == [NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, NONE]

    running(check)


async def produce_each(
    client: Client, *partitions: tuple[int, bytes | None], acks: int = 1
) -> list[tuple[int, int, int]]:
    """Send records to partitions in this order; return index, error code and base offset of each answer."""
    data = [PartitionProduceData(index=index, records=records) for index, records in partitions]
    topics = [TopicProduceData(name="orders", partition_data=data)]
    client.send(ProduceRequest(acks=acks, timeout_ms=1000, topic_data=topics), 9)
    await turns()
    if acks == 0:
        assert client.sent == b""
        return []
    (response,) = client.responses(ProduceResponse)
    (topic,) = response.responses
    return [(answer.index, answer.error_code, answer.base_offset) for answer in topic.partition_responses]


def test_of_a_partition_that_is_named_twice_the_last_records_are_appended() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert await produce_each(client, (0, batch(b"a")), (1, batch()), (0, batch(b"b", b"c"))) == [
            (0, NONE, 0),
            (1, NONE, 0),
        ]
        assert (await produce(client, batch())).base_offset == 2

    running(check)


@pytest.mark.parametrize("bad", [None, b"", batch() * 2])
def test_of_a_partition_that_is_named_twice_the_refusal_is_told_and_the_rest_appended(bad: bytes | None) -> None:
    async def check(_: Wired, client: Client) -> None:
        refused = [(0, ErrorCode.INVALID_RECORD, -1)]
        assert await produce_each(client, (0, bad), (0, batch(b"a", b"b"))) == refused
        assert await produce_each(client, (0, batch(b"c")), (0, bad)) == refused
        assert await produce_each(client, (0, bad), (0, bad)) == refused
        assert await produce_each(client, (0, batch(b"d")), (0, bad), (0, batch(b"e", b"f"))) == refused
        assert await produce_each(client, (0, bad), (0, batch(b"g")), (0, bad)) == refused
        assert (await produce(client, batch())).base_offset == 6

    running(check)


def test_records_are_refused_before_their_log_is_asked_but_not_before_it_is_there() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert await produce_each(client, (0, b""), (0, batch()), acks=2) == [(0, ErrorCode.INVALID_RECORD, -1)]
        assert await produce_each(client, (2, b""), (2, batch())) == [(2, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1)]

    running(check)


def test_a_partition_that_is_named_twice_and_refused_once_fails_what_is_not_answered() -> None:
    async def check(wired: Wired, client: Client) -> None:
        assert await produce_each(client, (0, b""), (0, batch()), acks=0) == []
        assert client.closed
        assert (await produce(wired.connect(), batch())).base_offset == 1

    running(check)


def test_internal_topics_are_not_for_producers() -> None:
    async def check(wired: Wired, client: Client) -> None:
        await wired.cluster.ensure_group_coordinator()
        answer = await produce(client, batch(), "__consumer_offsets")
        assert answer.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION

    running(check)


def test_an_idempotent_batch_that_comes_again_keeps_its_offset() -> None:
    async def check(_: Wired, client: Client) -> None:
        first = batch(b"a", b"b", producer_id=7, sequence=0)
        second = batch(b"c", producer_id=7, sequence=2)
        answers = [await produce(client, records) for records in (first, second, first, second)]
        assert [answer.base_offset for answer in answers] == [0, 2, 0, 2]
        assert [answer.log_append_time_ms for answer in answers] == [-1, -1, NOW_MS, NOW_MS]
        gap = await produce(client, batch(b"d", producer_id=7, sequence=9))
        assert (gap.error_code, gap.log_start_offset) == (ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 0)

    running(check)


def test_nobody_may_send_transactional_batches_yet() -> None:
    async def check(_: Wired, client: Client) -> None:
        records = build_batch(
            [Record(value=b"a")],
            base_timestamp_ms=NOW_MS,
            producer_id=7,
            producer_epoch=0,
            base_sequence=0,
            transactional=True,
        )
        answer = await produce(client, records)
        assert answer.error_code == ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED

    running(check)


def test_log_append_time_is_the_domain_clocks() -> None:
    async def check(wired: Wired, client: Client) -> None:
        await wired.cluster.create_topic("stamped", 1, {"message.timestamp.type": "LogAppendTime"})
        wired.clock.advance(5_000)
        answer = await produce(client, batch(timestamp_ms=1), "stamped")
        assert answer.log_append_time_ms == wired.clock.now_ms()
        assert (await produce(client, batch())).log_append_time_ms == -1

    running(check)


def test_a_record_of_tomorrow_is_refused_and_named() -> None:
    async def check(_: Wired, client: Client) -> None:
        answer = await produce(client, batch(b"a", timestamp_ms=NOW_MS + 86_400_000))
        assert answer.error_code == ErrorCode.INVALID_TIMESTAMP
        assert [error.batch_index for error in answer.record_errors] == [0]
        assert answer.error_message == "One or more records have been rejected due to invalid timestamp"

    running(check)


def test_every_record_is_looked_at_when_asked_for() -> None:
    async def check(_: Wired, client: Client) -> None:
        lying = bytearray(batch(b"a" * 20))
        lying[65] = 0x7E  # a record shorter than it says
        from kafkacompat.wire.records.builder import seal  # noqa: PLC0415 - only here

        seal(lying)
        assert (await produce(client, bytes(lying))).error_code == ErrorCode.INVALID_RECORD

    running(check, {"kafkacompat.validate.records": "all"})


def test_a_large_batch_is_checked_aside_and_still_answered_in_order() -> None:
    async def check(wired: Wired, client: Client) -> None:
        await wired.cluster.create_topic("compacted", 1, {"cleanup.policy": "compact"})
        data = [PartitionProduceData(index=0, records=batch(bytes(300_000)))]
        request = ProduceRequest(
            acks=1, timeout_ms=1000, topic_data=[TopicProduceData(name="compacted", partition_data=data)]
        )
        client.send(request, 9)
        for _ in range(10_000):
            if client.sent:
                break
            await asyncio.sleep(0.001)
        (response,) = client.responses(ProduceResponse)
        assert response.responses[0].partition_responses[0].error_code == ErrorCode.INVALID_RECORD

    running(check)


def test_a_batch_without_a_magic_is_refused_wherever_it_was_to_go() -> None:
    async def check(_: Wired, client: Client) -> None:
        spoilt = bytearray(batch())
        spoilt[16] = 0xFF
        answer = await produce(client, bytes(spoilt), index=7)
        assert (answer.error_code, answer.error_message) == (
            ErrorCode.CORRUPT_MESSAGE,
            "Invalid magic found in record: -1",
        )

    running(check)


def test_a_transactional_batch_is_refused_wherever_it_was_to_go() -> None:
    async def check(_: Wired, client: Client) -> None:
        spoilt = build_batch([Record(0, 0, b"k", b"v")], base_timestamp_ms=NOW_MS, transactional=True)
        for index in (0, 7):
            answer = await produce(client, spoilt, index=index)
            assert answer.error_code == ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED

    running(check)
