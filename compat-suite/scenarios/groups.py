"""What members of a classic group rely on: partitions shared out, offsets kept, and changes seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suite import Consumer, Gathered, Record, World, gather, holds, same, scenario

if TYPE_CHECKING:
    from suite import Topic

SETTLING_S = 25


def filled(world: World, count: int, partitions: int) -> Topic:
    """Return a topic with numbered records, dealt out over its partitions by key."""
    topic = world.topic(partitions=partitions)
    records = [Record(b"%d" % number, key=b"%d" % number) for number in range(count)]
    world.client.send(topic, records, together=True)
    return topic


def members(world: World, count: int, topic: Topic, group: str, **settings: Any) -> list[Consumer]:
    """Return members of a group, each a process of its own, subscribed to the topic."""
    consumers = [world.another().consumer(group=group, **settings) for _ in range(count)]
    for consumer in consumers:
        consumer.subscribe(topic)
    return consumers


def settled(consumers: list[Consumer], topic: Topic) -> Gathered:
    """Poll until the topic's partitions are shared out among these members, each having its fair number."""
    least, more = divmod(topic.partition_count, len(consumers))

    def fair(gathered: Gathered) -> bool:
        sizes = sorted(gathered.sizes)
        return gathered.shared_out(topic.partitions) and sizes == sorted(
            [least + 1] * more + [least] * (len(consumers) - more)
        )

    return gather(consumers, fair, within_s=SETTLING_S)


def values(records: list[Any]) -> list[int]:
    """Return the numbers of such records, sorted."""
    return sorted(int(each.value) for each in records)


@scenario(needs=["groups"], feature="groups", rules=["2.7"], picky=[4, 20, 22])
def one_member_gets_everything(world: World) -> None:
    """The only member of a group gets all partitions and all records."""
    topic = filled(world, 60, partitions=4)
    [member] = members(world, 1, topic, world.name("group"))
    got = gather([member], lambda gathered: len(gathered.records) >= 60)
    same(got.assignments[0], set(topic.partitions))
    same(values(got.records), list(range(60)))


@scenario(needs=["groups", "handover"], feature="groups", rules=["2.7"], seconds=60)
def two_members_share(world: World) -> None:
    """Two members of a group share the partitions, and each record goes to one of them."""
    topic = world.topic(partitions=4)
    group = world.name("group")
    pair = members(world, 2, topic, group)
    settled(pair, topic)
    world.client.send(topic, [Record(b"%d" % number, key=b"%d" % number) for number in range(80)], together=True)
    got = gather(pair, lambda gathered: len(gathered.records) >= 80)
    same(values(got.records), list(range(80)))


@scenario(needs=["groups"], feature="groups", rules=["2.7"], seconds=90)
def a_newcomer_gets_its_share(world: World) -> None:
    """When a member joins, it gets a fair share, and the others keep the rest."""
    topic = world.topic(partitions=6)
    group = world.name("group")
    consumers = members(world, 1, topic, group)
    settled(consumers, topic)
    for _ in range(2):
        consumers += members(world, 1, topic, group)
        settled(consumers, topic)


@scenario(needs=["groups"], feature="groups", rules=["2.7"], seconds=60)
def the_others_take_over_from_one_that_leaves(world: World) -> None:
    """When a member leaves, its partitions go to those that stay, at once."""
    topic = world.topic(partitions=4)
    leaving, staying = members(world, 2, topic, world.name("group"))
    settled([leaving, staying], topic)
    leaving.close()
    gather([staying], lambda gathered: gathered.assignments[0] == set(topic.partitions), within_s=8)


@scenario(needs=["groups", "abandon"], feature="groups", rules=["2.7"], seconds=90)
def the_others_take_over_from_one_that_dies(world: World) -> None:
    """When a member dies without a word, its partitions go to the others once its session is over."""
    topic = world.topic(partitions=4)
    dying, staying = members(world, 2, topic, world.name("group"), session_timeout_ms=6000)
    settled([dying, staying], topic)
    dying.abandon()
    gather([staying], lambda gathered: gathered.assignments[0] == set(topic.partitions), within_s=30)


@scenario(needs=["groups"], feature="groups", rules=["2.7"], seconds=90)
def five_members_share(world: World) -> None:
    """Five members share ten partitions two by two."""
    topic = world.topic(partitions=10)
    settled(members(world, 5, topic, world.name("group")), topic)


@scenario(needs=["groups"], feature="groups", rules=["2.7"], picky=[20], seconds=60)
def a_member_without_work_waits(world: World) -> None:
    """With more members than partitions one has none, and takes over when another leaves."""
    topic = world.topic(partitions=1)
    pair = members(world, 2, topic, world.name("group"))
    got = settled(pair, topic)
    busy = got.sizes.index(1)
    pair[busy].close()
    gather([pair[1 - busy]], lambda gathered: gathered.sizes == [1])


@scenario(needs=["groups"], feature="groups", rules=["2.7"])
def a_group_goes_on_where_it_left_off(world: World) -> None:
    """A new member starts at the committed offset, not at the beginning and not at the end."""
    topic = filled(world, 30, partitions=1)
    group = world.name("group")
    [first] = members(world, 1, topic, group)
    gather([first], lambda gathered: len(gathered.records) >= 30)
    first.commit({topic[0]: 12})
    first.close()
    [second] = members(world, 1, topic, group)
    got = gather([second], lambda gathered: len(gathered.records) >= 18)
    same([int(each.value or b"-1") for each in got.records], list(range(12, 30)))


@scenario(needs=["groups"], feature="groups", rules=["2.7"])
def what_was_polled_is_committed(world: World) -> None:
    """A commit without offsets is of what was polled: the next member gets only what comes after."""
    topic = filled(world, 20, partitions=1)
    group = world.name("group")
    [first] = members(world, 1, topic, group)
    gather([first], lambda gathered: len(gathered.records) >= 20)
    first.commit()
    first.close()
    world.client.send(topic, [Record(b"%d" % number) for number in range(20, 25)])
    [second] = members(world, 1, topic, group)
    got = gather([second], lambda gathered: len(gathered.records) >= 5)
    same(values(got.records), list(range(20, 25)))


@scenario(needs=["groups", "committed"], feature="groups", rules=["2.7"])
def a_commit_is_there_for_all(world: World) -> None:
    """A committed offset is told to whoever asks; a partition without one has none."""
    topic = filled(world, 10, partitions=2)
    group = world.name("group")
    [member] = members(world, 1, topic, group)
    settled([member], topic)
    member.commit({topic[0]: 3})
    same(member.committed(topic.partitions), {topic[0]: 3, topic[1]: None})
    same(world.another().consumer(group=group).committed(topic.partitions), {topic[0]: 3, topic[1]: None})


@scenario(needs=["groups", "commit-metadata"], feature="groups", rules=["2.7"])
def a_commit_carries_a_note(world: World) -> None:
    """The text that was committed with an offset comes back with it."""
    topic = filled(world, 5, partitions=1)
    [member] = members(world, 1, topic, world.name("group"))
    settled([member], topic)
    member.commit({topic[0]: 2}, metadata="so far, so good: ż")
    same(member.committed_metadata(topic.partitions), {topic[0]: "so far, so good: ż"})


@scenario(needs=["groups", "commit-metadata"], feature="groups", rules=["2.7"])
def a_note_too_long_is_refused(world: World) -> None:
    """A note of more than 4,096 characters is refused with OFFSET_METADATA_TOO_LARGE."""
    topic = filled(world, 5, partitions=1)
    [member] = members(world, 1, topic, world.name("group"))
    settled([member], topic)
    with world.errors("OFFSET_METADATA_TOO_LARGE"):
        member.commit({topic[0]: 2}, metadata="x" * 5000)


@scenario(needs=["groups"], feature="groups", rules=["2.7"], seconds=60)
def a_change_of_members_loses_nothing(world: World) -> None:
    """While members come and go, committing as they read, every record is read."""
    topic = world.topic(partitions=4)
    group = world.name("group")
    consumers = members(world, 2, topic, group)
    settled(consumers, topic)
    seen: set[int] = set()

    def all_committed(count: int) -> None:
        def looked(gathered: Gathered) -> bool:
            seen.update(values(gathered.records))
            return len(seen) >= count

        gather(consumers, looked, within_s=SETTLING_S)
        world.together(*[consumer.commit for consumer in consumers])

    for start in range(0, 90, 30):
        records = [Record(b"%d" % number, key=b"%d" % number) for number in range(start, start + 30)]
        world.client.send(topic, records, together=True)
        all_committed(start + 30)
        if start == 0:
            consumers += members(world, 1, topic, group)
            settled(consumers, topic)
        elif start == 30:
            consumers.pop(0).close()
            settled(consumers, topic)
    same(seen, set(range(90)))


@scenario(needs=["groups"], feature="groups", rules=["2.7"])
def two_groups_each_get_all(world: World) -> None:
    """Groups do not share with each other: each gets every record."""
    topic = filled(world, 30, partitions=2)
    for _ in range(2):
        [member] = members(world, 1, topic, world.name("group"))
        got = gather([member], lambda gathered: len(gathered.records) >= 30)
        same(values(got.records), list(range(30)))


@scenario(needs=["groups"], feature="groups", rules=["2.7"])
def several_topics_in_one_subscription(world: World) -> None:
    """A member that subscribes to several topics gets the records of all."""
    topics = [filled(world, 10, partitions=2), filled(world, 10, partitions=1)]
    member = world.another().consumer(group=world.name("group"))
    member.subscribe(*topics)
    got = gather([member], lambda gathered: len(gathered.records) >= 20)
    same({each.topic for each in got.records}, {str(topic) for topic in topics})
    same(got.assignments[0], {*topics[0].partitions, *topics[1].partitions})


@scenario(needs=["groups"], feature="groups", rules=["2.7"])
def a_new_group_may_start_at_the_end(world: World) -> None:
    """With reset `latest` a new group gets what is written after it has joined, and nothing older."""
    topic = filled(world, 10, partitions=1)
    [member] = members(world, 1, topic, world.name("group"), reset="latest")
    settled([member], topic)
    member.poll(1000)
    world.client.send(topic, [Record(b"100")])
    gather([member], lambda _: len(member.records) >= 1)
    same(values(member.records), [100])


@scenario(needs=["groups", "reset-none"], feature="groups", rules=["2.7"])
def a_new_group_without_reset_is_told(world: World) -> None:
    """With reset `none` a group without an offset gets an error."""
    topic = filled(world, 10, partitions=1)
    [member] = members(world, 1, topic, world.name("group"), reset="none")
    with world.errors("NO_OFFSET"):
        for _ in range(10):
            member.poll(1000)


@scenario(needs=["groups", "rebalance-events"], feature="groups", rules=["2.7"], seconds=60)
def a_member_hears_of_changes(world: World) -> None:
    """A member's listener hears which partitions it gets, and which are taken away when another joins."""
    topic = world.topic(partitions=4)
    group = world.name("group")
    [first] = members(world, 1, topic, group, assignor="range")
    settled([first], topic)
    same([event for event in first.events if event[1]], [("assigned", topic.partitions)])
    consumers = [first, *members(world, 1, topic, group, assignor="range")]
    settled(consumers, topic)
    kinds = [kind for kind, _ in first.events]
    holds("revoked" in kinds, f"nothing was revoked: {first.events}")
    holds(kinds[-1] == "assigned", f"the last event is no assignment: {first.events}")


@scenario(needs=["groups", "cooperative", "rebalance-events"], feature="groups", rules=["2.7"], seconds=60)
def a_cooperative_member_keeps_what_it_keeps(world: World) -> None:
    """With the cooperative assignor a member loses only the partitions that move, and reads the others on."""
    topic = world.topic(partitions=4)
    group = world.name("group")
    [first] = members(world, 1, topic, group, assignor="cooperative-sticky")
    settled([first], topic)
    consumers = [first, *members(world, 1, topic, group, assignor="cooperative-sticky")]
    settled(consumers, topic)
    revoked = [partition for kind, partitions in first.events if kind == "revoked" for partition in partitions]
    same(len(revoked), 2, "how many partitions the first member had to give up")
    holds(not set(revoked) & first.assignment(), "it still has what it gave up")


@scenario(
    needs=["groups", "static-members", "rebalance-events"], feature="groups", rules=["2.7"], picky=[20], seconds=60
)
def a_static_member_comes_back_unnoticed(world: World) -> None:
    """A static member that restarts gets its partitions back, and the other one notices nothing."""
    topic = world.topic(partitions=4)
    group = world.name("group")
    [one] = members(world, 1, topic, group, instance="one", session_timeout_ms=30_000)
    [two] = members(world, 1, topic, group, instance="two", session_timeout_ms=30_000)
    settled([one, two], topic)
    had, heard = one.assignment(), len(two.events)
    one.close()
    [again] = members(world, 1, topic, group, instance="one", session_timeout_ms=30_000)
    settled([again, two], topic)
    same(again.assignment(), had)
    # A rebalance in which nothing moves is none of the other's concern: franz-go wants one when the leader comes back.
    same([event for event in two.events[heard:] if event[1]], [], "what the other member heard")


@scenario(needs=["groups", "static-members", "static-fencing"], feature="groups", rules=["2.7"], seconds=60)
def a_second_of_one_name_fences_the_first(world: World) -> None:
    """Of two static members with one name the older is fenced: FENCED_INSTANCE_ID."""
    topic = world.topic(partitions=2)
    group = world.name("group")
    [old] = members(world, 1, topic, group, instance="one")
    settled([old], topic)
    [new] = members(world, 1, topic, group, instance="one")
    gather([new], lambda gathered: gathered.assignments[0] == set(topic.partitions))
    with world.errors("FENCED_INSTANCE_ID", "FATAL"):
        for _ in range(20):
            world.together(lambda: old.poll(500), lambda: new.poll(500))
            old.commit({topic[0]: 0})


@scenario(needs=["groups", "pattern"], feature="groups", rules=["2.7"], seconds=60)
def a_pattern_finds_its_topics(world: World) -> None:
    """A subscription to a pattern gets the topics whose names match, and no others."""
    stem = world.name("pattern")
    topics = [world.topic(name=f"{stem}.{letter}") for letter in "abz"]
    for topic in topics:
        world.client.send(topic, [Record(str(topic).encode())])
    member = world.another().consumer(group=world.name("group"))
    member.subscribe(pattern=f"^{stem.replace('.', '[.]')}[.][ab]$")
    got = gather([member], lambda gathered: len(gathered.records) >= 2)
    same(sorted(each.value or b"" for each in got.records), [str(topic).encode() for topic in topics[:2]])


@scenario(needs=["groups", "unsubscribe"], feature="groups", rules=["2.7"])
def who_unsubscribes_has_left(world: World) -> None:
    """A member that unsubscribes has left: another gets all partitions at once."""
    topic = world.topic(partitions=2)
    group = world.name("group")
    leaving, staying = members(world, 2, topic, group, session_timeout_ms=30_000)
    settled([leaving, staying], topic)
    leaving.unsubscribe()
    gather([staying], lambda gathered: gathered.assignments[0] == set(topic.partitions), within_s=10)


@scenario(needs=["groups", "auto-commit"], feature="groups", rules=["2.7"])
def offsets_are_committed_by_themselves(world: World) -> None:
    """With auto commit what a member has read is committed when it closes."""
    topic = filled(world, 10, partitions=1)
    group = world.name("group")
    [first] = members(world, 1, topic, group, auto_commit=True, auto_commit_ms=500)
    gather([first], lambda gathered: len(gathered.records) >= 10)
    first.poll(1000)
    first.close()
    same(world.committed(group, topic), {topic[0]: 10})


@scenario(needs=["groups", "assign-in-group"], feature="groups", rules=["2.7"])
def a_group_without_members_keeps_offsets(world: World) -> None:
    """A consumer that assigns its partitions itself may commit for a group, which then has no members."""
    topic = filled(world, 5, partitions=1)
    group = world.name("group")
    consumer = world.client.consumer(group=group)
    consumer.assign(topic.partitions)
    consumer.commit({topic[0]: 4})
    same(world.committed(group, topic), {topic[0]: 4})


@scenario(needs=["groups"], feature="groups", rules=["2.7"], picky=[4], seconds=300)  # each client takes its turn
def another_client_goes_on_with_the_group(world: World) -> None:
    """A group's offsets are for all: another client goes on where this one stopped."""
    topic = filled(world, 20, partitions=1)
    for reader in world.partners:
        if "groups" not in reader.has:
            continue
        group = world.name("group")
        [member] = members(world, 1, topic, group)
        gather([member], lambda gathered: len(gathered.records) >= 20)
        member.commit({topic[0]: 15})
        member.close()
        next_one = reader.consumer(group=group)
        next_one.subscribe(topic)
        got = gather([next_one], lambda gathered: len(gathered.records) >= 5)
        next_one.close()
        same(values(got.records), list(range(15, 20)), f"read by {reader.name}")
