"""Where a partition begins and ends, and what was written when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite import Record, World, same, scenario

if TYPE_CHECKING:
    from suite import Topic

START_MS = 1_600_000_000_000
TIMES = [START_MS, START_MS + 1000, START_MS + 2000, START_MS + 3000]
KEPT = {"retention.ms": "-1"}
"""Of topics with records from years ago, which a server soon takes away otherwise."""


def dated(world: World) -> Topic:
    """Return a topic with four records, a second apart, each in a batch of its own."""
    topic = world.topic(configs=KEPT)
    world.client.send(topic, [Record(b"%d" % index, timestamp=each) for index, each in enumerate(TIMES)])
    return topic


@scenario(needs=["offsets"], rules=["2.6"])
def the_ends_of_a_partition(world: World) -> None:
    """The earliest offset is 0 and the latest the number of records; of an empty partition both are 0."""
    topic = world.topic(partitions=2)
    world.client.send(topic, [Record(b"%d" % number, partition=0) for number in range(7)])
    consumer = world.client.consumer()
    same(consumer.offsets(topic.partitions, "earliest"), {topic[0]: 0, topic[1]: 0}, "earliest")
    same(consumer.offsets(topic.partitions, "latest"), {topic[0]: 7, topic[1]: 0}, "latest")


@scenario(needs=["offsets-by-time", "timestamps"], rules=["2.6"], picky=[12])
def the_first_record_at_or_after_a_time(world: World) -> None:
    """Asked for a time, the server names the first record that is not older."""
    topic = dated(world)
    consumer = world.client.consumer()
    for asked, offset in ((0, 0), (START_MS, 0), (START_MS + 1, 1), (START_MS + 2000, 2), (START_MS + 2999, 3)):
        same(consumer.offsets(topic.partitions, asked), {topic[0]: offset}, f"at {asked - START_MS:+d} ms")


@scenario(needs=["offsets-by-time", "timestamps"], rules=["2.6"], picky=[11])
def no_record_after_a_time(world: World) -> None:
    """Asked for a time after the last record, the server names none: not the end, and no error."""
    topic = dated(world)
    same(world.client.consumer().offsets(topic.partitions, START_MS + 3001), {topic[0]: None})


@scenario(needs=["offsets-by-time", "timestamps"], rules=["2.6"])
def times_that_do_not_rise(world: World) -> None:
    """The search by time goes by offset: the first record that is not older, even if older ones follow."""
    topic = world.topic(configs=KEPT)
    times = [START_MS, START_MS + 5000, START_MS + 1000, START_MS + 6000]
    world.client.send(topic, [Record(b"v", timestamp=each) for each in times])
    consumer = world.client.consumer()
    same(consumer.offsets(topic.partitions, START_MS + 500), {topic[0]: 1})
    same(consumer.offsets(topic.partitions, START_MS + 5500), {topic[0]: 3})


@scenario(needs=["offsets-by-time", "timestamps"], rules=["2.6"])
def a_time_inside_a_batch(world: World) -> None:
    """The search by time finds a record in the middle of a batch."""
    topic = world.topic(configs=KEPT)
    records = [Record(b"%d" % number, timestamp=START_MS + number * 10) for number in range(100)]
    world.client.send(topic, records, together=True, linger_ms=50)
    same(world.client.consumer().offsets(topic.partitions, START_MS + 425), {topic[0]: 43})


@scenario(needs=["max-timestamp", "timestamps"], rules=["2.6"])
def the_newest_record(world: World) -> None:
    """The record with the latest time is found wherever it is in the log."""
    topic = world.topic(configs=KEPT)
    times = [START_MS, START_MS + 9000, START_MS + 1000]
    world.client.send(topic, [Record(b"v", timestamp=each) for each in times])
    same(world.client.consumer().offsets(topic.partitions, "max-timestamp"), {topic[0]: 1})


@scenario(needs=["offsets"], rules=["2.6", "2.11"])
def the_start_moves_with_deleted_records(world: World) -> None:
    """Once records were deleted, the earliest offset is that of the first that is left."""
    topic = world.topic()
    world.client.send(topic, [Record(b"%d" % number) for number in range(10)])
    world.delete_records({topic[0]: 4})
    consumer = world.client.consumer()
    same(consumer.offsets(topic.partitions, "earliest"), {topic[0]: 4})
    same(consumer.offsets(topic.partitions, "latest"), {topic[0]: 10})


@scenario(needs=["offsets"], settings={"auto.create.topics.enable": "false"}, rules=["2.6"])
def offsets_of_an_unknown_topic(world: World) -> None:
    """The offsets of a topic that is not there are an error, and the topic stays unmade."""
    with world.errors("UNKNOWN_TOPIC_OR_PARTITION", "TIMED_OUT", "INVALID_ARGUMENT"):
        world.client.consumer().offsets([(world.name("unknown"), 0)], "latest")
