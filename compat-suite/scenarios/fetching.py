"""What consumers rely on that read without a group: from where, how much, and when."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from suite import Record, World, holds, same, scenario

if TYPE_CHECKING:
    from suite import Topic


def numbered(world: World, count: int, *, size: int = 0, partitions: int = 1, together: bool = True) -> Topic:
    """Return a topic with so many numbered records, all in its first partition."""
    topic = world.topic(partitions=partitions)
    values = [(b"%d|" % number).ljust(size, b"x") for number in range(count)]
    choose = 0 if partitions > 1 else None
    world.client.send(topic, [Record(value, partition=choose) for value in values], together=together)
    return topic


def numbers(records: list[object]) -> list[int]:
    """Return the numbers of such records."""
    return [int(getattr(each, "value", b"").split(b"|")[0]) for each in records]


@scenario(needs=["seek"], rules=["2.5"], picky=[13])
def reading_begins_inside_a_batch(world: World) -> None:
    """A consumer that starts in the middle of a batch gets the records from there on, and none before."""
    topic = numbered(world, 50)
    for start in (1, 25, 49):
        got = world.client.read(topic, count=50 - start, start={topic[0]: start})
        same(numbers([*got]), list(range(start, 50)), f"from offset {start}")


@scenario(needs=["seek"], rules=["2.5"])
def seeking_back_reads_again(world: World) -> None:
    """After seeking back a consumer reads the same records again, and after seeking forward it leaves some out."""
    topic = numbered(world, 20)
    consumer = world.client.consumer()
    consumer.assign(topic.partitions)
    world.until(lambda: consumer.poll(500, count=20 - len(consumer.records)) and len(consumer.records) >= 20)
    for start in (5, 15, 0):
        consumer.seek({topic[0]: start})
        again: list[object] = []
        while len(again) < 20 - start:
            world.seconds_left()
            again += consumer.poll(1000, count=20 - start - len(again))
        same(numbers(again), list(range(start, 20)), f"after a seek to {start}")


@scenario(needs=["seek"], rules=["2.5"])
def the_end_waits_for_what_comes(world: World) -> None:
    """A consumer at the end gets nothing, and then what is written next."""
    topic = numbered(world, 5)
    consumer = world.client.consumer()
    consumer.assign(topic.partitions)
    consumer.seek({topic[0]: 5})
    same(consumer.poll(500), [])
    world.client.send(topic, [Record(b"5|")])
    world.until(lambda: consumer.poll(1000, count=1))
    same(numbers([*consumer.records]), [5])


@scenario(rules=["2.5"])
def a_waiting_reader_is_woken(world: World) -> None:
    """A record is handed to a waiting consumer when it is written, not when the consumer's wait would end."""
    topic = numbered(world, 1)
    consumer = world.client.consumer(max_wait_ms=10_000)
    consumer.assign(topic.partitions)
    world.until(lambda: consumer.poll(3000, count=1))
    writer = world.another()
    writer.send(topic, [Record(b"1|")])
    world.until(lambda: consumer.poll(3000, count=1))

    def write() -> float:
        world.pause(0.5)
        writer.send(topic, [Record(b"2|")])
        return time.monotonic()

    def wait() -> float:
        world.until(lambda: consumer.poll(8000, count=1))
        return time.monotonic()

    written, got = world.together(write, wait)
    holds(got - written < 4, f"the record came {got - written:.1f} s after it was written")
    same(numbers([*consumer.records]), [0, 1, 2])


@scenario(needs=["fetch-limits"], rules=["2.5"])
def a_tiny_limit_makes_progress(world: World) -> None:
    """With limits below the size of a batch a consumer still gets every record: the first batch comes whole."""
    topic = numbered(world, 30, size=2500, together=False)
    got = world.client.read(topic, count=30, max_bytes=1000, partition_max_bytes=100)  # librdkafka takes no fewer
    same(numbers([*got]), list(range(30)))


@scenario(needs=["fetch-limits"], rules=["2.5"])
def much_comes_in_one_go(world: World) -> None:
    """Several megabytes come back whole, with limits that would take them in one answer."""
    topic = numbered(world, 300, size=20_000)
    got = world.client.read(topic, count=300, max_bytes=20_000_000, partition_max_bytes=20_000_000)
    same(numbers([*got]), list(range(300)))
    same({len(each.value or b"") for each in got}, {20_000})


@scenario(needs=["fetch-limits"], rules=["2.5"])
def waiting_for_bytes_ends_with_the_wait(world: World) -> None:
    """A consumer that asks for more bytes than there are gets what there is when its wait is over."""
    topic = numbered(world, 3)
    got = world.client.read(topic, count=3, min_bytes=1_000_000, max_wait_ms=500)
    same(numbers([*got]), [0, 1, 2])


@scenario(needs=["pause", "partition-choice"], rules=["2.5"])
def a_paused_partition_is_silent(world: World) -> None:
    """A paused partition gives nothing while others go on, and all it has when it is resumed."""
    topic = world.topic(partitions=2)
    consumer = world.client.consumer()
    consumer.assign(topic.partitions)
    consumer.pause([topic[0]])
    world.client.send(topic, [Record(b"%d|" % number, partition=number % 2) for number in range(20)])
    world.until(lambda: consumer.poll(500) is not None and len(consumer.records) >= 10)
    consumer.poll(500)
    same({each.partition for each in consumer.records}, {1}, "partitions that gave records")
    consumer.resume([topic[0]])
    world.until(lambda: consumer.poll(500) is not None and len(consumer.records) >= 20)
    same(sorted(numbers([*consumer.records])), list(range(20)))


@scenario(needs=["partition-choice"], rules=["2.5"])
def many_partitions_are_read_whole(world: World) -> None:
    """A consumer of fifty partitions gets all records of each, in order."""
    topic = world.topic(partitions=50)
    records = [Record(b"%d|" % number, partition=number % 50) for number in range(500)]
    world.client.send(topic, records, together=True)
    found: dict[int, list[int]] = {}
    for each in world.client.read(topic, count=500):
        found.setdefault(each.partition, []).extend(numbers([each]))
    same(found, {number: list(range(number, 500, 50)) for number in range(50)})


@scenario(needs=["seek", "reset-none"], rules=["2.5"])
def beyond_the_end_is_an_error_without_reset(world: World) -> None:
    """With no reset chosen, an offset beyond the end is an error that names it."""
    topic = numbered(world, 3)
    consumer = world.client.consumer(reset="none")
    consumer.assign(topic.partitions)
    consumer.seek({topic[0]: 1000})
    with world.errors("OFFSET_OUT_OF_RANGE", "NO_OFFSET"):
        for _ in range(10):
            consumer.poll(1000, count=1)


@scenario(needs=["seek", "reset-out-of-range"], rules=["2.5"])
def beyond_the_end_goes_back_to_the_start(world: World) -> None:
    """With reset `earliest`, a consumer whose offset is beyond the end starts again at the beginning."""
    topic = numbered(world, 3)
    got = world.client.read(topic, count=3, start={topic[0]: 1000}, reset="earliest")
    same(numbers([*got]), [0, 1, 2])


@scenario(needs=["seek", "reset-out-of-range"], rules=["2.5", "2.11"])
def reading_goes_on_after_deleted_records(world: World) -> None:
    """Once records were deleted, a consumer that asks for them starts at the first that is left."""
    topic = numbered(world, 20)
    world.delete_records({topic[0]: 12})
    got = world.client.read(topic, count=8, start={topic[0]: 3}, reset="earliest")
    same(numbers([*got]), list(range(12, 20)))


@scenario(rules=["2.5"])
def two_consumers_each_get_all(world: World) -> None:
    """Consumers without a group do not share: each gets every record."""
    topic = numbered(world, 40)
    first, second = world.client, world.another()
    for got in world.together(lambda: first.read(topic, 40), lambda: second.read(topic, 40)):
        same(numbers([*got]), list(range(40)))


@scenario(rules=["2.5"])
def reading_while_it_is_written(world: World) -> None:
    """A consumer that reads while a producer writes gets every record once, in order."""
    topic = world.topic()
    writer = world.another()
    consumer = world.client.consumer()
    consumer.assign(topic.partitions)

    def write() -> None:
        for start in range(0, 500, 50):
            writer.send(topic, [Record(b"%d|" % number) for number in range(start, start + 50)], together=True)

    def read() -> None:
        while len(consumer.records) < 500:
            world.seconds_left()
            consumer.poll(500, count=500 - len(consumer.records))

    world.together(write, read)
    same(numbers([*consumer.records]), list(range(500)))


@scenario(needs=["metadata"], rules=["2.2"])
def metadata_names_the_partitions(world: World) -> None:
    """A client sees each topic's partitions with a leader that is one of the brokers."""
    topic = world.topic(partitions=5)
    told = world.client.metadata([str(topic)])
    brokers = {broker[0] for broker in told["brokers"]}
    partitions = told["topics"][str(topic)]["partitions"]
    same(sorted(each[0] for each in partitions), [0, 1, 2, 3, 4])
    holds({each[1] for each in partitions} <= brokers, f"leaders {partitions} are not brokers {brokers}")


@scenario(needs=["metadata"], settings={"auto.create.topics.enable": "false"}, rules=["2.2"])
def metadata_of_an_unknown_topic(world: World) -> None:
    """Asking for a topic that is not there says so, and does not make it."""
    name = world.name("unknown")
    told = world.client.metadata([name])["topics"].get(name, {"error": "UNKNOWN_TOPIC_OR_PARTITION"})
    same(told.get("error"), "UNKNOWN_TOPIC_OR_PARTITION")
    holds(name not in world.server.admin.list_topics(timeout=10).topics, "the topic was made")


@scenario(needs=["seek"], rules=["2.5"])
def the_position_follows_the_records(world: World) -> None:
    """The position is the offset of the next record: after those that were given, and where one seeks to."""
    topic = numbered(world, 10)
    consumer = world.client.consumer()
    consumer.assign(topic.partitions)
    world.until(lambda: consumer.poll(1000, count=10 - len(consumer.records)) and len(consumer.records) >= 10)
    same(consumer.position(topic.partitions), {topic[0]: 10})
    consumer.seek({topic[0]: 4})
    sought = consumer.position(topic.partitions)[topic[0]]
    holds(sought in {4, None}, f"after the seek it is {sought}")  # None: librdkafka does not tell before it has read
    [got] = world.until(lambda: consumer.poll(1000, count=1))
    same((got.offset, consumer.position(topic.partitions)), (4, {topic[0]: 5}))
