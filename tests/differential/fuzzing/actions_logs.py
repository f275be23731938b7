"""What sessions do with records: produce, fetch, look up offsets, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages import alter_replica_log_dirs as moving
from kafkacompat.wire.messages.delete_records import DeleteRecordsRequest
from kafkacompat.wire.messages.describe_log_dirs import DescribeLogDirsRequest
from kafkacompat.wire.messages.describe_producers import DescribeProducersRequest
from kafkacompat.wire.messages.fetch import FetchRequest, ForgottenTopic
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.list_offsets import ListOffsetsRequest
from kafkacompat.wire.messages.offset_for_leader_epoch import OffsetForLeaderEpochRequest
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest
from tests.differential import requests as ask
from tests.differential import scenarios_partitions as partitions
from tests.differential.batches import LONG_AGO_MS
from tests.differential.fuzzing.session import step
from tests.differential.fuzzing.world import MAX_INT32, MAX_INT64, MadeFetchSession, MadeProducer, known, told

if TYPE_CHECKING:
    from tests.differential.fuzzing.world import MadeTopic, World

SPOILT = (
    ("base_offset", [7, -1]),
    ("batch_length", [0, -1, 48, MAX_INT32]),
    ("leader_epoch", [5]),
    ("magic", [1, 3, -1]),
    ("attributes", [5, 7, 8, 16, 32, 64]),
    ("last_offset_delta", [0, -1, 9, MAX_INT32]),
    ("max_timestamp", [-1, 0]),
    ("base_timestamp", [-1, 0]),
    ("base_sequence", [0, -1, -2]),
    ("producer_id", [-2, 0]),
    ("producer_epoch", [-1, 0]),
    ("count", [0, -1, 2, MAX_INT32]),
)
"""Values for fields of a batch that no producer would write."""
ZSTD = 4
ZSTD_SINCE_VERSION = 7


def batches(world: World, version: int) -> list[dict[str, Any]]:
    """Describe what one partition is sent."""
    random = world.random
    one: dict[str, Any] = {"count": random.choice([1, 1, 2, 3, 10])}
    if random.random() < 0.3:
        one["codec"] = random.choice([1, 2, 3, ZSTD])
    if random.random() < 0.2:
        one["timestamp_ms"] = random.choice(
            [{"now": 0}, LONG_AGO_MS + 50_000, LONG_AGO_MS - 50_000, 0, {"now": 7_200_000}]
        )
    if random.random() < 0.1:
        one["size"] = random.choice([0, 100, 5000])
    if random.random() < 0.1:
        name, values = random.choice(SPOILT)
        one["spoilt"] = {name: random.choice(values)}
        if version < ZSTD_SINCE_VERSION:
            one.pop("codec", None)
    if random.random() < 0.03:
        one |= {"sealed": False, "spoilt": {"crc": 1}}
    if random.random() < 0.03:
        one["cut"] = random.choice([1, 20, 60])
    return [one, dict(one)] if random.random() < 0.05 else [one]


def produce(world: World) -> None:
    version, topic = world.version(ProduceRequest), world.topic()
    parts = []
    for partition in sorted({world.partition(topic) for _ in range(world.random.choice([1, 1, 1, 2]))}):
        records: Any = {"batches": (described := batches(world, version))}
        if partition < len(topic.ends):
            topic.ends[partition] += sum(one["count"] for one in described)
        parts.append(PartitionProduceData(index=partition, records=records))
    acks = world.random.choices([-1, 1, 0, 2, -2], [20, 10, 2, 1, 1])[0]
    request = ProduceRequest(acks=acks, timeout_ms=5000, topic_data=[ask.produced(version, known(topic), *parts)])
    world.steps.append(step(request, version))


def produce_as_one(world: World) -> None:
    """Produce as an idempotent producer: mostly the sequence that comes next, sometimes another."""
    if not world.producers or world.random.random() < 0.1:
        init_producer_id(world)
    version, topic = world.version(ProduceRequest), world.topic()
    producer, partition = world.random.choice(world.producers), world.partition(topic)
    at = (topic.name, partition)
    expected, count = producer.sequences.get(at, 0), world.random.choice([1, 1, 2, 5])
    wrong = [expected + 1, max(0, expected - 1), 0, MAX_INT32, -1]
    sequence = expected if world.random.random() < 0.75 else world.random.choice(wrong)
    if sequence == expected:
        producer.sequences[at] = expected + count
        if partition < len(topic.ends):
            topic.ends[partition] += count
    epoch = 0 if world.random.random() < 0.9 else world.random.choice([1, -1, 32767])
    known_id = told(producer.label, "producer_id", 0)
    one = {"count": count, "producer_id": known_id, "producer_epoch": epoch, "base_sequence": sequence}
    records: Any = {"batches": [one]}
    data = PartitionProduceData(index=partition, records=records)
    request = ProduceRequest(acks=-1, timeout_ms=5000, topic_data=[ask.produced(version, known(topic), data)])
    world.steps.append(step(request, version))


def init_producer_id(world: World) -> None:
    version, fields = world.version(InitProducerIdRequest), {}
    if version >= 3 and world.producers and world.random.random() < 0.5:
        label = world.random.choice(world.producers).label
        fields = {"producer_id": told(label, "producer_id", 0), "producer_epoch": world.random.choice([0, 0, 1, -1])}
    world.producers.append(MadeProducer(world.label("p")))
    world.steps.append(step(ask.init_producer_id(**fields), version, world.producers[-1].label))


def fetch(world: World) -> None:
    version, random = world.version(FetchRequest), world.random
    topics = []
    for _ in range(random.choice([1, 1, 1, 2])):
        topic = world.topic()
        indexes = sorted({world.partition(topic) for _ in range(random.choice([1, 1, 2]))})
        parts = [ask.fetch_partition(index, world.offset(topic, index), **limits(world, version)) for index in indexes]
        topics.append(ask.fetched(version, known(topic), *parts))
    fields: dict[str, Any] = {"max_wait_ms": random.choice([0, 0, 0, 5]), "min_bytes": random.choice([1, 1, 0, 100])}
    fields["max_bytes"] = random.choice([MAX_INT32, 1 << 20, 1 << 20, 200, 1, 0])
    if random.random() < 0.2:
        fields["isolation_level"] = 1
    request = FetchRequest(topics=topics, **fields)
    world.steps.append(step(request, version))


def limits(world: World, version: int) -> dict[str, int]:
    random = world.random
    fields = {"partition_max_bytes": random.choice([1 << 20, 1 << 20, 1 << 20, 150, 1, 0])}
    if version >= 9 and random.random() < 0.15:
        fields["current_leader_epoch"] = random.choice([0, 1, -1])
    if version >= 12 and random.random() < 0.1:
        fields["last_fetched_epoch"] = random.choice([0, 1, -1])
    return fields


def fetch_in_session(world: World) -> None:
    """Open a fetch session, go on with one, or name one that is not there."""
    version, random = world.version(FetchRequest, since=7), world.random
    topic = world.topic()
    partition = world.partition(topic)
    topics = [ask.fetched(version, known(topic), ask.fetch_partition(partition, world.offset(topic, partition)))]
    if not world.fetch_sessions or random.random() < 0.3:
        world.fetch_sessions.append(MadeFetchSession(world.label("f")))
        request = FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics, session_id=0, session_epoch=0)
        world.steps.append(step(request, version, world.fetch_sessions[-1].label))
        return
    session = random.choice(world.fetch_sessions)
    fields: dict[str, Any] = {"topics": topics if random.random() < 0.4 else [], "forgotten_topics_data": []}
    if random.random() < 0.2:
        named = {"topic_id": known(topic).topic_id} if version >= 13 else {"topic": topic.name}
        fields["forgotten_topics_data"] = [ForgottenTopic(partitions=[partition], **named)]
    epoch = session.epoch if random.random() < 0.9 else random.choice([0, -1, session.epoch + 1])
    session.epoch += epoch == session.epoch
    asked: Any = told(session.label, "session_id", 77)
    request = FetchRequest(max_wait_ms=0, min_bytes=1, session_id=asked, session_epoch=epoch, **fields)
    world.steps.append(step(request, version))


def list_offsets(world: World) -> None:
    version, topic, random = world.version(ListOffsetsRequest), world.topic(), world.random
    lowest = {1: -2, 2: -2, 3: -2, 4: -2, 5: -2, 6: -2, 7: -3, 8: -4}.get(version, -5)
    special = list(range(-1, lowest - 1, -1))
    times = [*special, *special, LONG_AGO_MS, LONG_AGO_MS + 1000, LONG_AGO_MS + 1001, LONG_AGO_MS - 1, 0, MAX_INT64]
    fields: dict[str, Any] = {"isolation_level": 1} if version >= 2 and random.random() < 0.2 else {}
    request = ask.list_offsets(topic.name, random.choice(times), partition=world.partition(topic), **fields)
    world.steps.append(step(request, version))


def offset_for_leader_epoch(world: World) -> None:
    version, topic = world.version(OffsetForLeaderEpochRequest), world.topic()
    epoch, current = world.random.choice([0, 0, 1, -1]), world.random.choice([-1, 0, 1])
    asked = ask.leader_epoch(version, topic.name, epoch, world.partition(topic), current)
    world.steps.append(step(asked, version))


def delete_records(world: World) -> None:
    version, topic = world.version(DeleteRecordsRequest), world.topic()
    partition = world.partition(topic)
    world.steps.append(step(partitions.delete((topic.name, {partition: world.offset(topic, partition)})), version))


def describe_producers(world: World) -> None:
    topic: MadeTopic = world.topic()
    asked = partitions.describe_producers((topic.name, [world.partition(topic)]))
    world.steps.append(step(asked, world.version(DescribeProducersRequest)))


def describe_log_dirs(world: World) -> None:
    topic = world.topic()
    asked = partitions.describe_logs((topic.name, [world.partition(topic)]))
    world.steps.append(step(asked, world.version(DescribeLogDirsRequest)))


def alter_replica_log_dirs(world: World) -> None:
    """Ask to move a partition to a directory that the broker does not have."""
    topic = world.topic()
    moved = moving.AlterReplicaLogDirTopic(name=topic.name, partitions=[world.partition(topic)])
    directory = moving.AlterReplicaLogDir(path=world.random.choice(["/nowhere", "", "nowhere"]), topics=[moved])
    request = moving.AlterReplicaLogDirsRequest(dirs=[directory])
    world.steps.append(step(request, world.version(moving.AlterReplicaLogDirsRequest)))
