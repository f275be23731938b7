"""What sessions do with transactions: begin, write, add offsets, end; as clients of each generation, and wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest
from kafkacompat.wire.messages.add_partitions_to_txn import AddPartitionsToTxnRequest
from kafkacompat.wire.messages.describe_transactions import DescribeTransactionsRequest
from kafkacompat.wire.messages.end_txn import EndTxnRequest
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.list_transactions import ListTransactionsRequest
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest
from kafkacompat.wire.messages.txn_offset_commit import TxnOffsetCommitRequest
from kafkacompat.wire.messages.update_features import UpdateFeaturesRequest
from kafkacompat.wire.messages.write_txn_markers import WriteTxnMarkersRequest
from tests.differential import requests as ask
from tests.differential import transactional as tx
from tests.differential.fuzzing.session import step
from tests.differential.fuzzing.world import MAX_INT32, MAX_INT64, MadeTransactional, known, told

if TYPE_CHECKING:
    from tests.differential.fuzzing.world import MadeTopic, World

FIRST_THAT_KNOWS_WHO = 3
FIRST_TRANSACTIONAL_PRODUCE = 3
FIRST_THAT_ADDS = 12
FIRST_THAT_RAISES_EPOCHS = 5
STATES = ("Empty", "Ongoing", "CompleteCommit", "CompleteAbort", "Dead", "PrepareEpochFence", "ongoing", "Nonsense", "")
PATTERNS = (None, "", ".*", ".*w0", "[", "(", ".*(w0|w1)", "(?i).*W1", "a{2,1}", r".*\d", "(a)\\1")
TIMES_MS = (60_000, 60_000, 60_000, 900_000, 0, -1, 900_001, MAX_INT32)


def who(world: World, made: MadeTransactional) -> tx.Producer:
    """Say who a producer is: mostly what it was told, sometimes something else."""
    random = world.random
    name = made.name if random.random() < 0.95 else random.choice(["~w9", "~w0", "~w1", ""])
    producer: Any = told(made.label, "producer_id", 0, random.choices([0, 1], [30, 1])[0])
    epoch: Any = told(made.label, "producer_epoch", 0, random.choices([0, 1, -1], [20, 1, 1])[0])
    if random.random() < 0.02:
        producer, epoch = random.choice([(-1, -1), (producer, -1), (producer, 32767), (-1, 0)])
    return tx.Producer(name, producer, epoch, 0)


def writer(world: World, made: MadeTransactional) -> tx.Producer:
    """Say who a producer is that writes: at no epoch below 0, for Kafka's log remembers even one that it refused."""
    name = made.name if world.random.random() < 0.95 else "~w9"
    producer: Any = told(made.label, "producer_id", 0)
    epoch: Any = told(made.label, "producer_epoch", 0, world.random.choices([0, 1], [20, 1])[0])
    return tx.Producer(name, producer, epoch, 0)


def transactional(world: World) -> MadeTransactional:
    """Choose a producer; make one if there is none yet."""
    if not world.transactional or world.random.random() < 0.05:
        begin(world)
    return world.random.choice(world.transactional)


def begin(world: World) -> None:
    """Become the producer of a transactional id, for the first time or again."""
    version, random = world.version(InitProducerIdRequest), world.random
    fields: dict[str, Any] = {}
    if world.transactional and random.random() < 0.5:
        made = random.choice(world.transactional)
        if version >= FIRST_THAT_KNOWS_WHO and random.random() < 0.6:
            fields = who(world, made).known()
    else:
        made = MadeTransactional(world.label("w"), f"~w{len(world.transactional) % 3}")
        world.transactional.append(made)
    made.sequences.clear()
    asked = ask.init_producer_id(made.name, random.choice(TIMES_MS), **fields)
    world.steps.append(step(asked, version, made.label))


def write(world: World) -> None:
    """Write in a transaction, added to before where the version needs it: mostly the sequence that comes next."""
    made, random, topic = transactional(world), world.random, world.topic()
    version = world.version(ProduceRequest, since=FIRST_TRANSACTIONAL_PRODUCE)
    partition, producer = world.partition(topic), writer(world, made)
    if version < FIRST_THAT_ADDS and random.random() < 0.85:
        _add(world, producer, topic, [partition])
    at = (topic.name, partition)
    expected, count = made.sequences.get(at, 0), random.choice([1, 1, 2, 5])
    wrong = [expected + 1, max(0, expected - 1), 0, MAX_INT32]
    sequence = expected if random.random() < 0.85 else random.choice(wrong)
    if sequence == expected:
        made.sequences[at] = expected + count
        if partition < len(topic.ends):
            topic.ends[partition] += count
    one = {
        "count": count,
        "producer_id": producer.producer_id,
        "producer_epoch": producer.epoch,
        "base_sequence": sequence,
        "transactional": random.random() < 0.95,
    }
    records: Any = {"batches": [one]}
    data = PartitionProduceData(index=partition, records=records)
    fields = {"transactional_id": producer.id} if random.random() < 0.95 else {}
    topics = [ask.produced(version, known(topic), data)]
    world.steps.append(step(ProduceRequest(acks=-1, timeout_ms=5000, topic_data=topics, **fields), version))


def add_partitions(world: World) -> None:
    topic = world.topic()
    _add(world, who(world, transactional(world)), topic, sorted({world.partition(topic) for _ in range(2)}))


def _add(world: World, producer: tx.Producer, topic: MadeTopic, partitions: list[int]) -> None:
    version = world.version(AddPartitionsToTxnRequest)
    only = version >= 4 and world.random.random() < 0.3
    world.steps.append(step(tx.add_partitions(version, producer, (topic.name, partitions), verify_only=only), version))


def add_offsets(world: World) -> None:
    producer = who(world, transactional(world))
    world.steps.append(step(tx.add_offsets(producer, world.group()), world.version(AddOffsetsToTxnRequest)))


def commit_offsets(world: World) -> None:
    version, random = world.version(TxnOffsetCommitRequest), world.random
    producer, topic, group = who(world, transactional(world)), world.topic(), world.group()
    if version < FIRST_THAT_RAISES_EPOCHS and random.random() < 0.85:
        world.steps.append(step(tx.add_offsets(producer, group), world.version(AddOffsetsToTxnRequest)))
    fields: dict[str, Any] = {}
    if version >= FIRST_THAT_KNOWS_WHO and random.random() < 0.3:
        label = world.member()
        fields = {"member_id": told(label, "member_id", "nobody")}
        fields["generation_id_or_member_epoch"] = told(label, "generation_id", 1)
    offsets = [world.offset(topic, index) for index in range(len(topic.ends))]
    asked = tx.commit_offsets(version, producer, group, known(topic), *offsets, **fields)
    world.steps.append(step(asked, version))


def end(world: World) -> None:
    """Commit or abort; from version 5 on the answer tells the producer who it is next."""
    made = transactional(world)
    version = world.version(EndTxnRequest)
    if version >= FIRST_THAT_RAISES_EPOCHS:
        made.sequences.clear()
    asked = tx.end(who(world, made), commit=world.random.random() < 0.6)
    world.steps.append(step(asked, version, made.label))


def write_markers(world: World) -> None:
    version, topic, random = world.version(WriteTxnMarkersRequest), world.topic(), world.random
    fields: dict[str, Any] = {"coordinator_epoch": random.choice([0, 0, 0, -1, 1])}
    if version >= 2:
        fields["transaction_version"] = random.choice([0, 1, 2])
    commit = random.random() < 0.4
    marker = tx.marker(
        who(world, transactional(world)), (topic.name, [world.partition(topic)]), commit=commit, **fields
    )
    world.steps.append(step(tx.write_markers(marker), version))


def describe(world: World) -> None:
    names = [made.name for made in world.transactional] or ["~w9"]
    asked = tx.describe(*world.random.choices([*names, "~w9", ""], [10] * len(names) + [1, 1], k=2))
    world.steps.append(step(asked, world.version(DescribeTransactionsRequest)))


def list_all(world: World) -> None:
    version, random = world.version(ListTransactionsRequest), world.random
    producers: list[Any] = [told(one.label, "producer_id", 0) for one in world.transactional if random.random() < 0.3]
    fields: dict[str, Any] = {}
    if version >= 1 and random.random() < 0.4:
        fields["duration_filter"] = random.choice([-1, 3_600_000, MAX_INT64])
    if version >= 2 and random.random() < 0.6:
        fields["transactional_id_pattern"] = random.choice(PATTERNS)
    asked = tx.list_transactions(random.sample(STATES, random.choice([0, 0, 1, 2])), producers, **fields)
    world.steps.append(step(asked, version))


def update_features(world: World) -> None:
    """Ask for what changes nothing, as the levels are everybody's."""
    version = world.version(UpdateFeaturesRequest)
    levels = (
        ("transaction.version", 2),
        ("transaction.version", 3),
        ("transaction.version", 1),
        ("share.version", 2),
        ("metadata.version", 33),
        ("metadata.version", 7),
        ("none", 1),
    )
    name, level = world.random.choice(levels)
    world.steps.append(step(tx.update_features(version, (name, level, tx.RAISE)), version))
