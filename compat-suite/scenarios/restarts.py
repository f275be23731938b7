"""The server stops, starts and crashes; what was acknowledged stays, and clients go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite import ClientError, Record, World, gather, holds, same, scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from suite import Topic

LONG_S = 300
"""A busy machine takes minutes to stop and start a Kafka."""


def loaded(world: World, topic: Topic, disturb: Callable[[], None], **settings: object) -> list[int]:
    """Send numbered records one after the other while something happens; return those that were acknowledged."""
    producer = world.another().producer(acks="all", delivery_timeout_ms=180_000, **settings)
    acknowledged: list[int] = []
    ended = False

    def send() -> None:
        number = 0
        while not ended or number % 20:
            batch = [Record(b"%d" % each) for each in range(number, number + 5)]
            answers = producer.send_each(topic, batch)
            told = [not isinstance(answer, ClientError) for answer in answers]
            acknowledged.extend(number + index for index, done in enumerate(told) if done)
            number += 5

    def strike() -> None:
        nonlocal ended
        try:
            world.until(lambda: len(acknowledged) >= 20)
            disturb()
            before = len(acknowledged)
            world.until(lambda: len(acknowledged) >= before + 20, within_s=180)
        finally:
            ended = True

    world.together(send, strike)
    return acknowledged


def restart(world: World, *, crash: bool) -> None:
    """Stop or kill the server, and start it again."""
    if crash:
        world.server.kill()
    else:
        world.server.stop()
    world.server.start()


def all_values(world: World, topic: Topic, count: int) -> list[int]:
    """Read to the end, at least `count` records, and return their numbers in order."""
    consumer = world.another().consumer()
    consumer.assign(topic.partitions)
    world.until(lambda: consumer.poll(1000) is not None and len(consumer.records) >= count, within_s=30)
    while consumer.poll(1000):
        world.seconds_left()
    return [int(each.value or b"-1") for each in consumer.records]


@scenario(owns_server=True, seconds=LONG_S, rules=["4"])
def records_survive_a_restart(world: World) -> None:
    """Records, with keys, headers and times, and their offsets, are there after a restart."""
    topic = world.topic(partitions=2)
    records = [Record(b"%d" % number, key=b"%d" % number) for number in range(50)]
    world.client.send(topic, records, acks="all")
    before = world.client.read(topic, count=50)
    restart(world, crash=False)
    after = world.another().read(topic, count=50)
    same(sorted(after, key=lambda each: (each.partition, each.offset)),
         sorted(before, key=lambda each: (each.partition, each.offset)))  # fmt: skip


@scenario(needs=["groups"], owns_server=True, seconds=LONG_S, rules=["2.7", "4"])
def offsets_survive_a_restart(world: World) -> None:
    """A group goes on where it left off after a restart of the server."""
    topic = world.topic()
    world.client.send(topic, [Record(b"%d" % number) for number in range(20)])
    group = world.name("group")
    member = world.client.consumer(group=group)
    member.subscribe(topic)
    gather([member], lambda gathered: len(gathered.records) >= 20)
    member.commit({topic[0]: 15})
    member.close()
    restart(world, crash=False)
    member = world.another().consumer(group=group)
    member.subscribe(topic)
    # A busy Kafka takes half a minute until its groups are loaded.
    got = gather([member], lambda gathered: len(gathered.records) >= 5, within_s=60)
    same([int(each.value or b"-1") for each in got.records], list(range(15, 20)))


@scenario(owns_server=True, seconds=LONG_S, rules=["2.3", "4"])
def a_producer_lives_through_a_restart(world: World) -> None:
    """While the server restarts a producer goes on by itself, and whatever it was told is there."""
    topic = world.topic()
    acknowledged = loaded(world, topic, lambda: restart(world, crash=False))
    stored = all_values(world, topic, len(acknowledged))
    same(sorted(set(acknowledged) - set(stored)), [], "acknowledged and lost")


@scenario(needs=["idempotent"], owns_server=True, seconds=LONG_S, rules=["2.4", "4"], picky=[16, 18])
def an_idempotent_producer_lives_through_a_crash(world: World) -> None:
    """While the server crashes and starts again, an idempotent producer loses nothing and repeats nothing."""
    topic = world.topic()
    acknowledged = loaded(world, topic, lambda: restart(world, crash=True), idempotent=True)
    stored = all_values(world, topic, len(acknowledged))
    same(sorted(set(acknowledged) - set(stored)), [], "acknowledged and lost")
    same(len(stored), len(set(stored)), "records stored, and different ones among them")


@scenario(needs=["groups"], owns_server=True, seconds=LONG_S, rules=["2.7", "4"])
def a_member_lives_through_a_restart(world: World) -> None:
    """A member of a group reads on after a restart of the server, by itself."""
    topic = world.topic()
    member = world.client.consumer(group=world.name("group"))
    member.subscribe(topic)
    writer = world.another()
    writer.send(topic, [Record(b"0")])
    gather([member], lambda gathered: len(gathered.records) >= 1)
    member.commit()
    restart(world, crash=False)
    world.another().send(topic, [Record(b"1")])
    numbers: set[int] = set()

    def polled() -> bool:
        try:
            numbers.update(int(each.value or b"-1") for each in member.poll(1000))
        except ClientError:  # some clients tell of the connection that was lost, and go on
            return False
        return 1 in numbers

    world.until(polled, within_s=120)


@scenario(owns_server=True, seconds=LONG_S, rules=["2.11", "4"])
def topics_and_settings_survive_a_restart(world: World) -> None:
    """Topics, their partitions and settings are the same after a restart."""
    topic = world.topic(partitions=3, configs={"retention.ms": "123456"})
    restart(world, crash=True)
    world.until(lambda: str(topic) in world.server.admin.list_topics(timeout=10).topics)
    same(world.known(str(topic)).partition_count, 3)
    same(world.topic_configs(topic)["retention.ms"], "123456")
    world.client.send(topic, [Record(b"v")])
    holds(world.another().read(topic, count=1), "nothing was read")
