"""Three nodes of which one is stopped, and started again: who leads then, and what the others say. It comes last."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kafkacompat.wire.messages.describe_cluster import DescribeClusterRequest
from kafkacompat.wire.messages.metadata import MetadataRequest
from tests.differential import requests as ask
from tests.differential.batches import batch
from tests.differential.placing import (
    NODES,
    assigned,
    await_copied,
    await_in_sync,
    await_leaders,
    described,
    fill_at,
    placed,
    produced_at,
)
from tests.differential.scenario import Stage, scenario
from tests.differential.scenarios_partitions import (
    describe_logs,
    describe_producers,
    elect,
    grow,
    list_moves,
    move,
)

if TYPE_CHECKING:
    from tests.differential.peer import Peer, Topic

STOPPED = 2
LEFT = (0, 1)
REPLICAS = ([2, 0, 1], [0, 2, 1], [2, 1], [2])
"""Of the partitions of the topic that is watched: the node that stops leads three of them."""
LEADERS = (0, 0, 1, -1)
"""Who leads them then."""


@scenario(MetadataRequest, versions=(12,), stage=Stage.THREE_NODES)
def a_node_is_stopped_and_started(peer: Peer, _version: int) -> None:
    """One scenario, as everything in it depends on what went before."""
    topics = {least: placed(peer, [0, 1, 2], min_insync_replicas=least) for least in ("2", "3")}
    alone, copied = placed(peer, [2]), placed(peer, [2, 0, 1])
    topic = placed(peer, *REPLICAS[:2])
    smaller = placed(peer, REPLICAS[2])
    fill_at(peer, STOPPED, copied, batch(), batch())
    await_copied(peer, 0, copied, 2)
    await_copied(peer, 1, copied, 2)
    assert peer.cluster is not None
    peer.cluster.stop_node(STOPPED)
    await_leaders(peer, topic.name, LEADERS[:2], LEFT)
    await_leaders(peer, smaller.name, LEADERS[2:3], LEFT)
    await_leaders(peer, copied.name, [0], LEFT)
    await_in_sync(peer, topic.name, [[0, 1], [0, 1]], LEFT)
    for least in topics.values():
        await_in_sync(peer, least.name, [[0, 1]], LEFT)
    for node in LEFT:
        peer.at(node).await_that(partial(_is_led_by, peer.at(node), alone, -1))
        peer.at(node).await_that(partial(_alive, peer.at(node), len(LEFT)))
    _metadata(peer, topic, smaller, alone, copied)
    _records(peer, topics, alone, copied)
    _administration(peer, topic, alone)
    peer.cluster.start_node(STOPPED)
    peer.at(STOPPED).connection.close()  # it is that of before
    await_in_sync(peer, topic.name, [[0, 1, 2], [0, 1, 2]])
    await_in_sync(peer, smaller.name, [[1, 2]])
    await_in_sync(peer, copied.name, [[0, 1, 2]])
    await_leaders(peer, alone.name, [2])
    _returned(peer, topic, smaller, alone, copied)


def _is_led_by(peer: Peer, topic: Topic, leader: int) -> bool:
    return [partition.leader_id for partition in described(peer, topic.name)] == [leader]


def _alive(peer: Peer, count: int) -> bool:
    return len(peer.quietly(ask.metadata(12), 12).brokers) == count


def _metadata(peer: Peer, *topics: Topic) -> None:
    for node in LEFT:
        for version in (0, 5, 13):
            peer.at(node).ask(ask.metadata(version, *topics), version, f"metadata {version} at {node}")
        request = ask.describe_topic_partitions(*[topic.name for topic in topics])
        peer.at(node).ask(request, 0, f"partitions at {node}")
        for fenced in (False, True):
            cluster = DescribeClusterRequest(include_cluster_authorized_operations=False, include_fenced_brokers=fenced)
            peer.at(node).ask(cluster, 2, f"the cluster at {node}, with those fenced: {fenced}")


def _records(peer: Peer, topics: dict[str, Topic], alone: Topic, copied: Topic) -> None:
    for least, topic in topics.items():
        for acks in (-1, 1):
            produced_at(peer, 0, 13, topic, batch(), note=f"{least} in sync, acks {acks}", acks=acks)
    for node in LEFT:
        asked = peer.at(node)
        produced_at(peer, node, 13, alone, batch(), note=f"produce without a leader at {node}")
        for version in (7, 18):
            asked.ask(ask.fetch(version, alone), version, f"fetch without a leader at {node}")
        asked.ask(ask.list_offsets(alone, -1), 7, f"offsets without a leader at {node}")
        asked.ask(ask.leader_epoch(4, alone.name, 0), 4, f"epochs without a leader at {node}")
        for current in (0, 1, 2):
            part = ask.fetch_partition(fetch_offset=0, current_leader_epoch=current)
            asked.ask(ask.fetch(18, copied, part), 18, f"fetch in epoch {current} at {node}")
            asked.ask(ask.leader_epoch(4, copied.name, 0, current=current), 4, f"the end of 0 in {current} at {node}")
        asked.ask(ask.leader_epoch(4, copied.name, 1), 4, f"the end of 1 at {node}")
    produced_at(peer, 0, 13, copied, batch(), note="produce in the new epoch")
    peer.at(0).ask(ask.fetch(18, copied), 18, "records of both epochs")
    peer.at(0).ask(ask.leader_epoch(4, copied.name, 0), 4, "where the old epoch ended")
    peer.at(0).ask(ask.list_offsets(copied, -1), 7, "where the new one is")
    peer.at(0).ask(describe_producers((alone.name, [0])), 0, "producers without a leader")


def _administration(peer: Peer, topic: Topic, alone: Topic) -> None:
    for node in LEFT:
        peer.at(node).ask(elect(0, (topic.name, [0, 1]), (alone.name, [0])), 2, f"preferred election at {node}")
        peer.at(node).ask(elect(1, (topic.name, [0])), 2, f"unclean election at {node}")
        peer.at(node).ask(describe_logs((topic.name, [0, 1])), 3, f"logs at {node}")
    for replicas in ([0, 1, 2], [2], [0, 2], [2, 0]):
        request = ask.create_topics(assigned(peer.name("topic"), replicas), validate_only=True)
        peer.ask(request, 7, f"a new topic on {replicas}")
    for factor in (2, 3, 4):
        request = ask.create_topics(ask.creatable(peer.name("topic"), 1, factor), validate_only=True)
        peer.ask(request, 7, f"a new topic of {factor}")
    peer.ask(grow((topic.name, 3, [[2, 0, 1]]), validate_only=True), 3, "a new partition on all")
    peer.ask(grow((topic.name, 3, [[2, 2, 1]]), validate_only=True), 3, "a new partition on two")
    peer.ask(move((alone.name, 0, [5])), 1, "moved to a node that there is not")
    peer.ask(list_moves((alone.name, [0])), 0, "moving")


def _returned(peer: Peer, *topics: Topic) -> None:
    topic, smaller, _, copied = topics
    for node in NODES:
        answer = peer.at(node).quietly(ask.metadata(13, *topics), 13)
        for told in answer.topics:
            for one in told.partitions:
                one.isr_nodes.sort()
        peer.record(f"back, at {node}", answer, 13)
    await_copied(peer, STOPPED, copied, 3)
    for node in NODES:
        cluster = DescribeClusterRequest(include_cluster_authorized_operations=False, include_fenced_brokers=True)
        peer.at(node).ask(cluster, 2, f"the cluster at {node}")
    peer.at(0).ask(elect(0, (topic.name, [0, 1]), (smaller.name, [0]), (copied.name, [0])), 2, "elected")
    await_leaders(peer, topic.name, [2, 0])
    await_leaders(peer, copied.name, [2])
    for node in NODES:
        peer.at(node).ask(ask.fetch(18, copied, ask.fetch_partition(current_leader_epoch=1)), 18, f"epoch 1 at {node}")
        peer.at(node).ask(ask.list_offsets(copied, -1), 7, f"the end at {node}")
    peer.at(STOPPED).ask(ask.leader_epoch(4, copied.name, 1), 4, "where the epoch between ended")
