"""What transactional producers rely on: all or nothing, over partitions and consumed offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suite import Consumer, Record, World, by_partition, gather, holds, same, scenario

if TYPE_CHECKING:
    from suite import Producer, Topic

NEEDS = ["transactions", "read-committed"]
FENCED = ("PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH", "FATAL")


def transactional(world: World, name: str | None = None, **settings: Any) -> Producer:
    """Return a transactional producer of the client under test."""
    return world.client.producer(transactional_id=name or world.name("transaction"), **settings)


def written(world: World, producer: Producer, topic: Topic, values: list[bytes], *, commit: bool) -> None:
    """Write the values in one transaction, spread over the topic's partitions."""
    producer.begin()
    partitions = len(topic.partitions)
    choose = "partition-choice" in world.client.has
    records = [Record(value, partition=number % partitions if choose else None) for number, value in enumerate(values)]
    producer.send(topic, records)
    if commit:
        producer.commit()
    else:
        producer.abort()


def committed_reader(world: World, topic: Topic) -> Consumer:
    """Return a consumer of the client under test that sees only what was committed."""
    consumer = world.client.consumer(isolation="read_committed")
    consumer.assign(topic.partitions)
    return consumer


def values(records: list[Any]) -> list[bytes]:
    """Return the values of records."""
    return [each.value for each in records]


def read_values(world: World, topic: Topic, count: int, isolation: str) -> list[bytes]:
    """Read so many records with an isolation level, look whether more come, and return their values."""
    consumer = world.client.consumer(isolation=isolation)
    consumer.assign(topic.partitions)
    world.until(lambda: consumer.poll(500, count=max(1, count - len(consumer.records))) is not None
                and len(consumer.records) >= count, within_s=15)  # fmt: skip
    consumer.poll(700)
    consumer.close()
    return values(consumer.records)


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"])
def a_commit_shows_everything(world: World) -> None:
    """What a transaction wrote is read once it is committed, in order."""
    topic = world.topic()
    written(world, transactional(world), topic, [b"1", b"2", b"3"], commit=True)
    same(read_values(world, topic, 3, "read_committed"), [b"1", b"2", b"3"])


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"], picky=[14, 15])
def an_abort_shows_nothing(world: World) -> None:
    """What an aborted transaction wrote is never read under read_committed; what came before and after is."""
    topic = world.topic()
    producer = transactional(world)
    written(world, producer, topic, [b"before"], commit=True)
    written(world, producer, topic, [b"aborted 1", b"aborted 2"], commit=False)
    written(world, producer, topic, [b"after"], commit=True)
    same(read_values(world, topic, 2, "read_committed"), [b"before", b"after"])


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"])
def read_uncommitted_sees_all(world: World) -> None:
    """Under read_uncommitted also aborted records are read."""
    topic = world.topic()
    producer = transactional(world)
    written(world, producer, topic, [b"aborted"], commit=False)
    written(world, producer, topic, [b"committed"], commit=True)
    same(read_values(world, topic, 2, "read_uncommitted"), [b"aborted", b"committed"])


@scenario(needs=NEEDS, feature="transactions", rules=["2.5", "2.10"], picky=[15])
def an_open_transaction_holds_readers_back(world: World) -> None:
    """Under read_committed nothing behind an open transaction is read, until it has ended."""
    topic = world.topic()
    producer = transactional(world)
    producer.begin()
    producer.send(topic, [Record(b"open")])
    world.another().send(topic, [Record(b"plain")])
    consumer = committed_reader(world, topic)
    same(values(consumer.poll(1500)), [], "read while the transaction is open")
    producer.commit()
    world.until(lambda: consumer.poll(500) is not None and len(consumer.records) >= 2)
    same(values(consumer.records), [b"open", b"plain"])


@scenario(needs=[*NEEDS, "partition-choice"], feature="transactions", rules=["2.10"])
def many_partitions_at_once(world: World) -> None:
    """A transaction over thirty partitions is visible in all of them, or in none."""
    topic = world.topic(partitions=30)
    producer = transactional(world)
    written(world, producer, topic, [b"no %d" % number for number in range(30)], commit=False)
    written(world, producer, topic, [b"yes %d" % number for number in range(30)], commit=True)
    consumer = committed_reader(world, topic)
    world.until(lambda: consumer.poll(500) is not None and len(consumer.records) >= 30)
    got = by_partition(consumer.records)
    same({number: values(part) for number, part in got.items()}, {n: [b"yes %d" % n] for n in range(30)})


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"])
def several_topics_at_once(world: World) -> None:
    """A transaction over two topics is committed in both."""
    topics = [world.topic(), world.topic()]
    producer = transactional(world)
    producer.begin()
    for topic in topics:
        producer.send(topic, [Record(b"to " + str(topic).encode())])
    producer.commit()
    for topic in topics:
        same(read_values(world, topic, 1, "read_committed"), [b"to " + str(topic).encode()])


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"])
def an_empty_transaction_commits(world: World) -> None:
    """A transaction in which nothing was written commits and aborts, and the producer goes on."""
    topic = world.topic()
    producer = transactional(world)
    producer.begin()
    producer.commit()
    producer.begin()
    producer.abort()
    written(world, producer, topic, [b"v"], commit=True)
    same(read_values(world, topic, 1, "read_committed"), [b"v"])


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"], picky=[24], seconds=60)
def twenty_in_a_row(world: World) -> None:
    """Transactions may follow each other as fast as the producer can."""
    topic = world.topic()
    producer = transactional(world)
    for number in range(20):
        written(world, producer, topic, [b"%d" % number], commit=number % 3 != 0)
    wanted = [b"%d" % number for number in range(20) if number % 3 != 0]
    same(read_values(world, topic, len(wanted), "read_committed"), wanted)


@scenario(needs=[*NEEDS, "fencing"], feature="transactions", rules=["2.4", "2.10"], seconds=60)
def a_newer_producer_fences_the_older(world: World) -> None:
    """When a second producer takes over a transactional id, the first can write no more."""
    topic = world.topic()
    name = world.name("transaction")
    old, new = transactional(world, name), world.another().producer(transactional_id=name)
    written(world, old, topic, [b"old"], commit=True)
    new.init()
    with world.errors(*FENCED):
        written(world, old, topic, [b"too late"], commit=True)
    written(world, new, topic, [b"new"], commit=True)
    same(read_values(world, topic, 2, "read_committed"), [b"old", b"new"])


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"], seconds=60)
def taking_over_aborts_what_was_open(world: World) -> None:
    """A transaction that a crashed producer left open is aborted when its successor starts."""
    topic = world.topic()
    name = world.name("transaction")
    old, new = transactional(world, name), world.another().producer(transactional_id=name)
    old.begin()
    old.send(topic, [Record(b"left open")])
    new.init()
    written(world, new, topic, [b"new"], commit=True)
    same(read_values(world, topic, 1, "read_committed"), [b"new"])


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"], seconds=60,
          settings={"transaction.abort.timed.out.transaction.cleanup.interval.ms": "500"})  # fmt: skip
def an_abandoned_transaction_times_out(world: World) -> None:
    """A transaction that nobody ends is aborted when its time is over, and readers go on."""
    topic = world.topic()
    producer = transactional(world, transaction_timeout_ms=2000)
    producer.begin()
    producer.send(topic, [Record(b"abandoned")])
    world.another().send(topic, [Record(b"plain")])
    consumer = committed_reader(world, topic)
    world.until(lambda: consumer.poll(500) is not None and len(consumer.records) >= 1, within_s=30)
    same(values(consumer.records), [b"plain"])


@scenario(needs=[*NEEDS, "groups", "send-offsets"], feature="transactions", rules=["2.10"], seconds=60)
def offsets_are_committed_with_the_records(world: World) -> None:
    """Consumed offsets that are part of a transaction are there once it is committed."""
    source, sink = world.topic(), world.topic()
    world.client.send(source, [Record(b"%d" % number) for number in range(10)])
    group = world.name("group")
    member = world.client.consumer(group=group)
    member.subscribe(source)
    gather([member], lambda gathered: len(gathered.records) >= 10)
    producer = transactional(world)
    producer.begin()
    producer.send(sink, [Record(b"sum 45")])
    producer.send_offsets({source[0]: 10}, member)
    producer.commit()
    world.until(lambda: world.committed(group, source) == {source[0]: 10})
    same(read_values(world, sink, 1, "read_committed"), [b"sum 45"])


@scenario(needs=[*NEEDS, "groups", "send-offsets"], feature="transactions", rules=["2.10"], seconds=60)
def offsets_of_an_aborted_transaction_are_not(world: World) -> None:
    """Consumed offsets that were part of an aborted transaction are not committed: the former ones hold."""
    source, sink = world.topic(), world.topic()
    world.client.send(source, [Record(b"%d" % number) for number in range(10)])
    group = world.name("group")
    member = world.client.consumer(group=group)
    member.subscribe(source)
    gather([member], lambda gathered: len(gathered.records) >= 10)
    member.commit({source[0]: 4})
    producer = transactional(world)
    producer.begin()
    producer.send(sink, [Record(b"no")])
    producer.send_offsets({source[0]: 10}, member)
    producer.abort()
    same(world.committed(group, source), {source[0]: 4})


@scenario(needs=[*NEEDS, "groups", "send-offsets"], feature="transactions", rules=["2.10"], seconds=90)
def consume_transform_produce(world: World) -> None:
    """Consume, transform, produce, with aborts on the way: each input has exactly one output."""
    source, sink = world.topic(partitions=2), world.topic(partitions=2)
    records = [Record(b"%d" % number, key=b"%d" % number) for number in range(60)]
    world.client.send(source, records, together=True)
    group = world.name("group")
    producer = transactional(world)
    for ending in (producer.abort, producer.commit):
        member = world.client.consumer(group=group, isolation="read_committed")
        member.subscribe(source)
        gather([member], lambda gathered: len(gathered.records) >= 30)
        producer.begin()
        producer.send(sink, [Record(b"out " + (each.value or b""), key=each.key) for each in member.records])
        ends = {source[each.partition]: each.offset + 1 for each in member.records}
        producer.send_offsets(ends, member)
        ending()
        member.close()
    rest = world.until(lambda: world.committed(group, source))
    count = sum(offset or 0 for offset in rest.values())
    same(len(read_values(world, sink, count, "read_committed")), count, "outputs for the inputs that are committed")


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"], owns_server=True, seconds=300)
def an_open_transaction_survives_a_crash(world: World) -> None:
    """After a crash of the server a committed transaction is whole, and the producer goes on with a new one."""
    topic = world.topic()
    producer = transactional(world)
    written(world, producer, topic, [b"1", b"2"], commit=True)
    written(world, producer, topic, [b"no"], commit=False)
    world.server.kill()
    world.server.start()
    written(world, world.another().producer(transactional_id=world.name("after")), topic, [b"3"], commit=True)
    same(read_values(world, topic, 3, "read_committed"), [b"1", b"2", b"3"])


@scenario(needs=NEEDS, feature="transactions", rules=["2.10"], seconds=180)  # each client takes its turn
def every_client_skips_what_was_aborted(world: World) -> None:
    """What this client committed and aborted, every other client that knows read_committed reads alike."""
    topic = world.topic()
    producer = transactional(world)
    for number in range(6):
        written(world, producer, topic, [b"%d" % number], commit=number % 2 == 0)
    for reader in world.partners:
        if "read-committed" in reader.has:
            got = reader.read(topic, count=3, isolation="read_committed")
            same(values(got), [b"0", b"2", b"4"], f"read by {reader.name}")


@scenario(needs=[*NEEDS, "admin.list-transactions", "admin.describe-transactions"], feature="transactions")
def an_administrator_sees_transactions(world: World) -> None:
    """An administrator sees an open transaction with its state and partitions."""
    topic = world.topic()
    name = world.name("transaction")
    producer = transactional(world, name)
    producer.begin()
    producer.send(topic, [Record(b"v")])
    told = world.client.admin("list-transactions")
    listed = {each["id"]: each["state"] for each in told["transactions"]}
    same(listed.get(name), "Ongoing")
    described = world.client.admin("describe-transactions", ids=[name])["results"][name]
    same((described["state"], described["partitions"]), ("Ongoing", [[str(topic), 0]]))
    producer.commit()
    state = world.client.admin("describe-transactions", ids=[name])["results"][name]["state"]
    holds(state in {"CompleteCommit", "PrepareCommit"}, f"its state after the commit is {state}")
