"""What a client can rely on of its connection, whatever it and others do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchResponse, FetchTopic
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataResponse
from kafkacompat.wire.messages.produce import (
    PartitionProduceData,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.record import Record
from tests.server.wired import Client, Wired

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

VERSIONS = ApiVersionsRequest(client_software_name="test", client_software_version="1")


METADATA = MetadataRequest(topics=None)


def produce(topic: str = "orders", acks: int = 1, index: int = 0) -> ProduceRequest:
    batch = build_batch([Record(0, 0, None, b"value", ())], base_timestamp_ms=1_700_000_000_000)
    data = [PartitionProduceData(index=index, records=batch)]
    return ProduceRequest(acks=acks, timeout_ms=1000, topic_data=[TopicProduceData(name=topic, partition_data=data)])


def fetch(max_wait_ms: int, offset: int = 0) -> FetchRequest:
    partition = FetchPartition(partition=0, fetch_offset=offset, partition_max_bytes=1 << 20)
    return FetchRequest(
        max_wait_ms=max_wait_ms, min_bytes=1, topics=[FetchTopic(topic="orders", partitions=[partition])]
    )


def running(test: Callable[[Wired], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        await test(await Wired().start("orders"))

    asyncio.run(run())


async def turn() -> None:
    """Let callbacks that are due be called."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_pipelined_requests_are_answered_in_order() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.receive(client.frame(VERSIONS, 3) + client.frame(produce(), 9) + client.frame(METADATA, 9))
        kinds: list[type] = [ApiVersionsResponse, ProduceResponse, MetadataResponse]
        assert len(client.responses(*kinds)) == 3

    running(check)


def test_a_request_may_arrive_byte_by_byte() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        for byte in client.frame(produce(), 9):
            assert client.sent == b""
            client.receive(bytes([byte]))
        (response,) = client.responses(ProduceResponse)
        assert response.responses[0].partition_responses[0].base_offset == 0

    running(check)


def test_a_long_poll_keeps_later_requests_waiting_until_data_comes() -> None:
    async def check(wired: Wired) -> None:
        client, other = wired.connect(), wired.connect()
        client.receive(client.frame(fetch(max_wait_ms=500), 11) + client.frame(VERSIONS, 3))
        await turn()
        assert client.sent == b""
        other.send(produce(), 9)
        other.responses(ProduceResponse)
        await turn()
        kinds: list[type] = [FetchResponse, ApiVersionsResponse]
        fetched: FetchResponse = client.responses(*kinds)[0]
        assert fetched.responses[0].partitions[0].high_watermark == 1

    running(check)


def test_a_long_poll_ends_when_its_time_is_over() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.send(fetch(max_wait_ms=500), 11)
        wired.real_time.advance(499)
        await turn()
        assert client.sent == b""
        wired.real_time.advance(1)
        await turn()
        (fetched,) = client.responses(FetchResponse)
        assert fetched.responses[0].partitions[0].high_watermark == 0

    running(check)


def test_a_client_that_leaves_a_long_poll_leaves_nothing_behind() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.send(fetch(max_wait_ms=500), 11)
        client.close()
        await turn()
        assert wired.real_time.pending() == 0
        assert wired.connections == set()

    running(check)


def test_acks_0_is_answered_by_nothing_at_all() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.receive(client.frame(produce(acks=0), 9) + client.frame(fetch(max_wait_ms=0), 11))
        (fetched,) = client.responses(FetchResponse)
        assert fetched.responses[0].partitions[0].high_watermark == 1

    running(check)


def test_acks_0_that_fails_closes_the_connection() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.send(produce("nothing-here", acks=0), 9)
        assert client.closed
        assert client.sent == b""

    running(check)


@pytest.mark.parametrize(
    "frame",
    [
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\0\0\0\x0a" + b"\x03\xe7\0\0\0\0\0\1\xff\xff",
        b"\0\0\0\x0a" + b"\0\0\0\2\0\0\0\1\xff\xff",
        b"\0\0\0\x0a" + b"\0\3\0\1\0\0\0\1\x7f\xff",
        b"\0\0\0\x0e" + b"\0\3\0\1\0\0\0\1\xff\xff\x7f\xff\xff\xff",
        b"\0\0\0\1\0",
    ],
    ids=["empty", "negative", "too-large", "unknown-key", "produce-2", "client-id", "hostile-count", "no-header"],
)
def test_what_is_no_request_closes_its_own_connection_alone(frame: bytes) -> None:
    async def check(wired: Wired) -> None:
        hostile, other = wired.connect(), wired.connect()
        hostile.receive(frame)
        assert hostile.closed
        assert hostile.sent == b""
        other.send(produce(), 9)
        (response,) = other.responses(ProduceResponse)
        assert response.responses[0].partition_responses[0].error_code == ErrorCode.NONE

    running(check)


def test_an_api_versions_from_the_future_is_answered_in_version_0() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.receive(b"\0\0\0\x0c" + b"\0\x12\0\x63\0\0\0\x07\0\1c\0")
        size = int.from_bytes(client.sent[:4], "big")
        assert client.sent[4:] == b"\0\0\0\x07" + b"\0\x23" + b"\0\0\0\1" + b"\0\x12\0\0\0\5"
        assert size == len(client.sent) - 4
        assert not client.closed

    running(check)


def test_a_peer_that_does_not_read_is_not_served() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.connection.pause_writing()
        client.send(VERSIONS, 3)
        assert client.sent == b""
        client.connection.resume_writing()
        assert len(client.responses(ApiVersionsResponse)) == 1

    running(check)


def flood(client: Client) -> int:
    """Send requests until the server reads no more; return how many bytes it took."""
    taken = 0
    while client.reading:
        frame = client.frame(VERSIONS, 3)
        client.receive(frame)
        taken += len(frame)
    return taken


def test_a_peer_that_only_sends_is_no_longer_read() -> None:
    async def check(wired: Wired) -> None:
        client = wired.connect()
        client.connection.pause_writing()
        assert flood(client) < 200_000
        client.connection.resume_writing()
        assert client.reading
        assert client.sent != b""

    running(check)


def test_a_silent_connection_is_closed_and_a_waiting_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(wired: Wired) -> None:
        loop, now = asyncio.get_running_loop(), [1000.0]
        monkeypatch.setattr(loop, "time", lambda: now[0])
        silent, waiting = wired.connect(idle_seconds=600), wired.connect(idle_seconds=600)
        waiting.send(fetch(max_wait_ms=10_000_000), 11)
        now[0] += 599
        await turn()
        assert not silent.closed
        now[0] += 2
        await turn()
        assert silent.closed
        assert not waiting.closed
        waiting.close()

    running(check)
