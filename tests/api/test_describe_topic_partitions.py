"""DescribeTopicPartitions: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.api import describe_topic_partitions
from kafkacompat.wire.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition,
    TopicRequest,
)
from tests.metadata.fake_cluster import FakeCluster, finish
from tests.metadata.making import asked, topic_id

Place = tuple[str, int]


def cluster_with_topics(**values: str) -> FakeCluster:
    cluster = FakeCluster(**values)
    finish(cluster.metadata.create_topics([asked("real", 2), asked("byid"), asked("zed", 3)]))
    return cluster


def ask(
    *names: str, limit: int = 2000, cursor: Place | None = None, cluster: FakeCluster | None = None
) -> DescribeTopicPartitionsResponse:
    request = DescribeTopicPartitionsRequest(
        topics=[TopicRequest(name=name) for name in names],
        response_partition_limit=limit,
        cursor=None if cursor is None else Cursor(topic_name=cursor[0], partition_index=cursor[1]),
    )
    response: DescribeTopicPartitionsResponse = (cluster or cluster_with_topics()).ask(
        describe_topic_partitions, request, 0
    )
    return response


def page(response: DescribeTopicPartitionsResponse) -> tuple[list[tuple[Any, ...]], Place | None]:
    topics = [(t.error_code, t.name, [p.partition_index for p in t.partitions]) for t in response.topics]
    cursor = response.next_cursor
    return topics, None if cursor is None else (cursor.topic_name, cursor.partition_index)


def test_a_topic_whole() -> None:
    (topic,) = ask("real").topics
    assert (topic.topic_id, topic.is_internal, topic.topic_authorized_operations) == (topic_id(100), False, 3576)
    assert topic.partitions[1] == DescribeTopicPartitionsResponsePartition(
        partition_index=1,
        leader_id=1,
        leader_epoch=0,
        replica_nodes=[1],
        isr_nodes=[1],
        eligible_leader_replicas=[],
        last_known_elr=[],
        offline_replicas=[],
    )


BYID, REAL, ZED = (0, "byid", [0]), (0, "real", [0, 1]), (0, "zed", [0, 1, 2])


@pytest.mark.parametrize(
    ("names", "limit", "cursor", "topics", "next_cursor"),
    [
        (["real", "byid", "nope", ".."], 2000, None, [(17, "..", []), BYID, (3, "nope", []), REAL], None),
        (["real", "real"], 2000, None, [REAL], None),
        (["real", "byid"], 1, None, [BYID], ("real", 0)),
        (["real", "byid"], 2, None, [BYID, (0, "real", [0])], ("real", 1)),
        (["real", "byid"], 3, None, [BYID, REAL], None),
        (["real", "byid"], 0, None, [BYID], ("real", 0)),
        (["real"], -1, None, [(0, "real", [0])], ("real", 1)),
        (["nope", "real", "zzz"], 1, None, [(3, "nope", []), (0, "real", [0])], ("real", 1)),
        (["real", "byid"], 2000, ("real", 1), [(0, "real", [1])], None),
        (["real", "byid"], 2000, ("byid", 5), [(0, "byid", []), REAL], None),
        (["real", "byid"], 1, ("byid", 1), [(0, "byid", []), (0, "real", [0])], ("real", 1)),
        (["nope", "real"], 2000, ("nope", 1), [(3, "nope", []), REAL], None),
        ([], 4, None, [BYID, REAL, (0, "zed", [0])], ("zed", 1)),
        ([], 4, ("real", 1), [(0, "real", [1]), ZED], None),
        ([], 4, ("rea", 1), [REAL, (0, "zed", [0, 1])], ("zed", 2)),
        ([], 4, ("zzzz", 1), [], None),
    ],
)
def test_pages(
    names: list[str], limit: int, cursor: Place | None, topics: list[tuple[Any, ...]], next_cursor: Place | None
) -> None:
    assert page(ask(*names, limit=limit, cursor=cursor)) == (topics, next_cursor)


@pytest.mark.parametrize(
    ("names", "cursor"),
    [(["real"], ("real", -1)), (["real"], ("byid", 0)), (["real", "byid"], ("c", 0)), (["real"], ("zzz", 0))],
)
def test_a_cursor_must_be_at_a_topic_that_is_asked_for(names: list[str], cursor: Place) -> None:
    response = ask(*names, cursor=cursor)
    assert page(response) == ([(42, name, []) for name in names], None)
    assert response.topics[0].topic_authorized_operations == -(1 << 31)


def test_the_broker_limits_the_page_too() -> None:
    cluster = cluster_with_topics(max_request_partition_size_limit="2")
    assert page(ask("zed", cluster=cluster)) == ([(0, "zed", [0, 1])], ("zed", 2))


def test_a_name_of_nothing_fails() -> None:
    assert page(ask("")) == ([(-1, "", [])], None)
