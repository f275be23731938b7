"""Requests for partitions of other nodes, with the codes and hints of Kafka 4.4.0 on three nodes."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from kafkacompat.wire.messages.describe_producers import DescribeProducersRequest
from kafkacompat.wire.messages.describe_producers import TopicRequest as DescribedTopic
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic, ReplicaState
from kafkacompat.wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkacompat.wire.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkacompat.wire.records.builder import BatchBuilder
from tests.cluster.several import Several
from tests.groups.fake_node import at_once

WRONG = ErrorCode.NOT_LEADER_OR_FOLLOWER
UNKNOWN_EPOCH = ErrorCode.UNKNOWN_LEADER_EPOCH
LEADER, FOLLOWER, STRANGER = 1, 2, 3
RACK_AWARE = {"replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector"}


def produce_response(nodes: Several, node_id: int, topic: str, topic_id: bytes, version: int = 13) -> Any:
    builder = BatchBuilder(nodes.clock.now_ms())
    builder.append(None, b"value")
    data = PartitionProduceData(index=0, records=builder.build())
    wanted = TopicProduceData(name=topic, topic_id=topic_id, partition_data=[data])
    return nodes.ask(node_id, ProduceRequest(acks=-1, timeout_ms=1000, topic_data=[wanted]), version)


def produce(nodes: Several, node_id: int, topic: str, topic_id: bytes) -> Any:
    return produce_response(nodes, node_id, topic, topic_id).responses[0].partition_responses[0]


def fetch(
    nodes: Several,
    node_id: int,
    topic_id: bytes,
    version: int = 18,
    *,
    epoch: int = -1,
    rack: str = "",
    offset: int = 0,
) -> Any:
    wanted = FetchPartition(
        partition=0, fetch_offset=offset, partition_max_bytes=1000, current_leader_epoch=epoch if version >= 9 else -1
    )
    topics = [FetchTopic(topic="t", topic_id=topic_id, partitions=[wanted])]
    return nodes.ask(node_id, FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics, rack_id=rack), version)


def data_of(response: Any) -> Any:
    return response.responses[0].partitions[0]


def hints(response: Any) -> list[tuple[int, str, int, str | None]]:
    return [(e.node_id, e.host, e.port, e.rack) for e in response.node_endpoints]


@pytest.mark.parametrize("version", range(3, 14))
@pytest.mark.parametrize("node_id", [FOLLOWER, STRANGER])
def test_produce_tells_the_leader_from_version_10_on(node_id: int, version: int) -> None:
    nodes = Several(racks=["a", "b", "c"])
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    response = produce_response(nodes, node_id, "t", topic_id, version)
    answer = response.responses[0].partition_responses[0]
    assert (answer.error_code, answer.base_offset, answer.error_message) == (WRONG, -1, None)
    if version >= 10:
        assert (answer.current_leader.leader_id, answer.current_leader.leader_epoch) == (LEADER, 0)
        assert hints(response) == [(LEADER, "node-1.test", 9091, "a")]
    else:
        assert hints(response) == []


@pytest.mark.parametrize("version", range(4, 19))
def test_fetch_at_a_node_without_a_replica(version: int) -> None:
    nodes = Several()
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    response = fetch(nodes, STRANGER, topic_id, version, epoch=5)
    data = data_of(response)
    assert (data.error_code, data.high_watermark) == (WRONG, -1)
    if version >= 16:
        assert (data.current_leader.leader_id, data.current_leader.leader_epoch) == (LEADER, 0)
        assert hints(response) == [(LEADER, "node-1.test", 9091, None)]
    else:
        assert data.current_leader.leader_id == -1
        assert hints(response) == []


@pytest.mark.parametrize("version", range(4, 19))
def test_followers_serve_consumers_that_can_name_a_rack(version: int) -> None:
    nodes = Several()
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    assert produce(nodes, LEADER, "t", topic_id).error_code == 0
    data = data_of(fetch(nodes, FOLLOWER, topic_id, version))
    if version >= 11:
        assert (data.error_code, data.high_watermark, len(data.records) > 0) == (0, 1, True)
    else:
        assert (data.error_code, data.high_watermark, data.records) == (WRONG, -1, b"")


@pytest.mark.parametrize(("epoch", "code"), [(-1, 0), (0, 0), (1, UNKNOWN_EPOCH)])
def test_followers_know_the_epoch(epoch: int, code: ErrorCode) -> None:
    nodes = Several()
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    assert data_of(fetch(nodes, FOLLOWER, topic_id, epoch=epoch)).error_code == code


@pytest.mark.parametrize(
    ("node_id", "replica_id", "epoch", "code"),
    [
        (LEADER, -1, -1, 0),
        (FOLLOWER, -1, -1, WRONG),
        (FOLLOWER, -1, 3, UNKNOWN_EPOCH),
        (FOLLOWER, -2, -1, 0),
        (FOLLOWER, -2, 3, UNKNOWN_EPOCH),
        (STRANGER, -1, 3, WRONG),
        (STRANGER, -2, -1, WRONG),
    ],
)
def test_offsets_are_listed_by_the_leader(node_id: int, replica_id: int, epoch: int, code: int) -> None:
    nodes = Several()
    nodes.create("t", [[LEADER, FOLLOWER]])
    asked = ListOffsetsPartition(partition_index=0, current_leader_epoch=epoch, timestamp=-1)
    topics = [ListOffsetsTopic(name="t", partitions=[asked])]
    response = nodes.ask(node_id, ListOffsetsRequest(replica_id=replica_id, isolation_level=0, topics=topics), 9)
    assert response.topics[0].partitions[0].error_code == code


@pytest.mark.parametrize(("node_id", "code"), [(LEADER, 0), (FOLLOWER, WRONG), (STRANGER, WRONG)])
def test_epochs_are_told_by_the_leader(node_id: int, code: int) -> None:
    nodes = Several()
    nodes.create("t", [[LEADER, FOLLOWER]])
    topic = OffsetForLeaderTopic(topic="t", partitions=[OffsetForLeaderPartition(partition=0, leader_epoch=0)])
    response = nodes.ask(node_id, OffsetForLeaderEpochRequest(topics=[topic]), 4)
    assert response.topics[0].partitions[0].error_code == code


@pytest.mark.parametrize(
    ("rack", "offset", "preferred"), [("a", 0, -1), ("b", 0, 2), ("b", 1, 2), ("c", 0, -1), ("x", 0, -1), ("", 0, -1)]
)
def test_the_leader_sends_consumers_to_the_replica_in_their_rack(rack: str, offset: int, preferred: int) -> None:
    nodes = Several(RACK_AWARE, racks=["a", "b", "c"])
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    assert produce(nodes, LEADER, "t", topic_id).error_code == 0
    data = data_of(fetch(nodes, LEADER, topic_id, rack=rack, offset=offset))
    assert (data.error_code, data.preferred_read_replica, data.high_watermark) == (0, preferred, 1)
    assert bool(data.records) == (preferred == -1 and offset == 0)


def test_an_offset_that_no_replica_has_is_refused_by_the_leader_itself() -> None:
    nodes = Several(RACK_AWARE, racks=["a", "b", "c"])
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    data = data_of(fetch(nodes, LEADER, topic_id, rack="b", offset=9))
    assert (data.error_code, data.preferred_read_replica) == (ErrorCode.OFFSET_OUT_OF_RANGE, -1)


def test_without_the_selector_racks_mean_nothing() -> None:
    nodes = Several(racks=["a", "b", "c"])
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    assert data_of(fetch(nodes, LEADER, topic_id, rack="b")).preferred_read_replica == -1


@pytest.mark.parametrize(
    ("replica_id", "epoch", "code"),
    [(FOLLOWER, -1, 0), (LEADER, -1, WRONG), (STRANGER, -1, WRONG), (99, -1, WRONG), (99, 7, UNKNOWN_EPOCH)],
)
@pytest.mark.parametrize("version", [4, 13, 18])
def test_only_brokers_that_follow_fetch_as_replicas(version: int, replica_id: int, epoch: int, code: int) -> None:
    nodes = Several()
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    current = epoch if version >= 9 else -1
    wanted = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1000, current_leader_epoch=current)
    topics = [FetchTopic(topic="t", topic_id=topic_id, partitions=[wanted])]
    asks = {"replica_state": ReplicaState(replica_id=replica_id)} if version >= 15 else {"replica_id": replica_id}
    response = nodes.ask(LEADER, FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics, **asks), version)
    assert data_of(response).error_code == (code if version >= 9 or epoch < 0 else WRONG)
    assert hints(response) == []  # brokers know where the others are


@pytest.mark.parametrize(("node_id", "code"), [(LEADER, 0), (FOLLOWER, 0), (STRANGER, WRONG)])
def test_producers_are_told_of_by_every_replica(node_id: int, code: int) -> None:
    nodes = Several()
    nodes.create("t", [[LEADER, FOLLOWER]])
    request = DescribeProducersRequest(topics=[DescribedTopic(name="t", partition_indexes=[0])])
    assert nodes.ask(node_id, request, 0).topics[0].partitions[0].error_code == code


def test_where_replicas_are_missing_the_log_begins_all_the_same() -> None:
    nodes = Several({"min.insync.replicas": "2"})
    topic_id = nodes.create("t", [[LEADER, FOLLOWER]])
    at_once(nodes.cluster.stop_node(FOLLOWER))
    answer = produce(nodes, LEADER, "t", topic_id)
    assert (answer.error_code, answer.base_offset) == (ErrorCode.NOT_ENOUGH_REPLICAS, -1)
    assert answer.log_start_offset == 0


@pytest.mark.parametrize(("node_id", "rack"), [(LEADER, "a"), (STRANGER, "c")])
def test_a_node_tells_its_rack_among_its_settings(node_id: int, rack: str) -> None:
    nodes = Several(racks=["a", "b", "c"])
    resource = DescribeConfigsResource(
        resource_type=4, resource_name=str(node_id), configuration_keys=["broker.rack", "node.id"]
    )
    (result,) = nodes.ask(node_id, DescribeConfigsRequest(resources=[resource]), 4).results
    told = {config.name: config.value for config in result.configs}
    assert told == {"broker.rack": rack, "node.id": str(node_id)}
