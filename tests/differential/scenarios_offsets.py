"""ListOffsets and OffsetForLeaderEpoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkacompat.wire.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from tests.differential.batches import LONG_AGO_MS, batch
from tests.differential.requests import leader_epoch, list_offsets
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer, Topic

MAX_INT32 = (1 << 31) - 1


def filled(peer: Peer) -> Topic:
    """Make a topic of three batches, whose times overlap: 0 s to 2 s, 10 s to 11 s, 5 s."""
    topic = peer.topic()
    peer.fill(
        topic, batch(3), batch(2, timestamp_ms=LONG_AGO_MS + 10_000, codec=1), batch(1, timestamp_ms=LONG_AGO_MS + 5000)
    )
    return topic


@scenario(ListOffsetsRequest)
def offsets_by_special_times(peer: Peer, version: int) -> None:
    for kind, topic in (("filled", filled(peer)), ("empty", peer.topic())):
        for timestamp in (*range(-1, -9, -1), -(1 << 63)):
            peer.ask(list_offsets(topic, timestamp), version, f"{kind}, {timestamp}")


@scenario(ListOffsetsRequest)
def offsets_by_times(peer: Peer, version: int) -> None:
    for kind, topic in (("filled", filled(peer)), ("empty", peer.topic())):
        for seconds in (-100, 0, 1, 1.5, 2, 3, 5, 7, 10, 11, 12, 1e9):
            moment = LONG_AGO_MS + int(1000 * seconds)
            peer.ask(list_offsets(topic, moment), version, f"{kind}, {seconds} s")
        peer.ask(list_offsets(topic, 0), version, f"{kind}, 0")
        peer.ask(list_offsets(topic, (1 << 63) - 1), version, f"{kind}, the end of time")


@scenario(ListOffsetsRequest, since=7)
def offsets_of_the_latest_time(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.fill(topic, batch(2, timestamp_ms=LONG_AGO_MS + 9000), batch(1), batch(2, timestamp_ms=LONG_AGO_MS + 9000))
    peer.ask(list_offsets(topic, -3), version, "the same time twice")
    append_time = peer.topic(message_timestamp_type="LogAppendTime")
    peer.fill(append_time, batch(3))
    peer.ask(list_offsets(append_time, -3), version, "times of the broker")
    peer.ask(list_offsets(append_time, LONG_AGO_MS), version, "the first time of the broker")


@scenario(ListOffsetsRequest)
def offsets_of_what_is_not_there(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for timestamp in (-1, -2, LONG_AGO_MS, -9):
        peer.ask(list_offsets(peer.name("missing"), timestamp), version, f"topic, {timestamp}")
        for partition in (1, -1, MAX_INT32):
            peer.ask(
                list_offsets(topic, timestamp, partition=partition), version, f"partition {partition}, {timestamp}"
            )
    for name in ("", ".", "a b", "x" * 250):
        peer.ask(list_offsets(name, -1), version, repr(name))


@scenario(ListOffsetsRequest)
def offsets_asked_for_twice(peer: Peer, version: int) -> None:
    topic, other = filled(peer), filled(peer)
    peer.ask(list_offsets(topic, -1, -2), version, "partition")
    peer.ask(list_offsets(topic, -1, -1, -1), version, "partition, three times the same")

    def asked(name: str, timestamp: int, partition: int = 0) -> ListOffsetsTopic:
        part = ListOffsetsPartition(partition_index=partition, timestamp=timestamp)
        return ListOffsetsTopic(name=name, partitions=[part])

    twice = [asked(topic.name, -1), asked(other.name, -1), asked(topic.name, -2)]
    peer.ask(list_offsets(topic, topics=twice), version, "topic")
    twice = [asked(topic.name, -1), asked(topic.name, -1, 5)]
    peer.ask(list_offsets(topic, topics=twice), version, "topic, with another partition")
    peer.ask(list_offsets(topic, topics=[]), version, "nothing")
    peer.ask(list_offsets(topic, topics=[ListOffsetsTopic(name=topic.name, partitions=[])]), version, "no partition")


@scenario(ListOffsetsRequest)
def offsets_asked_for_by_replicas(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for replica in (-2, -3, 0, 7, MAX_INT32):
        peer.ask(list_offsets(topic, -1, replica_id=replica), version, f"replica {replica}")


@scenario(ListOffsetsRequest, since=2)
def offsets_with_isolation(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for isolation in (1, 2, -1):
        for timestamp in (-1, -2, LONG_AGO_MS + 5000):
            peer.ask(list_offsets(topic, timestamp, isolation_level=isolation), version, f"{isolation}, {timestamp}")


@scenario(ListOffsetsRequest, since=4)
def offsets_with_leader_epochs(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for epoch in (0, 1, -1, -2, MAX_INT32, -(1 << 31)):
        for timestamp in (-1, -2, LONG_AGO_MS, -9):
            part = ListOffsetsPartition(partition_index=0, current_leader_epoch=epoch, timestamp=timestamp)
            topics = [ListOffsetsTopic(name=topic.name, partitions=[part])]
            peer.ask(list_offsets(topic, topics=topics), version, f"epoch {epoch}, {timestamp}")


@scenario(ListOffsetsRequest, since=10)
def offsets_with_a_timeout(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for timeout_ms in (0, -1, 1000):
        peer.ask(list_offsets(topic, -1, timeout_ms=timeout_ms), version, f"timeout {timeout_ms}")


@scenario(OffsetForLeaderEpochRequest)
def ends_of_epochs(peer: Peer, version: int) -> None:
    topics = {"filled": filled(peer).name, "empty": peer.topic().name, "missing": peer.name("missing"), "": ""}
    for kind, name in topics.items():
        for epoch in (0, 1, -1, -2, MAX_INT32, -(1 << 31)):
            for current in (-1, 0, 1, -2):
                note = f"{kind}, epoch {epoch}, current {current}"
                peer.ask(leader_epoch(version, name, epoch, current=current), version, note)
        for partition in (1, -1):
            peer.ask(leader_epoch(version, name, 0, partition), version, f"{kind}, partition {partition}")


@scenario(OffsetForLeaderEpochRequest)
def ends_of_epochs_asked_for_twice(peer: Peer, version: int) -> None:
    topic, other = filled(peer), filled(peer)
    replica = {"replica_id": -1} if version >= 3 else {}

    def asked(name: str, *epochs: int) -> OffsetForLeaderTopic:
        parts = [OffsetForLeaderPartition(partition=0, leader_epoch=epoch) for epoch in epochs]
        return OffsetForLeaderTopic(topic=name, partitions=parts)

    def ask(note: str, *topics: OffsetForLeaderTopic) -> None:
        peer.ask(OffsetForLeaderEpochRequest(topics=list(topics), **replica), version, note)

    ask("partition", asked(topic.name, 0, 1))
    ask("topic", asked(topic.name, 0), asked(other.name, 0), asked(topic.name, 1))
    ask("nothing")
    ask("no partition", asked(topic.name))


@scenario(OffsetForLeaderEpochRequest, since=3)
def ends_of_epochs_asked_for_by_replicas(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for replica in (-2, -3, 0, 7):
        request = leader_epoch(version, topic.name, 0)
        request.replica_id = replica
        peer.ask(request, version, f"replica {replica}")
