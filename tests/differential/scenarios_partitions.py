"""Partitions: CreatePartitions, DeleteRecords, ElectLeaders, reassignments, and what is told of logs and producers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages import alter_partition_reassignments as moving
from kafkacompat.wire.messages import alter_replica_log_dirs as altering
from kafkacompat.wire.messages import create_partitions as growing
from kafkacompat.wire.messages import delete_records as deleting
from kafkacompat.wire.messages import describe_log_dirs as directories
from kafkacompat.wire.messages import describe_producers as producers
from kafkacompat.wire.messages import describe_quorum as quorum
from kafkacompat.wire.messages import elect_leaders as electing
from kafkacompat.wire.messages import list_partition_reassignments as moves
from tests.differential.batches import batch
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer

METADATA = "__cluster_metadata"


def grow(*topics: tuple[str, int, list[list[int]] | None], **fields: Any) -> growing.CreatePartitionsRequest:
    wanted = [
        growing.CreatePartitionsTopic(
            name=name,
            count=count,
            assignments=None if nodes is None else [growing.CreatePartitionsAssignment(broker_ids=n) for n in nodes],
        )
        for name, count, nodes in topics
    ]
    known: dict[str, Any] = {"timeout_ms": 10_000, "validate_only": False}
    return growing.CreatePartitionsRequest(topics=wanted, **(known | fields))


def delete(*topics: tuple[str, dict[int, int]], timeout_ms: int = 10_000) -> deleting.DeleteRecordsRequest:
    wanted = [
        deleting.DeleteRecordsTopic(
            name=name,
            partitions=[deleting.DeleteRecordsPartition(partition_index=i, offset=o) for i, o in offsets.items()],
        )
        for name, offsets in topics
    ]
    return deleting.DeleteRecordsRequest(topics=wanted, timeout_ms=timeout_ms)


def elect(kind: int, *topics: tuple[str, list[int]], timeout_ms: int = 10_000) -> electing.ElectLeadersRequest:
    wanted = [electing.TopicPartitions(topic=name, partitions=indexes) for name, indexes in topics]
    fields: dict[str, Any] = {"election_type": kind} if kind else {}
    return electing.ElectLeadersRequest(topic_partitions=wanted, timeout_ms=timeout_ms, **fields)


def move(*topics: tuple[str, int, list[int] | None], **fields: Any) -> moving.AlterPartitionReassignmentsRequest:
    wanted = [
        moving.ReassignableTopic(
            name=name, partitions=[moving.ReassignablePartition(partition_index=index, replicas=replicas)]
        )
        for name, index, replicas in topics
    ]
    return moving.AlterPartitionReassignmentsRequest(topics=wanted, **fields)


def list_moves(*topics: tuple[str, list[int]]) -> moves.ListPartitionReassignmentsRequest:
    wanted = [moves.ListPartitionReassignmentsTopics(name=name, partition_indexes=indexes) for name, indexes in topics]
    return moves.ListPartitionReassignmentsRequest(topics=wanted)


def alter_logs(*moves_to: tuple[str, str, int]) -> altering.AlterReplicaLogDirsRequest:
    return altering.AlterReplicaLogDirsRequest(
        dirs=[
            altering.AlterReplicaLogDir(
                path=path, topics=[altering.AlterReplicaLogDirTopic(name=name, partitions=[index])]
            )
            for path, name, index in moves_to
        ]
    )


def describe_logs(*topics: tuple[str, list[int]]) -> directories.DescribeLogDirsRequest:
    wanted = [directories.DescribableLogDirTopic(topic=name, partitions=indexes) for name, indexes in topics]
    return directories.DescribeLogDirsRequest(topics=wanted)


def describe_producers(*topics: tuple[str, list[int]]) -> producers.DescribeProducersRequest:
    wanted = [producers.TopicRequest(name=name, partition_indexes=indexes) for name, indexes in topics]
    return producers.DescribeProducersRequest(topics=wanted)


def describe_quorum(*topics: tuple[str, list[int]]) -> quorum.DescribeQuorumRequest:
    wanted = [
        quorum.TopicDataAsked(
            topic_name=name, partitions=[quorum.PartitionDataAsked(partition_index=index) for index in indexes]
        )
        for name, indexes in topics
    ]
    return quorum.DescribeQuorumRequest(topics=wanted)


@scenario(growing.CreatePartitionsRequest)
def partitions_are_added(peer: Peer, version: int) -> None:
    name = peer.topic(2).name
    peer.ask(grow((name, 3, None), validate_only=True), version, "only validated")
    peer.ask(grow((name, 3, None)), version, "one more")
    peer.ask(grow((name, 4, [[0]])), version, "assigned")
    peer.await_topic(name, 4)
    for count in (4, 3, 0, -1, 20_000):
        peer.ask(grow((name, count, None)), version, f"to {count}")
    shapes: list[list[list[int]]] = [[], [[5]], [[0, 0]], [[]], [[0], [0]], [[-1]]]
    for nodes in shapes:
        peer.ask(grow((name, 5, nodes)), version, f"on {nodes}")
    for other in ("", "..", peer.name("missing"), METADATA):
        peer.ask(grow((other, 3, None)), version, f"of {other!r}")
    peer.ask(grow((name, 9, None), (name, 10, None)), version, "twice")
    for timeout_ms in (0, -1):
        peer.ask(grow((name, 9, None), timeout_ms=timeout_ms), version, f"in {timeout_ms} ms")
    peer.ask(grow(), version, "nothing")


@scenario(deleting.DeleteRecordsRequest)
def records_are_deleted(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.fill(topic, batch(), batch(), batch())
    for offset in (0, 1, 0, 99, -2, -1, 3):
        peer.ask(delete((topic.name, {0: offset})), version, f"before {offset}")
    for index in (1, -1):
        peer.ask(delete((topic.name, {index: 0})), version, f"of partition {index}")
    for name in ("", "..", peer.name("missing"), METADATA):
        peer.ask(delete((name, {0: 0})), version, f"of {name!r}")
    peer.ask(delete((topic.name, {0: 1}), timeout_ms=0), version, "without time")
    peer.ask(delete((topic.name, {})), version, "of no partition")
    peer.ask(delete(), version, "nothing")


@scenario(deleting.DeleteRecordsRequest)
def records_of_compacted_topics_are_kept(peer: Peer, version: int) -> None:
    for policy in ("compact", "compact,delete"):
        topic = peer.topic(cleanup_policy=policy)
        peer.ask(delete((topic.name, {0: 0})), version, policy)


@scenario(electing.ElectLeadersRequest)
def leaders_are_elected(peer: Peer, version: int) -> None:
    name = peer.topic(2).name
    for kind in (0, 1, 2, -1) if version else (0,):
        peer.ask(elect(kind, (name, [0, 1])), version, f"type {kind}")
    peer.ask(elect(0, (name, [2, -1])), version, "unknown partitions")
    peer.ask(elect(0, (peer.name("missing"), [0])), version, "an unknown topic")
    peer.ask(elect(0, (name, [0, 0]), (name, [1])), version, "twice")
    peer.ask(elect(0, (name, [])), version, "no partition")
    peer.ask(elect(0), version, "no topic")
    peer.ask(elect(0, (name, [0]), timeout_ms=0), version, "without time")


@scenario(moving.AlterPartitionReassignmentsRequest)
def partitions_are_moved(peer: Peer, version: int) -> None:
    name = peer.topic(2).name
    for replicas in ([0], None, [], [5], [0, 0], [0, 5], [-1]):
        peer.ask(move((name, 0, replicas)), version, f"to {replicas}")
    for index in (9, -1):
        peer.ask(move((name, index, [0])), version, f"partition {index}")
    peer.ask(move((peer.name("missing"), 0, [0])), version, "an unknown topic")
    peer.ask(move((name, 0, [0]), (name, 1, [0])), version, "two")
    peer.ask(move((name, 0, [0]), timeout_ms=0), version, "without time")
    peer.ask(move(), version, "nothing")


@scenario(moves.ListPartitionReassignmentsRequest)
def no_move_is_going_on(peer: Peer, version: int) -> None:
    name = peer.topic().name
    peer.ask(list_moves((name, [0, 9])), version, "of a topic")
    peer.ask(list_moves((peer.name("missing"), [0])), version, "of an unknown topic")
    peer.ask(list_moves(), version, "of nothing")
    peer.ask(moves.ListPartitionReassignmentsRequest(topics=None), version, "of everything")


@scenario(directories.DescribeLogDirsRequest, answered=True)
def logs_have_sizes(peer: Peer, version: int) -> None:
    topic = peer.topic(2)
    peer.fill(topic, batch(), batch(), partition=1)
    peer.ask(describe_logs((topic.name, [1])), version, "one")
    peer.ask(describe_logs((topic.name, [1, 1, 9])), version, "one more than once")
    peer.ask(describe_logs((topic.name, [])), version, "no partition")
    peer.ask(describe_logs((peer.name("missing"), [0])), version, "an unknown topic")
    peer.ask(describe_logs(), version, "nothing")


@scenario(altering.AlterReplicaLogDirsRequest, answered=True)
def replicas_stay_where_they_are(peer: Peer, version: int) -> None:
    here = peer.quietly(directories.DescribeLogDirsRequest(topics=None), 4).results[0].log_dir
    name, missing = peer.topic(2).name, peer.name("missing")
    peer.ask(alter_logs((here, name, 1)), version, "where it is")
    for note, path in (("elsewhere", "/elsewhere"), ("relative", "elsewhere"), ("empty", ""), ("slash", f"{here}/")):
        peer.ask(alter_logs((path, name, 0)), version, note)
        peer.ask(alter_logs((path, missing, 0)), version, f"{note}, an unknown topic")
    for index in (9, -1):
        peer.ask(alter_logs((here, name, index)), version, f"partition {index}")
    for topic in ("", "a b", METADATA, missing):
        peer.ask(alter_logs((here, topic, 0)), version, f"topic {topic!r}")
    for size, index in ((213, 0), (214, 0), (212, 10), (213, 10)):
        peer.ask(alter_logs((here, "n" * size, index)), version, f"a name of {size}, partition {index}")
    peer.ask(alter_logs((here, name, 0), ("/elsewhere", name, 0)), version, "elsewhere in the end")
    peer.ask(alter_logs(("/elsewhere", name, 0), (here, name, 0)), version, "here in the end")
    peer.ask(alter_logs(), version, "nothing")


@scenario(producers.DescribeProducersRequest)
def producers_are_described(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.ask(describe_producers((topic.name, [0])), version, "nobody")
    # Ids that the broker never gave: it takes them all the same.
    for producer_id, sequence in ((2_000_000, 0), (2_000_000, 1), (1_999_999, 7)):
        data = batch(producer_id=producer_id, producer_epoch=3, base_sequence=sequence)
        peer.fill(topic, data)
    peer.ask(describe_producers((topic.name, [0])), version, "two")
    peer.ask(describe_producers((topic.name, [0, 9, -1, 0])), version, "unknown partitions")
    for name in ("", "..", peer.name("missing"), METADATA):
        peer.ask(describe_producers((name, [0])), version, f"of {name!r}")
    peer.ask(describe_producers(), version, "of nothing")


@scenario(quorum.DescribeQuorumRequest, answered=True)
def the_quorum_is_one_node(peer: Peer, version: int) -> None:
    answer = peer.quietly(describe_quorum((METADATA, [0])), version)
    (partition,) = answer.topics[0].partitions
    # How far the log is, and how often its leader was elected, depends on the time that has passed.
    (voter,) = partition.current_voters
    assert 0 < voter.log_end_offset == partition.high_watermark
    assert partition.leader_epoch > 0
    partition.leader_epoch = partition.high_watermark = voter.log_end_offset = 1
    peer.record("the log", answer, version)
    peer.ask(describe_quorum((METADATA, [1])), version, "another partition")
    peer.ask(describe_quorum((METADATA, [0, 1])), version, "two partitions")
    peer.ask(describe_quorum((METADATA, [])), version, "no partition")
    peer.ask(describe_quorum((peer.topic().name, [0])), version, "a topic")
    peer.ask(describe_quorum(), version, "nothing")
