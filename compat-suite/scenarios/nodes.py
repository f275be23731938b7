"""Three nodes: leaders, replicas, racks, and nodes that stop under load."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scenarios.restarts import all_values, loaded
from suite import ClientError, Record, World, gather, same, scenario

if TYPE_CHECKING:
    from suite import Topic


@scenario(nodes=3, needs=["metadata"], rules=["2.2"])
def leaders_are_spread(world: World) -> None:
    """The partitions of a topic are led by all three nodes, and clients are sent to the right one."""
    one, two, three = world.server.node_ids
    topic = world.topic(assignments=[[one, two, three], [two, three, one], [three, one, two]])
    told = world.client.metadata([str(topic)])
    same(sorted(broker[0] for broker in told["brokers"]), world.server.node_ids)
    leaders = {each[0]: each[1] for each in told["topics"][str(topic)]["partitions"]}
    same(leaders, {0: one, 1: two, 2: three})


@scenario(nodes=3, needs=["partition-choice"], rules=["2.3", "2.5"], seconds=60)
def every_leader_takes_and_gives(world: World) -> None:
    """Records are written to and read from partitions on all nodes."""
    topic = world.topic(partitions=6, replicas=3)
    records = [Record(b"%d" % number, partition=number % 6) for number in range(60)]
    world.client.send(topic, records, acks="all")
    got = world.client.read(topic, count=60)
    same(sorted(int(each.value or b"-1") for each in got), list(range(60)))


@scenario(nodes=3, owns_server=True, seconds=300, needs=["idempotent"], rules=["2.3", "2.4"], picky=[10])
def a_producer_follows_the_leader(world: World) -> None:
    """When the leader's node stops, an idempotent producer goes on with the next leader: nothing lost or repeated."""
    one, two, three = world.server.node_ids
    topic = world.topic(assignments=[[two, three, one]])

    def stop_the_leader() -> None:
        world.server.stop_node(two)
        world.until(lambda: world.server.leader(topic) not in {two, -1}, within_s=120)

    acknowledged = loaded(world, topic, stop_the_leader, idempotent=True)
    world.server.start_node(two)
    stored = all_values(world, topic, len(acknowledged))
    same(sorted(set(acknowledged) - set(stored)), [], "acknowledged and lost")
    same(len(stored), len(set(stored)), "records stored, and different ones among them")


@scenario(nodes=3, owns_server=True, seconds=300, rules=["2.5"], picky=[10])
def a_reader_follows_the_leader(world: World) -> None:
    """When the leader's node stops, a consumer reads on from the next leader."""
    one, two, three = world.server.node_ids
    topic = world.topic(assignments=[[three, one, two]])
    world.client.send(topic, [Record(b"%d" % number) for number in range(10)], acks="all")
    reader = world.another().consumer()
    reader.assign(topic.partitions)
    world.until(lambda: reader.poll(500) is not None and len(reader.records) >= 10)
    world.server.stop_node(three)
    world.until(lambda: world.server.leader(topic) not in {three, -1}, within_s=120)
    world.until(lambda: sent(world, topic, b"10"), within_s=120)

    def polled() -> bool:
        try:
            reader.poll(1000)
        except ClientError:
            return False
        return any(each.value == b"10" for each in reader.records)

    world.until(polled, within_s=120)
    same([int(each.value or b"-1") for each in reader.records][:10], list(range(10)))


def sent(world: World, topic: str, value: bytes) -> bool:
    """Send a record; say whether it was taken."""
    try:
        world.client.send(topic, [Record(value)], acks="all")
    except ClientError:
        return False
    return True


@scenario(nodes=3, owns_server=True, seconds=300, needs=["groups"], rules=["2.7"], picky=[4, 22])
def a_group_follows_its_coordinator(world: World) -> None:
    """When nodes stop one after the other, a group reads and commits on."""
    topic = world.topic(partitions=3, replicas=3)
    member = world.another().consumer(group=world.name("group"))
    member.subscribe(topic)
    world.client.send(topic, [Record(b"0")], acks="all")
    gather([member], lambda gathered: len(gathered.records) >= 1)
    seen: set[int] = set()

    def polled(number: int) -> bool:
        try:
            seen.update(int(each.value or b"-1") for each in member.poll(1000))
            member.commit()
        except ClientError:
            return False
        return number in seen

    for number, node in enumerate(world.server.node_ids[1:], start=1):
        world.server.stop_node(node)
        world.until(partial(moved_away, world, topic, node), within_s=120)
        world.until(partial(sent, world, topic, b"%d" % number), within_s=120)
        world.until(partial(polled, number), within_s=120)
        world.server.start_node(node)


def moved_away(world: World, topic: Topic, node: int) -> bool:
    """Whether another node leads each of the topic's partitions."""
    return all(world.server.leader(topic, number) not in {node, -1} for _, number in topic.partitions)


@scenario(nodes=3, owns_server=True, seconds=300, rules=["2.3"])
def too_few_replicas_are_told(world: World) -> None:
    """With fewer replicas in sync than min.insync.replicas, acks=all is refused with NOT_ENOUGH_REPLICAS."""
    one, two, _ = world.server.node_ids
    topic = world.topic(assignments=[[one, two]], configs={"min.insync.replicas": "2"})
    world.client.send(topic, [Record(b"before")], acks="all")
    world.server.stop_node(two)
    world.until(lambda: world.in_sync(topic) == [one], within_s=40)
    with world.errors("NOT_ENOUGH_REPLICAS", "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "TIMED_OUT"):
        world.another().send(topic, [Record(b"refused")], acks="all", delivery_timeout_ms=4000)
    world.server.start_node(two)
    world.until(lambda: world.in_sync(topic) == [one, two], within_s=40)
    world.until(lambda: sent(world, topic, b"after"), within_s=120)


@scenario(nodes=3, owns_server=True, seconds=90, needs=["rack"], rules=["2.5"],
          settings={"replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector"})  # fmt: skip
def a_reader_in_another_rack_is_served(world: World) -> None:
    """A consumer that names its rack reads from a replica there, and gets what others get."""
    topic = world.topic(assignments=[world.server.node_ids])
    world.client.send(topic, [Record(b"%d" % number) for number in range(30)], acks="all")
    got = world.client.read(topic, count=30, rack="rack-2")
    same([int(each.value or b"-1") for each in got], list(range(30)))
