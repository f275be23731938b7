"""Three nodes: records that are asked for, or sent, where the leader is not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kafkacompat.wire.messages.delete_records import DeleteRecordsRequest
from kafkacompat.wire.messages.describe_log_dirs import DescribeLogDirsRequest
from kafkacompat.wire.messages.describe_producers import DescribeProducersRequest
from kafkacompat.wire.messages.fetch import FetchRequest
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.list_offsets import ListOffsetsRequest
from kafkacompat.wire.messages.offset_for_leader_epoch import OffsetForLeaderEpochRequest
from kafkacompat.wire.messages.produce import ProduceRequest
from tests.differential import requests as ask
from tests.differential.batches import batch
from tests.differential.placing import FOLLOWER, LEADER, NODES, await_copied, fill_at, placed, produced_at
from tests.differential.scenario import Stage, scenario
from tests.differential.scenarios_partitions import delete, describe_logs, describe_producers

if TYPE_CHECKING:
    from tests.differential.peer import Peer, Topic

on_three = partial(scenario, stage=Stage.THREE_NODES)


def copied(peer: Peer) -> Topic:
    """Make a topic with three records at a leader and a follower; another node has none of it."""
    topic = placed(peer, [LEADER, FOLLOWER])
    fill_at(peer, LEADER, topic, batch(), batch(2))
    await_copied(peer, FOLLOWER, topic, 3)
    return topic


@on_three(ProduceRequest)
def produce_at_each_node(peer: Peer, version: int) -> None:
    topic = placed(peer, [LEADER, FOLLOWER], [FOLLOWER, LEADER])
    for node in NODES:
        for acks in (-1, 1):
            produced_at(peer, node, version, topic, batch(), note=f"at {node}, acks {acks}", acks=acks)
        produced_at(peer, node, version, topic, batch(), batch(), note=f"two partitions at {node}")


@on_three(ProduceRequest, versions=(3, 13))
def produce_where_replicas_must_be_in_sync(peer: Peer, version: int) -> None:
    for replicas in ([0], [0, 1], [0, 1, 2]):
        for least in ("1", "2", "3", "4"):
            topic = placed(peer, replicas, min_insync_replicas=least)
            for acks in (-1, 1):
                produced_at(peer, 0, version, topic, batch(), note=f"{least} of {replicas}, acks {acks}", acks=acks)


@on_three(FetchRequest)
def fetch_at_each_node(peer: Peer, version: int) -> None:
    topic = copied(peer)
    for node in NODES:
        for epoch in (-1, 0, 7) if version >= 9 else (-1,):
            part = ask.fetch_partition(current_leader_epoch=epoch)
            peer.at(node).ask(ask.fetch(version, topic, part), version, f"at {node}, epoch {epoch}")
        for offset in (1, 3, 4, -1):
            part = ask.fetch_partition(fetch_offset=offset)
            peer.at(node).ask(ask.fetch(version, topic, part), version, f"at {node}, offset {offset}")
        missing = ask.fetch(version, topic, ask.fetch_partition(9))
        peer.at(node).ask(missing, version, f"at {node}, no such partition")


@on_three(FetchRequest, since=11)
def fetch_in_a_rack(peer: Peer, version: int) -> None:
    topic = copied(peer)
    for rack in ("rack-a", "rack-b", "rack-c", "nowhere"):
        for node in NODES:
            peer.at(node).ask(ask.fetch(version, topic, rack_id=rack), version, f"{rack} at {node}")


@on_three(FetchRequest, since=7, versions=(7, 12, 18))
def sessions_belong_to_a_node(peer: Peer, version: int) -> None:
    topic = copied(peer)
    opened = peer.ask(ask.fetch(version, topic, session_epoch=0), version, "opened")
    session = {"session_id": opened.session_id, "session_epoch": 1, "topics": []}
    peer.at(1).ask(ask.fetch(version, topic, **session), version, "at another")
    peer.ask(ask.fetch(version, topic, **session), version, "at its own")


@on_three(ListOffsetsRequest)
def offsets_at_each_node(peer: Peer, version: int) -> None:
    topic = copied(peer)
    for node in NODES:
        for timestamp in (-1, -2, 0):
            peer.at(node).ask(ask.list_offsets(topic, timestamp), version, f"{timestamp} at {node}")
        missing = ask.list_offsets(topic, -1, partition=9)
        peer.at(node).ask(missing, version, f"no such partition at {node}")
        if version >= 4:
            for epoch in (0, 7):
                request = ask.list_offsets(topic, -1)
                request.topics[0].partitions[0].current_leader_epoch = epoch
                peer.at(node).ask(request, version, f"epoch {epoch} at {node}")


@on_three(OffsetForLeaderEpochRequest)
def ends_of_epochs_at_each_node(peer: Peer, version: int) -> None:
    topic = copied(peer)
    for node in NODES:
        for epoch, current in ((0, -1), (5, -1), (0, 0), (0, 7)):
            request = ask.leader_epoch(version, topic.name, epoch, current=current)
            peer.at(node).ask(request, version, f"{epoch}, {current} at {node}")
        missing = ask.leader_epoch(version, topic.name, 0, partition=9)
        peer.at(node).ask(missing, version, f"no such partition at {node}")


@on_three(DeleteRecordsRequest)
def records_deleted_at_each_node(peer: Peer, version: int) -> None:
    topic = copied(peer)
    for node in reversed(NODES):
        peer.at(node).ask(delete((topic.name, {0: 1, 9: 1})), version, f"at {node}")
    peer.ask(ask.list_offsets(topic, -2), 7, "where it begins")


@on_three(DescribeProducersRequest)
def producers_at_each_node(peer: Peer, version: int) -> None:
    topic = placed(peer, [LEADER, FOLLOWER])
    fill_at(peer, LEADER, topic, batch(producer_id=2_000_000, producer_epoch=3, base_sequence=0))
    await_copied(peer, FOLLOWER, topic, 1)
    for node in NODES:
        peer.at(node).ask(describe_producers((topic.name, [0, 9])), version, f"at {node}")


@on_three(DescribeLogDirsRequest)
def logs_of_each_node(peer: Peer, version: int) -> None:
    topic = placed(peer, [LEADER, FOLLOWER], [2, 1], [2, 0])
    fill_at(peer, LEADER, topic, batch(), batch(2))
    await_copied(peer, FOLLOWER, topic, 3)
    for node in NODES:
        peer.at(node).ask(describe_logs((topic.name, [0, 1, 2, 9])), version, f"at {node}")


@on_three(InitProducerIdRequest, versions=(0, 3, 5))
def producer_ids_of_each_node(peer: Peer, version: int) -> None:
    for node in (*NODES, *NODES):
        peer.at(node).ask(ask.init_producer_id(), version, f"at {node}")
