"""Nodes that stop, are taken for lost, and come back: what Kafka 4.4.0 on three nodes answered in the same places."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreateTopicsRequest
from kafkacompat.wire.messages.describe_cluster import DescribeClusterRequest
from kafkacompat.wire.messages.describe_quorum import DescribeQuorumRequest, PartitionDataAsked, TopicDataAsked
from kafkacompat.wire.messages.describe_topic_partitions import DescribeTopicPartitionsRequest, TopicRequest
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestGroup
from kafkacompat.wire.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from tests.cluster.several import Several
from tests.cluster.test_wrong_node import produce
from tests.groups.fake_node import at_once, joining


def stop(nodes: Several, node_id: int) -> None:
    at_once(nodes.cluster.stop_node(node_id))


def start(nodes: Several, node_id: int) -> None:
    at_once(nodes.cluster.start_node(node_id))


def seen(nodes: Several, asked: int, topic: str, version: int = 13) -> list[tuple[int, int, int, list[int], list[int]]]:
    """Error, leader, epoch, in sync and offline, of each partition."""
    request = MetadataRequest(topics=[MetadataRequestTopic(name=topic)], allow_auto_topic_creation=False)
    (answer,) = nodes.ask(asked, request, version).topics
    return [(p.error_code, p.leader_id, p.leader_epoch, p.isr_nodes, p.offline_replicas) for p in answer.partitions]


def alive(nodes: Several, asked: int) -> list[int]:
    return [broker.node_id for broker in nodes.ask(asked, MetadataRequest(topics=[]), 13).brokers]


def test_the_first_replica_in_sync_leads_in_a_new_epoch() -> None:
    nodes = Several()
    nodes.create("t", [[1, 2, 3], [2, 3, 1], [1, 3, 2]])
    stop(nodes, 1)
    assert alive(nodes, 2) == [2, 3]
    assert seen(nodes, 2, "t") == [(0, 2, 1, [2, 3], [1]), (0, 2, 0, [2, 3], [1]), (0, 3, 1, [3, 2], [1])]
    start(nodes, 1)
    assert alive(nodes, 2) == [1, 2, 3]
    assert seen(nodes, 2, "t") == [(0, 2, 1, [1, 2, 3], []), (0, 2, 0, [1, 2, 3], []), (0, 3, 1, [1, 2, 3], [])]


def test_the_last_replica_leaves_no_leader_and_leads_again() -> None:
    nodes = Several()
    topic_id = nodes.create("t", [[1]])
    assert produce(nodes, 1, "t", topic_id).error_code == 0
    stop(nodes, 1)
    assert seen(nodes, 2, "t") == [(ErrorCode.LEADER_NOT_AVAILABLE, -1, 1, [], [1])]
    request = DescribeTopicPartitionsRequest(topics=[TopicRequest(name="t")], response_partition_limit=10, cursor=None)
    (described,) = nodes.ask(2, request, 0).topics[0].partitions
    assert (described.error_code, described.leader_id, described.eligible_leader_replicas) == (0, -1, [1])
    refused = produce(nodes, 2, "t", topic_id)
    assert (refused.error_code, refused.current_leader.leader_id, refused.current_leader.leader_epoch) == (6, -1, 1)
    start(nodes, 1)
    assert seen(nodes, 2, "t") == [(0, 1, 2, [1], [])]
    assert produce(nodes, 1, "t", topic_id).base_offset == 1


def test_epochs_tell_where_each_leader_began() -> None:
    nodes = Several()
    topic_id = nodes.create("t", [[1, 2]])
    produce(nodes, 1, "t", topic_id)
    stop(nodes, 1)
    produce(nodes, 2, "t", topic_id)
    ends = []
    for epoch in (0, 1, 2):
        asked = OffsetForLeaderPartition(partition=0, leader_epoch=epoch)
        request = OffsetForLeaderEpochRequest(topics=[OffsetForLeaderTopic(topic="t", partitions=[asked])])
        (end,) = nodes.ask(2, request, 4).topics[0].partitions
        ends.append((end.leader_epoch, end.end_offset))
    assert ends == [(0, 1), (1, 2), (-1, -1)]


def test_the_oldest_metadata_names_only_replicas_that_are_alive() -> None:
    nodes = Several()
    nodes.create("t", [[1, 2, 3], [1, 2, 3]])
    nodes.create("lone", [[1]])
    stop(nodes, 1)
    (topic,) = nodes.ask(2, MetadataRequest(topics=[MetadataRequestTopic(name="t")]), 0).topics
    assert [(p.error_code, p.leader_id, p.replica_nodes) for p in topic.partitions] == [
        (ErrorCode.REPLICA_NOT_AVAILABLE, 2, [2, 3])
    ] * 2
    (topic,) = nodes.ask(2, MetadataRequest(topics=[MetadataRequestTopic(name="lone")]), 0).topics
    assert [(p.error_code, p.leader_id, p.replica_nodes) for p in topic.partitions] == [
        (ErrorCode.LEADER_NOT_AVAILABLE, -1, [])
    ]


def test_describe_cluster_lists_fenced_brokers_to_who_asks() -> None:
    nodes = Several()
    at_once(nodes.cluster.fence_node(1))
    listed = {}
    for version, fenced_too in [(1, False), (2, False), (2, True)]:
        request = DescribeClusterRequest(include_cluster_authorized_operations=False, include_fenced_brokers=fenced_too)
        answer = nodes.ask(2, request, version)
        listed[version, fenced_too] = [(b.broker_id, b.port, b.is_fenced) for b in answer.brokers]
        assert answer.controller_id == 2
    assert listed[1, False] == listed[2, False] == [(2, 9092, False), (3, 9093, False)]
    assert listed[2, True] == [(1, 9091, True), (2, 9092, False), (3, 9093, False)]


def test_the_metadata_log_keeps_its_leader() -> None:
    nodes = Several()
    for node_id in (1, 2):
        stop(nodes, node_id)
    partition = PartitionDataAsked(partition_index=0)
    request = DescribeQuorumRequest(topics=[TopicDataAsked(topic_name="__cluster_metadata", partitions=[partition])])
    (answer,) = nodes.ask(3, request, 2).topics[0].partitions
    assert (answer.leader_id, [voter.replica_id for voter in answer.current_voters]) == (1, [1])
    assert [observer.replica_id for observer in answer.observers] == [2, 3]


def test_a_fenced_node_leads_nothing_and_comes_back_as_it_was() -> None:
    nodes = Several()
    topic_id = nodes.create("t", [[1, 2]])
    at_once(nodes.cluster.fence_node(1))
    assert produce(nodes, 1, "t", topic_id).error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER
    epochs = {broker.node_id: broker.epoch for broker in nodes.cluster.metadata.brokers()}
    start(nodes, 1)
    assert {broker.node_id: broker.epoch for broker in nodes.cluster.metadata.brokers()} == epochs
    stop(nodes, 1)
    start(nodes, 1)
    registered_anew = {broker.node_id: broker.epoch for broker in nodes.cluster.metadata.brokers()}
    assert registered_anew[1] > epochs[1]


def test_new_topics_are_led_by_who_is_there() -> None:
    nodes = Several()
    stop(nodes, 1)

    def create(name: str, replication_factor: int) -> Any:
        wanted = CreatableTopic(
            name=name, num_partitions=3, replication_factor=replication_factor, assignments=[], configs=[]
        )
        (result,) = nodes.ask(2, CreateTopicsRequest(topics=[wanted], timeout_ms=1000), 7).topics
        return result.error_code

    assert create("two", 2) == create("three", 3) == 0
    assert {leader for _, leader, *_ in seen(nodes, 2, "two")} == {2, 3}
    assert all(offline == [] for *_, offline in seen(nodes, 2, "two"))
    assert all(len(in_sync) == 2 and offline == [1] for _, _, _, in_sync, offline in seen(nodes, 2, "three"))
    nodes.create("half", [[1, 2]])
    assert seen(nodes, 2, "half") == [(0, 2, 0, [2], [1])]
    with pytest.raises(AssertionError, match="for partition 0 are fenced or in controlled shutdown"):
        nodes.create("lost", [[1]])


def test_leaders_move_back_to_preferred_replicas_after_the_interval() -> None:
    nodes = Several()
    nodes.create("t", [[1, 2]])
    stop(nodes, 1)
    start(nodes, 1)
    nodes.clock.advance(299_999)
    assert seen(nodes, 2, "t") == [(0, 2, 1, [1, 2], [])]
    nodes.clock.advance(1)
    assert seen(nodes, 2, "t") == [(0, 1, 2, [1, 2], [])]
    assert nodes.clock.pending() == 1  # the next look at what is too old


def test_leaders_stay_where_balancing_is_switched_off() -> None:
    nodes = Several({"auto.leader.rebalance.enable": "false"})
    nodes.create("t", [[1, 2]])
    stop(nodes, 1)
    start(nodes, 1)
    nodes.clock.advance(3_600_000)
    assert seen(nodes, 2, "t") == [(0, 2, 1, [1, 2], [])]


def test_a_fetch_that_waits_learns_at_once_that_the_leader_has_changed() -> None:
    async def run() -> None:
        nodes = Several()
        topic_id = nodes.create("t", [[1, 2]])
        wanted = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1000, current_leader_epoch=0)
        topics = [FetchTopic(topic_id=topic_id, partitions=[wanted])]
        request = FetchRequest(max_wait_ms=60_000, min_bytes=1, topics=topics)
        waiting = asyncio.create_task(nodes.ask_slowly(1, request, 18))
        await asyncio.sleep(0)
        stop(nodes, 1)
        async with asyncio.timeout(5):
            answer = await waiting
        (data,) = answer.responses[0].partitions
        assert data.error_code == ErrorCode.FENCED_LEADER_EPOCH
        assert (data.current_leader.leader_id, data.current_leader.leader_epoch) == (2, 1)
        assert [(e.node_id, e.host, e.port) for e in answer.node_endpoints] == [(2, "node-2.test", 9092)]

    asyncio.run(run())


GROUPS = {"offsets.topic.num.partitions": "1", "offsets.topic.replication.factor": "3"}


def coordinator(nodes: Several, asked: int) -> tuple[int, int]:
    (found,) = nodes.ask(asked, FindCoordinatorRequest(key_type=0, coordinator_keys=["g"]), 6).coordinators
    return found.error_code, found.node_id


def test_a_group_moves_to_the_next_leader_with_its_offsets_and_without_who_waits() -> None:
    async def run() -> None:
        nodes = Several(GROUPS, topics=["t"])
        _, first = coordinator(nodes, 1)
        offset = OffsetCommitRequestPartition(partition_index=0, committed_offset=7, committed_metadata="")
        committed = OffsetCommitRequest(group_id="g", topics=[OffsetCommitRequestTopic(name="t", partitions=[offset])])
        nodes.ask(first, committed, 9)
        nodes.ask(first, joining("g", session_timeout_ms=10_000, rebalance_timeout_ms=20_000), 0)
        # The first member is in; a second one waits for it to rejoin.
        waiting = asyncio.create_task(nodes.ask_slowly(first, joining("g"), 0))
        await asyncio.sleep(0)
        stop(nodes, first)
        async with asyncio.timeout(5):
            assert (await waiting).error_code == ErrorCode.NOT_COORDINATOR
        left = next(iter({1, 2, 3} - {first}))
        code, second = coordinator(nodes, left)
        assert (code, second == first) == (0, False)
        fetched = nodes.ask(
            second, OffsetFetchRequest(groups=[OffsetFetchRequestGroup(group_id="g", topics=None)]), 9
        ).groups
        assert [p.committed_offset for p in fetched[0].topics[0].partitions] == [7]

    asyncio.run(run())


def test_without_a_leader_there_is_no_coordinator_until_it_is_back() -> None:
    nodes = Several({"offsets.topic.num.partitions": "1", "offsets.topic.replication.factor": "1"})
    _, only = coordinator(nodes, 1)
    other = next(iter({1, 2, 3} - {only}))
    stop(nodes, only)
    assert coordinator(nodes, other) == (ErrorCode.COORDINATOR_NOT_AVAILABLE, -1)
    assert nodes.ask(other, joining("g"), 9).error_code == ErrorCode.NOT_COORDINATOR
    start(nodes, only)
    assert coordinator(nodes, other) == (0, only)
    assert nodes.ask(only, joining("g"), 0).error_code == 0
