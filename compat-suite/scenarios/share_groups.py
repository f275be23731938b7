"""Share groups (KIP-932): members share the records of a partition, and tell what became of each."""

from __future__ import annotations

from suite import Consumer, Record, World, gather, same, scenario

NEEDS = ["share-groups"]
FEATURE = "share-groups"


def member(world: World, group: str, topic: str) -> Consumer:
    """Return a member of a share group that starts at the earliest record."""
    consumer = world.another().consumer(group=group, protocol="share")
    consumer.subscribe(topic)
    return consumer


def share_group(world: World) -> str:
    """Return the name of a share group that starts at the earliest record."""
    group = world.name("share")
    world.alter_group(group, {"share.auto.offset.reset": "earliest"})
    return group


def await_records(world: World, consumer: Consumer, count: int) -> None:
    """Poll until so many records have come, and not once more: a further poll would accept what they are."""
    world.until(lambda: consumer.poll(500) and len(consumer.records) >= count, within_s=40)


@scenario(needs=NEEDS, feature=FEATURE, rules=["2.9"], seconds=60)
def each_record_goes_to_one_member(world: World) -> None:
    """Two members of a share group get the records of one partition between them, each once."""
    topic, group = world.topic(), share_group(world)
    pair = [member(world, group, topic), member(world, group, topic)]
    gather(pair, lambda _: True, assignments=False)
    world.client.send(topic, [Record(b"%d" % number) for number in range(40)])
    for consumer in pair:
        consumer.records.clear()

    def all_of_them(_: object) -> bool:
        world.together(*[consumer.commit for consumer in pair])
        return sum(len(consumer.records) for consumer in pair) >= 40

    gather(pair, all_of_them, assignments=False, within_s=40)
    same(sorted(int(each.value or b"-1") for one in pair for each in one.records), list(range(40)))


@scenario(needs=NEEDS, feature=FEATURE, rules=["2.9"], seconds=60)
def what_is_released_comes_again(world: World) -> None:
    """A record that a member releases is delivered again; one that is accepted is not."""
    topic, group = world.topic(), share_group(world)
    world.client.send(topic, [Record(b"keep"), Record(b"again")])
    consumer = member(world, group, topic)
    await_records(world, consumer, 2)
    consumer.acknowledge([each for each in consumer.records if each.value == b"keep"], "accept")
    consumer.acknowledge([each for each in consumer.records if each.value == b"again"], "release")
    consumer.commit()
    consumer.records.clear()
    await_records(world, consumer, 1)
    same([each.value for each in consumer.records], [b"again"])
    consumer.acknowledge(consumer.records, "accept")
    consumer.commit()


@scenario(needs=NEEDS, feature=FEATURE, rules=["2.9"], seconds=60)
def what_is_rejected_is_gone(world: World) -> None:
    """A record that a member rejects is delivered to nobody again."""
    topic, group = world.topic(), share_group(world)
    world.client.send(topic, [Record(b"bad"), Record(b"good")])
    consumer = member(world, group, topic)
    await_records(world, consumer, 2)
    consumer.acknowledge([each for each in consumer.records if each.value == b"bad"], "reject")
    consumer.acknowledge([each for each in consumer.records if each.value == b"good"], "accept")
    consumer.commit()
    consumer.close()
    world.client.send(topic, [Record(b"next")])
    other = member(world, group, topic)
    await_records(world, other, 1)
    same([each.value for each in other.records], [b"next"])


@scenario(needs=NEEDS, feature=FEATURE, rules=["2.9"], seconds=60)
def what_a_member_held_comes_to_another(world: World) -> None:
    """Records that a member had and did not acknowledge go to another when it leaves."""
    topic, group = world.topic(), share_group(world)
    world.client.send(topic, [Record(b"%d" % number) for number in range(5)])
    first = member(world, group, topic)
    await_records(world, first, 5)
    first.acknowledge(first.records[:2], "accept")
    first.acknowledge(first.records[2:], "release")
    first.commit()
    first.close()
    second = member(world, group, topic)
    await_records(world, second, 3)
    same([int(each.value or b"-1") for each in second.records], [2, 3, 4])
