"""Three nodes: what each tells of the cluster, and topics that are made, grown, moved and set up on several of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.alter_partition_reassignments import AlterPartitionReassignmentsRequest
from kafkacompat.wire.messages.create_partitions import CreatePartitionsRequest
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest
from kafkacompat.wire.messages.describe_cluster import DescribeClusterRequest
from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest
from kafkacompat.wire.messages.describe_quorum import DescribeQuorumRequest
from kafkacompat.wire.messages.describe_topic_partitions import DescribeTopicPartitionsRequest
from kafkacompat.wire.messages.elect_leaders import ElectLeadersRequest
from kafkacompat.wire.messages.incremental_alter_configs import IncrementalAlterConfigsRequest
from kafkacompat.wire.messages.list_config_resources import ListConfigResourcesRequest
from kafkacompat.wire.messages.list_partition_reassignments import ListPartitionReassignmentsRequest
from kafkacompat.wire.messages.metadata import MetadataRequest
from tests.differential import requests as ask
from tests.differential.placing import NODES, assigned, await_in_sync, await_leaders, described, placed
from tests.differential.scenario import Stage, scenario
from tests.differential.scenarios_partitions import describe_quorum, elect, grow, list_moves, move
from tests.differential.scenarios_settings import BROKER, SET, TOPIC, change

if TYPE_CHECKING:
    from tests.differential.peer import Peer

on_three = partial(scenario, stage=Stage.THREE_NODES)
METADATA_LOG = "__cluster_metadata"


def with_places_forgotten(answer: Any) -> Any:
    """Number the nodes of each partition in the order of its replicas: where they are is each cluster's own choice."""
    for topic in answer.topics:
        for told in topic.partitions:
            order = {node: number for number, node in enumerate(told.replica_nodes)}
            assert set(order) <= set(NODES), "replicas are on nodes that there are"
            told.leader_id = order[told.leader_id]
            told.replica_nodes = [order[node] for node in told.replica_nodes]
            told.isr_nodes = [order[node] for node in told.isr_nodes]
    return answer


@on_three(MetadataRequest)
def metadata_of_several_nodes(peer: Peer, version: int) -> None:
    topics = [placed(peer, [0, 1, 2], [1, 2, 0], [2, 0, 1]), placed(peer, [1], [0]), placed(peer, [2, 0], [2, 1])]
    for node in NODES:
        peer.at(node).ask(ask.metadata(version, *topics), version, f"at {node}")


@on_three(DescribeClusterRequest)
def the_cluster_of_several_nodes(peer: Peer, version: int) -> None:
    for node in NODES:
        request = DescribeClusterRequest(include_cluster_authorized_operations=True)
        peer.at(node).ask(request, version, f"at {node}")


@on_three(DescribeTopicPartitionsRequest)
def partitions_on_several_nodes(peer: Peer, version: int) -> None:
    topic = placed(peer, [0, 1], [1, 2], [2, 0])
    for node in NODES:
        peer.at(node).ask(ask.describe_topic_partitions(topic.name), version, f"at {node}")


@on_three(CreateTopicsRequest)
def topics_with_replicas(peer: Peer, version: int) -> None:
    for factor in (1, 2, 3, 4, 0, 32767):
        name = peer.name("topic")
        made = peer.ask(ask.create_topics(ask.creatable(name, 3, factor)), version, f"{factor} replicas")
        if made.topics[0].error_code == ErrorCode.NONE:
            peer.await_that(partial(_has_leaders, peer, name, 3))
            peer.record("where it is", with_places_forgotten(peer.quietly(ask.metadata(12, name), 12)), 12)


def _has_leaders(peer: Peer, name: str, partitions: int) -> bool:
    told = [partition.leader_id for partition in described(peer, name)]
    return len(told) == partitions and min(told) >= 0


@on_three(CreateTopicsRequest)
def topics_assigned_to_nodes(peer: Peer, version: int) -> None:
    shapes: list[list[list[int]]] = [
        [[0, 1], [1, 2]],
        [[2, 1, 0]],
        [[0, 0]],
        [[0, 5]],
        [[5]],
        [[-1, 0]],
        [[0, 1], [2]],
        [[0], [1, 2]],
        [[]],
        [[0, 1, 2, 2]],
        [[0], [0], [0]],
    ]
    for replicas in shapes:
        request = ask.create_topics(assigned(peer.name("topic"), *replicas), validate_only=True)
        peer.ask(request, version, f"{replicas}")
    for indexes in ((1,), (0, 0), (1, 0), (0, 2), (-1,)):
        topic = assigned(peer.name("topic"), *[[0, 1]] * len(indexes))
        for assignment, index in zip(topic.assignments, indexes, strict=True):
            assignment.partition_index = index
        peer.ask(ask.create_topics(topic, validate_only=True), version, f"partitions {indexes}")
    for count, factor in ((1, -1), (-1, 2), (2, 2)):
        topic = assigned(peer.name("topic"), [0, 1], [1, 2])
        topic.num_partitions, topic.replication_factor = count, factor
        peer.ask(ask.create_topics(topic, validate_only=True), version, f"assigned, and {count} times {factor}")


@on_three(DeleteTopicsRequest, versions=(3, 6))
def topics_made_and_removed_at_any_node(peer: Peer, version: int) -> None:
    for node in NODES:
        name = peer.name("topic")
        peer.at(node).ask(ask.create_topics(assigned(name, [1, 2])), 7, f"made at {node}")
        await_leaders(peer, name, [1])
        other = peer.at((node + 1) % len(NODES))
        other.ask(ask.create_topics(assigned(name, [1, 2])), 7, "made again at another")
        other.ask(ask.delete_topics(version, name), version, "removed at another")


@on_three(CreatePartitionsRequest)
def partitions_added_to_nodes(peer: Peer, version: int) -> None:
    name = placed(peer, [0, 1], [1, 2]).name
    shapes: list[list[list[int]]] = [[[0]], [[0, 1, 2]], [[0, 5]], [[1, 1]], [[]], [[0, 1], [1, 2]], [[5, 6]]]
    for nodes in shapes:
        peer.ask(grow((name, 3, nodes), validate_only=True), version, f"on {nodes}")
    for node, nodes in ((1, [[2, 0]]), (2, [[1, 0]])):
        count = 3 if node == 1 else 4
        peer.at(node).ask(grow((name, count, nodes)), version, f"at {node}")
        await_leaders(peer, name, [0, 1, 2, 1][:count])
    peer.ask(ask.metadata(12, name), 12, "where they are")
    other = placed(peer, [0, 1]).name
    peer.ask(grow((other, 4, None)), version, "anywhere")
    peer.await_that(partial(_has_leaders, peer, other, 4))
    peer.record("anywhere", with_places_forgotten(peer.quietly(ask.metadata(12, other), 12)), 12)


@on_three(AlterPartitionReassignmentsRequest)
def partitions_moved_between_nodes(peer: Peer, version: int) -> None:
    name = placed(peer, [0, 1], [1, 0]).name
    refused: list[list[int] | None] = [[0, 5], [0, 0], [], [-1], None]
    for replicas in refused:
        peer.ask(move((name, 0, replicas)), version, f"to {replicas}")
    moves: dict[int, list[int]] = {0: [2, 1], 1: [0, 1, 2], 2: [0]}
    for node, replicas in moves.items():
        peer.at(node).ask(move((name, 0, replicas)), version, f"at {node} to {replicas}")
        peer.await_that(partial(_is_moved, peer, name, replicas))
        await_in_sync(peer, name, [replicas, [0, 1]])
        answer = peer.quietly(ask.metadata(12, name), 12)
        for told in answer.topics[0].partitions:
            told.leader_epoch, told.isr_nodes = 0, sorted(told.isr_nodes)  # Kafka needs several steps
        peer.record("where it is", answer, 12)
        peer.at(node).ask(list_moves((name, [0, 1])), 0, "moving")
    peer.ask(move((name, 0, None)), version, "nothing to cancel")


def _is_moved(peer: Peer, name: str, replicas: list[int]) -> bool:
    first = described(peer, name)[0]
    moving = peer.quietly(list_moves((name, [0])), 0).topics
    return first.replica_nodes == replicas and first.leader_id in replicas and not moving


@on_three(ListPartitionReassignmentsRequest)
def no_move_is_going_on_at_any_node(peer: Peer, version: int) -> None:
    name = placed(peer, [0, 1]).name
    for node in NODES:
        peer.at(node).ask(list_moves((name, [0, 1])), version, f"at {node}")


@on_three(ElectLeadersRequest)
def leaders_elected_at_any_node(peer: Peer, version: int) -> None:
    name = placed(peer, [0, 1], [1, 2], [2, 0]).name
    for node in NODES:
        for kind in (0, 1) if version else (0,):
            peer.at(node).ask(elect(kind, (name, [0, 1, 2, 3])), version, f"type {kind} at {node}")


@on_three(DescribeConfigsRequest)
def settings_of_other_nodes(peer: Peer, version: int) -> None:
    for node in NODES:
        for name in ("0", "1", "2", "5", ""):
            request = ask.describe_configs(BROKER, name, ["node.id", "log.retention.hours", "broker.rack"])
            peer.at(node).ask(request, version, f"of {name!r} at {node}")


@on_three(IncrementalAlterConfigsRequest)
def settings_changed_at_other_nodes(peer: Peer, version: int) -> None:
    for node in NODES:
        for name in ("0", "1", "2", "5"):
            request = change(BROKER, name, ("log.cleaner.threads", SET, "1"), validate_only=True)
            peer.at(node).ask(request, version, f"of {name!r} at {node}")


@on_three(IncrementalAlterConfigsRequest)
def settings_of_a_topic_changed_at_any_node(peer: Peer, version: int) -> None:
    topic = placed(peer, [0, 1])
    for node in NODES:
        value = f"{node + 1}000"
        request = change(TOPIC, topic.name, ("retention.ms", SET, value))
        peer.at(node).ask(request, version, f"at {node}")
        for other in NODES:
            asked = peer.at(other)
            asked.await_that(partial(_is_set, asked, topic.name, value))
            describe = ask.describe_configs(TOPIC, topic.name, ["retention.ms"], include_synonyms=True)
            asked.ask(describe, 4, f"told by {other}")


def _is_set(peer: Peer, topic: str, value: str) -> bool:
    (result,) = peer.quietly(ask.describe_configs(TOPIC, topic, ["retention.ms"]), 4).results
    return [config.value for config in result.configs] == [value]


@on_three(ListConfigResourcesRequest, since=1)
def nodes_have_settings(peer: Peer, version: int) -> None:
    for node in NODES:
        answer = peer.at(node).quietly(ListConfigResourcesRequest(resource_types=[BROKER]), version)
        answer.config_resources.sort(key=lambda resource: resource.resource_name)
        peer.record(f"at {node}", answer, version)


@on_three(DescribeQuorumRequest)
def the_quorum_of_several_nodes(peer: Peer, version: int) -> None:
    for node in NODES:
        answer = peer.at(node).quietly(describe_quorum((METADATA_LOG, [0])), version)
        (partition,) = answer.topics[0].partitions
        assert partition.leader_id in NODES
        everybody = [*partition.current_voters, *partition.observers]
        assert sorted(replica.replica_id for replica in everybody) == list(NODES)
        # How far the log is, how often it had another leader, and which node leads it, is each cluster's own.
        partition.leader_id = partition.leader_epoch = partition.high_watermark = 1
        for replica in everybody:
            replica.log_end_offset = 1
        for replicas in (partition.current_voters, partition.observers):
            replicas.sort(key=lambda replica: replica.replica_id)
        answer.nodes.sort(key=lambda controller: controller.node_id)
        peer.record(f"at {node}", answer, version)
        peer.at(node).ask(describe_quorum((METADATA_LOG, [1])), version, "another partition")
