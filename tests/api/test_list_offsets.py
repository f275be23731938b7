"""ListOffsets and OffsetForLeaderEpoch as clients see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopic,
)
from kafkacompat.wire.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from tests.api.test_produce import NOW_MS, batch, produce, running

if TYPE_CHECKING:
    from tests.server.wired import Client, Wired

Answer = tuple[int, int, int, int]
"""Error code, timestamp, offset, leader epoch."""


def ask(client: Client, *timestamps: int, version: int = 11, index: int = 0, epoch: int = -1) -> list[Answer]:
    partitions = [
        ListOffsetsPartition(partition_index=index, timestamp=timestamp, current_leader_epoch=epoch)
        for timestamp in timestamps
    ]
    topic = ListOffsetsTopic(name="orders", partitions=partitions)
    client.send(ListOffsetsRequest(replica_id=-1, topics=[topic]), version)
    (response,) = client.responses(ListOffsetsResponse)
    return [(p.error_code, p.timestamp, p.offset, p.leader_epoch) for p in response.topics[0].partitions]


async def three_records(client: Client) -> None:
    await produce(client, batch(b"a", timestamp_ms=NOW_MS))
    await produce(client, batch(b"b", timestamp_ms=NOW_MS + 20))
    await produce(client, batch(b"c", timestamp_ms=NOW_MS + 10))


@pytest.mark.parametrize(
    ("timestamp", "answer"),
    [
        (-1, (0, -1, 3, 0)),
        (-2, (0, -1, 0, 0)),
        (-3, (0, NOW_MS + 20, 1, 0)),
        (-4, (0, -1, 0, 0)),
        (-5, (0, -1, -1, -1)),
        (-6, (0, -1, -1, -1)),
        (0, (0, NOW_MS, 0, 0)),
        (NOW_MS + 5, (0, NOW_MS + 20, 1, 0)),
        (NOW_MS + 21, (0, -1, -1, -1)),
    ],
)
def test_what_a_time_stands_for(timestamp: int, answer: Answer) -> None:
    async def check(_: Wired, client: Client) -> None:
        await three_records(client)
        assert ask(client, timestamp) == [answer]

    running(check)


@pytest.mark.parametrize(("timestamp", "answer"), [(-1, (0, -1, 0, 0)), (-2, (0, -1, 0, 0)), (-3, (0, -1, -1, -1))])
def test_an_empty_log(timestamp: int, answer: Answer) -> None:
    async def check(_: Wired, client: Client) -> None:
        assert ask(client, timestamp) == [answer]

    running(check)


@pytest.mark.parametrize(("timestamp", "first_version"), [(-3, 7), (-4, 8), (-5, 9), (-6, 11)])
def test_special_times_are_unknown_to_older_versions(timestamp: int, first_version: int) -> None:
    async def check(_: Wired, client: Client) -> None:
        assert ask(client, timestamp, version=first_version - 1)[0][0] == ErrorCode.UNSUPPORTED_VERSION
        assert ask(client, timestamp, version=first_version)[0][0] == ErrorCode.NONE

    running(check)


def test_a_partition_that_is_listed_twice() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert ask(client, -1, -2) == [(ErrorCode.INVALID_REQUEST, -1, -1, -1)]

    running(check)


def test_partitions_and_epochs_that_are_not() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert ask(client, -1, index=9) == [(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1, -1)]
        assert ask(client, -1, epoch=3) == [(ErrorCode.UNKNOWN_LEADER_EPOCH, -1, -1, -1)]

    running(check)


def end_of(client: Client, epoch: int, index: int = 0) -> tuple[int, int, int]:
    partition = OffsetForLeaderPartition(partition=index, leader_epoch=epoch)
    topic = OffsetForLeaderTopic(topic="orders", partitions=[partition])
    client.send(OffsetForLeaderEpochRequest(replica_id=-1, topics=[topic]), 4)
    (response,) = client.responses(OffsetForLeaderEpochResponse)
    (answer,) = response.topics[0].partitions
    return answer.error_code, answer.leader_epoch, answer.end_offset


def test_where_an_epoch_ends() -> None:
    async def check(_: Wired, client: Client) -> None:
        await three_records(client)
        await asyncio.sleep(0)
        assert end_of(client, 0) == (0, 0, 3)
        assert end_of(client, 1) == (0, -1, -1)
        assert end_of(client, 0, index=9) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1)

    running(check)
