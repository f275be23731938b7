"""The versions that Kafka 4.0 dropped, asked of a Kafka 3.9.1 and of this server: the answers are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.testing import Broker
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreateTopicsRequest, CreateTopicsResponse
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicsResponse
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
from tests.wire.records.legacy_record import Broker as Peer
from tests.wire.records.legacy_sets import GZIP, batch, cases, message, three, wrapper
from tests.wire.records.test_legacy_down_conversion import said

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.oracle
YEAR_3000_MS = 32_503_680_000_000


@pytest.fixture(scope="module")
def peers(old_kafka_bootstrap: str) -> Iterator[tuple[Peer, Peer]]:
    """Return a connection to a Kafka 3.9.1, and one to this server."""
    with Broker(settings={"log.message.timestamp.after.max.ms": "9223372036854775807"}) as ours:
        both = Peer(old_kafka_bootstrap), Peer(ours.bootstrap_servers)
        yield both
        for peer in both:
            peer.close()


def test_what_is_produced_is_read_alike(peers: tuple[Peer, Peer]) -> None:
    sets = [three(0), three(1), wrapper(three(0), GZIP, 0), wrapper(three(1), GZIP, 1), message(value=None), batch()]
    found: list[list[Any]] = []
    for peer in peers:
        topic = peer.create({})
        answers: list[Any] = []
        for version, records in enumerate(sets):
            answer = peer.produce(topic, records, version % 3)
            answers.append((answer.error_code, answer.base_offset, answer.log_append_time_ms))
        for version in range(4):
            for offset in (0, 1, 8, 14):
                read = peer.fetch(topic, version, offset)
                answers.append((read.error_code, read.high_watermark, said(bytes(read.records or b""))))
        found.append(answers)
    assert found[1] == found[0]


def test_what_is_refused_is_refused_alike(peers: tuple[Peer, Peer]) -> None:
    found = []
    for peer in peers:
        codes = {}
        for name, case in cases().items():
            if name.endswith("magic 0"):  # those are in what was recorded
                continue
            topic = peer.create(case.settings)
            codes[name] = ErrorCode(peer.produce(topic, case.records, 2).error_code).name
        found.append(codes)
    assert found[1] == found[0]


def test_offsets_and_epochs(peers: tuple[Peer, Peer]) -> None:
    found = []
    for peer in peers:
        topic, empty = peer.create({}), peer.create({})
        peer.produce(topic, three(1), 2)
        peer.produce(topic, three(1), 2)
        answers: list[Any] = []
        for name in (topic, empty):
            for timestamp in (-1, -2, -3, 0, YEAR_3000_MS):
                for count in (-1, 0, 1, 2, 10):
                    asked = ListOffsetsPartition(partition_index=0, timestamp=timestamp, max_num_offsets=count)
                    topics = [ListOffsetsTopic(name=name, partitions=[asked])]
                    request = ListOffsetsRequest(replica_id=-1, topics=topics)
                    only = peer.ask(request, ListOffsetsResponse, 0).topics[0].partitions[0]
                    answers.append((only.error_code, only.old_style_offsets))
            for version in (0, 1, 2):
                partitions = [OffsetForLeaderPartition(partition=p, leader_epoch=e) for p in (0, 7) for e in (0, 1, -1)]
                epochs = OffsetForLeaderEpochRequest(topics=[OffsetForLeaderTopic(topic=name, partitions=partitions)])
                answers.append(peer.ask(epochs, OffsetForLeaderEpochResponse, version).topics[0].partitions)
        found.append(answers)
    assert found[1] == found[0]


def test_topics(peers: tuple[Peer, Peer]) -> None:
    found = []
    for peer in peers:
        answers: list[Any] = []
        for version in (0, 1):
            for name, partitions, replicas in (
                (f"new-{version}", 1, 1),
                (f"new-{version}", 1, 1),
                ("bad name", 1, 1),
                (f"defaults-{version}", -1, -1),
                (f"none-{version}", 0, 1),
                (f"many-{version}", 1, 9),
            ):
                topic = CreatableTopic(
                    name=name, num_partitions=partitions, replication_factor=replicas, assignments=[], configs=[]
                )
                request = CreateTopicsRequest(topics=[topic], timeout_ms=9_000)
                only = peer.ask(request, CreateTopicsResponse, version).topics[0]
                answers.append((only.name, only.error_code))
            deletion = DeleteTopicsRequest(topic_names=[f"new-{version}", "nothing"], timeout_ms=9_000)
            gone = peer.ask(deletion, DeleteTopicsResponse, version).responses
            answers.append(sorted((one.name, one.error_code) for one in gone))
        found.append(answers)
    assert found[1] == found[0]
