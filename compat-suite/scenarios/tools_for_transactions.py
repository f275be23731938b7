"""What operators rely on when transactions go wrong, and Kafka's own program that copies exactly once."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaException, Producer

from scenarios.tools import LONG_S, asked, says, table, told
from suite import World, holds, same, scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suite import Topic

COPIER: Final = "kafka-transactional-message-copier"
COMMITTED: Final = {"committed.properties": "isolation.level=read_committed\n"}
RECORDS: Final = 400
VERY_LONG_S: Final = 300
TOO_LONG_MS: Final = "600000"


@contextmanager
def open_transaction(world: World, topic: Topic) -> Iterator[tuple[str, Producer]]:
    """Hold a transaction of the runner's own open that has written a record, which is at offset 0."""
    identity = world.name("open")
    settings = {"bootstrap.servers": world.server.bootstrap, "transactional.id": identity, "log_level": 0}
    producer = Producer(settings)
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(str(topic), b"open", partition=0)
    producer.flush(30)
    yield identity, producer


def listed(world: World, *words: str) -> dict[str, str]:
    """Return the state of each transactional id that kafka-transactions lists."""
    printed = asked(world, "kafka-transactions", "list", *words)
    rows = table(printed, "TransactionalId", "TransactionState")
    return {row[0]: row[1] for row in rows}


def starts(world: World, topic: Topic) -> list[str]:
    """Return where the open transactions of the first partition begin, as kafka-transactions says it."""
    printed = asked(world, "kafka-transactions", "describe-producers", "--topic", str(topic), "--partition", "0")
    return [start for (start,) in table(printed, "CurrentTransactionStartOffset")]


@scenario(needs=["tool.kafka-transactions"], feature="transactions", seconds=LONG_S, rules=["2.10"])
def kafka_transactions_of_an_open_one(world: World) -> None:
    """kafka-transactions shows an open transaction: its state, its partitions, where it begins, how long it lasts."""
    topic = world.topic()
    with open_transaction(world, topic) as (identity, producer):
        same(listed(world).get(identity), "Ongoing")
        holds(identity not in listed(world, "--duration-filter", TOO_LONG_MS), "it is said to last ten minutes")
        described = asked(world, "kafka-transactions", "describe", "--transactional-id", identity)
        columns = ("TransactionState", "TransactionTimeoutMs", "TopicPartitions")
        same(table(described, *columns), [["Ongoing", "60000", f"{topic}-0"]])
        same(starts(world, topic), ["0"])
        producer.commit_transaction(30)
    world.until(lambda: listed(world).get(identity) == "CompleteCommit", within_s=60)
    same(starts(world, topic), ["None"])


@scenario(needs=["tool.kafka-transactions"], feature="transactions", seconds=LONG_S, rules=["2.10"])
def kafka_transactions_find_none_that_hangs(world: World) -> None:
    """A transaction that its coordinator knows does not hang, however short transactions have to be."""
    topic = world.topic()
    with open_transaction(world, topic) as (_, producer):
        words = ("--topic", str(topic), "--partition", "0", "--max-transaction-timeout", "0")
        same(table(asked(world, "kafka-transactions", "find-hanging", *words), "Topic", "Partition", "StartOffset"), [])
        node = str(world.server.node_ids[0])
        found = asked(world, "kafka-transactions", "find-hanging", "--broker-id", node)
        holds(str(topic) not in found, f"found {found}")
        producer.abort_transaction(30)
    says(asked(world, "kafka-transactions", "find-hanging", refused=True), "requires either --topic or --broker-id")


@scenario(needs=["tool.kafka-transactions"], feature="transactions", seconds=LONG_S, rules=["2.5", "2.10"])
def kafka_transactions_abort(world: World) -> None:
    """kafka-transactions aborts what is open in a partition: readers go on behind it, and its records are not read."""
    topic = world.topic()
    partition = ("--topic", str(topic), "--partition", "0")
    with open_transaction(world, topic):
        plain = Producer({"bootstrap.servers": world.server.bootstrap})
        plain.produce(str(topic), b"behind", partition=0)
        plain.flush(30)
        asked(world, "kafka-transactions", "abort", *partition, "--start-offset", "0")
        same(starts(world, topic), ["None"])
        words = ("--topic", str(topic), "--from-beginning", "--max-messages", "1", "--isolation-level")
        same(asked(world, "kafka-console-consumer", *words, "read_committed").splitlines(), ["behind"])
        refused = asked(world, "kafka-transactions", "abort", *partition, "--start-offset", "0", refused=True)
        says(refused, "Could not find any open transactions starting at offset 0")


@scenario(needs=["tool.kafka-transactions"], feature="transactions", seconds=LONG_S, rules=["2.10"])
def kafka_transactions_refusals(world: World) -> None:
    """kafka-transactions tells of an id and of a partition that are not there."""
    missing = asked(world, "kafka-transactions", "describe", "--transactional-id", world.name("nobody"), refused=True)
    says(missing, "failed because the ID could not be found")
    words = ("--topic", str(world.topic()), "--partition", "0")
    says(asked(world, "kafka-transactions", "abort", *words, refused=True), "--start-offset")


def values(world: World, topic: Topic, count: int) -> list[str]:
    """Return the values that kafka-verifiable-consumer reads under read_committed, in order; they must be so many."""
    words = (
        "--topic", str(topic), "--group-id", world.name("group"), "--max-messages", str(count), "--verbose",
        "--reset-policy", "earliest", "--command-config", "committed.properties",
    )  # fmt: skip
    lines = asked(world, "kafka-verifiable-consumer", *words, files=COMMITTED).splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    same(sum(event["count"] for event in events if event["name"] == "records_consumed"), count)
    return [event["value"] for event in events if event["name"] == "record_data"]


@scenario(needs=[f"tool.{COPIER}", "tool.kafka-verifiable-producer", "tool.kafka-verifiable-consumer"],
          feature="transactions", seconds=VERY_LONG_S, rules=["2.10"], picky=[24])  # fmt: skip
def kafka_copies_exactly_once(world: World) -> None:
    """Kafka's copier aborts at random, is ended half way and goes on: each record is there once, in order."""
    source, sink, group = world.topic(), world.topic(), world.name("group")
    asked(world, "kafka-verifiable-producer", "--topic", str(source), "--max-messages", str(RECORDS), "--acks", "-1")
    words = (
        "--broker-list", "ADDRESS", "--input-topic", str(source), "--input-partition", "0", "--output-topic", str(sink),
        "--consumer-group", group, "--transactional-id", world.name("copier"), "--transaction-size", "10",
        "--transaction-timeout", "10000",
        "--enable-random-aborts", "--use-group-metadata",
    )  # fmt: skip
    # One that is ended within a transaction leaves offsets pending, for which the next one waits until the time limit.
    told(world, COPIER, *words, "--max-messages", "95")
    told(world, COPIER, *words, until='"remaining":1')  # 100 to 199 are left
    told(world, COPIER, *words)
    says(told(world, COPIER, *words), '"remaining":0')
    same(values(world, sink, RECORDS), [str(number) for number in range(RECORDS)])
    numbers = {partition[1]: offset for partition, offset in world.ends(sink).items()}
    holds(numbers[0] > RECORDS, f"a log with markers that ends at {numbers[0]}")


@scenario(needs=[f"tool.{COPIER}"], feature="transactions", seconds=LONG_S, rules=["2.4", "2.10"])
def kafka_copies_for_one_at_a_time(world: World) -> None:
    """When the copier starts under the id of a producer that is still there, that one can commit no more."""
    source, sink = world.topic(), world.topic()
    with open_transaction(world, sink) as (identity, producer):
        told(
            world, COPIER, "--broker-list", "ADDRESS", "--input-topic", str(source), "--input-partition", "0",
            "--output-topic", str(sink), "--consumer-group", world.name("group"), "--transactional-id", identity,
        )  # fmt: skip
        holds(is_fenced(producer), "a fenced producer has committed")


def is_fenced(producer: Producer) -> bool:
    """Tell whether a producer's commit fails as another has its transactional id."""
    try:
        producer.commit_transaction(30)
    except KafkaException as error:
        return error.args[0].name() in ("_FENCED", "PRODUCER_FENCED")
    return False
