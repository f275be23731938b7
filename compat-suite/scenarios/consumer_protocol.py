"""The newer protocol of consumer groups (KIP-848): the server assigns, and nobody stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suite import Consumer, Gathered, Record, World, gather, holds, same, scenario

if TYPE_CHECKING:
    from suite import Topic

NEEDS = ["consumer-protocol"]
FEATURE = "consumer-protocol"
SETTINGS = {"group.consumer.heartbeat.interval.ms": "500", "group.consumer.min.heartbeat.interval.ms": "500",
            "group.consumer.min.session.timeout.ms": "3000", "group.consumer.session.timeout.ms": "6000"}  # fmt: skip


def members(world: World, count: int, topic: Topic, group: str, **settings: Any) -> list[Consumer]:
    """Return members of a group that use the newer protocol, each a process of its own."""
    consumers = [world.another().consumer(group=group, protocol="consumer", **settings) for _ in range(count)]
    for consumer in consumers:
        consumer.subscribe(topic)
    return consumers


def settled(consumers: list[Consumer], topic: Topic, within_s: float = 30) -> Gathered:
    """Poll until the topic's partitions are shared out among these members, each having its fair number."""
    least, more = divmod(topic.partition_count, len(consumers))
    fair = sorted([least + 1] * more + [least] * (len(consumers) - more))
    return gather(
        consumers,
        lambda gathered: gathered.shared_out(topic.partitions) and sorted(gathered.sizes) == fair,
        within_s=within_s,
    )


@scenario(needs=NEEDS, feature=FEATURE, settings=SETTINGS, rules=["2.8"])
def one_member_gets_everything(world: World) -> None:
    """The only member gets all partitions and all records."""
    topic = world.topic(partitions=3)
    world.client.send(topic, [Record(b"%d" % number, key=b"%d" % number) for number in range(30)])
    [member] = members(world, 1, topic, world.name("group"))
    got = gather([member], lambda gathered: len(gathered.records) >= 30)
    same(sorted(int(each.value or b"-1") for each in got.records), list(range(30)))
    same(got.assignments[0], set(topic.partitions))


@scenario(needs=NEEDS, feature=FEATURE, settings=SETTINGS, rules=["2.8"], seconds=60)
def members_share(world: World) -> None:
    """Three members share six partitions two by two."""
    topic = world.topic(partitions=6)
    settled(members(world, 3, topic, world.name("group")), topic)


@scenario(needs=NEEDS, feature=FEATURE, settings=SETTINGS, rules=["2.8"], seconds=60)
def the_others_take_over(world: World) -> None:
    """When a member leaves, its partitions go to those that stay."""
    topic = world.topic(partitions=4)
    leaving, staying = members(world, 2, topic, world.name("group"))
    settled([leaving, staying], topic)
    leaving.close()
    settled([staying], topic)


@scenario(needs=NEEDS, feature=FEATURE, settings=SETTINGS, rules=["2.8"])
def it_goes_on_where_it_left_off(world: World) -> None:
    """A new member starts at the committed offset."""
    topic = world.topic()
    world.client.send(topic, [Record(b"%d" % number) for number in range(20)])
    group = world.name("group")
    [first] = members(world, 1, topic, group)
    gather([first], lambda gathered: len(gathered.records) >= 20)
    first.commit({topic[0]: 14})
    first.close()
    [second] = members(world, 1, topic, group)
    got = gather([second], lambda gathered: len(gathered.records) >= 6)
    same([each.offset for each in got.records], list(range(14, 20)))


@scenario(needs=[*NEEDS, "rebalance-events"], feature=FEATURE, settings=SETTINGS, rules=["2.8"], seconds=60)
def only_what_moves_is_revoked(world: World) -> None:
    """When another member joins, the first loses only the partitions that move."""
    topic = world.topic(partitions=4)
    group = world.name("group")
    [first] = members(world, 1, topic, group)
    settled([first], topic)
    settled([first, *members(world, 1, topic, group)], topic)
    revoked = [partition for kind, partitions in first.events if kind == "revoked" for partition in partitions]
    same(len(revoked), 2, "how many partitions the first member had to give up")
    holds(not set(revoked) & first.assignment(), "it still has what it gave up")


@scenario(needs=[*NEEDS, "abandon"], feature=FEATURE, settings=SETTINGS, rules=["2.8"], seconds=90)
def a_member_that_dies_is_replaced(world: World) -> None:
    """When a member dies without a word, its partitions go to the others once its session is over."""
    topic = world.topic(partitions=2)
    dying, staying = members(world, 2, topic, world.name("group"))
    settled([dying, staying], topic)
    dying.abandon()
    settled([staying], topic, within_s=40)


@scenario(needs=[*NEEDS, "static-members", "static-return"], feature=FEATURE, settings=SETTINGS, rules=["2.8"],
          seconds=60)  # fmt: skip
def a_static_member_comes_back(world: World) -> None:
    """A static member that restarts gets the same partitions again."""
    topic = world.topic(partitions=4)
    group = world.name("group")
    [one] = members(world, 1, topic, group, instance="one")
    [two] = members(world, 1, topic, group, instance="two")
    settled([one, two], topic)
    had = one.assignment()
    one.close()
    [again] = members(world, 1, topic, group, instance="one")
    settled([again, two], topic)
    same(again.assignment(), had)


@scenario(needs=[*NEEDS, "pattern"], feature=FEATURE, settings=SETTINGS, rules=["2.8"], seconds=60)
def the_server_finds_a_patterns_topics(world: World) -> None:
    """A subscription to a pattern gets the topics whose names match."""
    stem = world.name("pattern")
    topics = [world.topic(name=f"{stem}.{letter}") for letter in "abz"]
    for topic in topics:
        world.client.send(topic, [Record(str(topic).encode())])
    member = world.another().consumer(group=world.name("group"), protocol="consumer")
    member.subscribe(pattern=f"^{stem.replace('.', '[.]')}[.][ab]$")
    got = gather([member], lambda gathered: len(gathered.records) >= 2)
    same(sorted(each.value or b"" for each in got.records), [str(topic).encode() for topic in topics[:2]])


@scenario(needs=[*NEEDS, "admin.describe-groups-newer"], feature=FEATURE, settings=SETTINGS, rules=["2.8"])
def it_is_described_with_its_type(world: World) -> None:
    """A group of the newer protocol is described with its type, its state and its members."""
    topic, group = world.topic(), world.name("group")
    [member] = members(world, 1, topic, group)
    settled([member], topic)
    told = world.client.admin("describe-groups", groups=[group])["results"][group]
    same((told["state"].lower(), len(told["members"])), ("stable", 1))
    holds((told.get("type") or "consumer").lower() == "consumer", f"its type is {told.get('type')}")


@scenario(needs=[*NEEDS, "groups"], feature=FEATURE, settings=SETTINGS, rules=["2.8"], seconds=60)
def a_classic_group_moves_over(world: World) -> None:
    """A group whose members used the classic protocol goes on with the newer one, where it left off."""
    topic = world.topic()
    world.client.send(topic, [Record(b"%d" % number) for number in range(10)])
    group = world.name("group")
    old = world.another().consumer(group=group)
    old.subscribe(topic)
    gather([old], lambda gathered: len(gathered.records) >= 10)
    old.commit({topic[0]: 6})
    old.close()
    [new] = members(world, 1, topic, group)
    got = gather([new], lambda gathered: len(gathered.records) >= 4)
    same([each.offset for each in got.records], [6, 7, 8, 9])
