"""What administrators rely on: every call, what it does and what it refuses by which name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suite import Record, World, gather, holds, noise, same, scenario

if TYPE_CHECKING:
    from suite import Consumer, Topic

NO_CREATION = {"auto.create.topics.enable": "false"}


def item_errors(answer: dict[str, Any]) -> dict[str, str | None]:
    """Return the error's name, or None, of each item of an answer."""
    return {name: value.get("error") if isinstance(value, dict) else None for name, value in answer["results"].items()}


def partition_errors(answer: dict[str, Any]) -> list[str | None]:
    """Return the error's name, or None, of each partition of an answer."""
    return [value.get("error") if isinstance(value, dict) else None for _, _, value in answer["partitions"]]


def topics_there(world: World) -> set[str]:
    """Return the topics, as the runner's own administrator sees them."""
    return set(world.server.admin.list_topics(timeout=10).topics)


# Topics


@scenario(needs=["admin.create-topics"], feature="admin", rules=["2.11"], picky=[8])
def a_topic_is_made_and_ready(world: World) -> None:
    """A topic is there when its creation is answered, with its partitions, and takes records at once."""
    name = world.name("made")
    world.client.admin("create-topics", topics=[{"name": name, "partitions": 3, "replicas": 1}])
    topic = world.known(name)
    same(topic.partition_count, 3)
    world.client.send(topic, [Record(b"v")])
    same([each.value for each in world.client.read(topic, count=1)], [b"v"])


@scenario(needs=["admin.create-topics"], feature="admin", rules=["2.11"], picky=[21])
def a_topic_is_made_with_settings(world: World) -> None:
    """A topic is made with the settings that were asked for."""
    name = world.name("made")
    configs = {"retention.ms": "60000", "cleanup.policy": "compact", "max.message.bytes": "65536"}
    world.client.admin("create-topics", topics=[{"name": name, "partitions": 1, "replicas": 1, "configs": configs}])
    told = world.topic_configs(world.known(name))
    same({key: told[key] for key in configs}, configs)


@scenario(needs=["admin.create-topics"], feature="admin", rules=["2.11"])
def a_topic_is_not_made_twice(world: World) -> None:
    """A topic that is there already is refused: TOPIC_ALREADY_EXISTS; others of the same request are made."""
    old, new = world.topic(), world.name("new")
    wanted = [{"name": name, "partitions": 1, "replicas": 1} for name in (str(old), new)]
    answer = world.client.admin("create-topics", each=True, topics=wanted)
    same(item_errors(answer), {str(old): "TOPIC_ALREADY_EXISTS", new: None})
    world.until(lambda: new in topics_there(world), what="the other topic was not made")


@scenario(needs=["admin.create-topics"], feature="admin", rules=["2.11"])
def a_topic_that_cannot_be_is_refused(world: World) -> None:
    """Bad names, settings and numbers of replicas are refused, each by its own name, and nothing is made."""
    stem = world.name("bad")
    wanted: list[dict[str, Any]] = [
        {"name": f"{stem}-replicas", "partitions": 1, "replicas": 9},
        {"name": f"{stem}-setting", "partitions": 1, "replicas": 1, "configs": {"no.such.setting": "1"}},
        {"name": f"{stem}-value", "partitions": 1, "replicas": 1, "configs": {"retention.ms": "soon"}},
        {"name": f"{stem} name", "partitions": 1, "replicas": 1},
    ]
    names = ["INVALID_REPLICATION_FACTOR", "INVALID_CONFIG", "INVALID_CONFIG", "INVALID_TOPIC_EXCEPTION"]
    for topic, name in zip(wanted, names, strict=True):
        with world.errors(name, "INVALID_ARGUMENT"):
            world.client.admin("create-topics", topics=[topic])
    holds(not any(stem in topic for topic in topics_there(world)), "one of them was made")


@scenario(needs=["admin.create-topics"], feature="admin", rules=["2.11"])
def names_that_collide_are_refused(world: World) -> None:
    """A name that differs from a topic's only by dots and underscores is refused: INVALID_TOPIC_EXCEPTION."""
    stem = world.name("collide")
    world.topic(name=f"{stem}.a")
    with world.errors("INVALID_TOPIC_EXCEPTION"):
        world.client.admin("create-topics", topics=[{"name": f"{stem}_a", "partitions": 1, "replicas": 1}])


@scenario(needs=["admin.create-topics", "admin.create-topics-validate"], feature="admin", rules=["2.11"])
def a_topic_may_be_only_tried(world: World) -> None:
    """With validate_only a topic is checked and not made."""
    name = world.name("tried")
    topic = {"name": name, "partitions": 1, "replicas": 1}
    world.client.admin("create-topics", topics=[topic], validate_only=True)
    holds(name not in topics_there(world), "it was made")


@scenario(needs=["admin.create-topics", "admin.create-topics-assigned"], nodes=3, feature="admin", rules=["2.11"])
def replicas_are_put_where_told(world: World) -> None:
    """A topic whose replicas are placed by hand has them there."""
    name = world.name("placed")
    one, two, three = world.server.node_ids
    wanted = {"name": name, "partitions": -1, "replicas": -1, "assignments": [[two, three], [three, one]]}
    world.client.admin("create-topics", topics=[wanted])
    world.known(name)
    # Whichever node is asked: the others hear of a topic a moment later.
    told = world.until(lambda: world.server.admin.list_topics(name, timeout=10).topics[name].partitions)
    same({number: list(each.replicas) for number, each in told.items()}, {0: [two, three], 1: [three, one]})


@scenario(needs=["admin.delete-topics"], feature="admin", rules=["2.11"], picky=[25])
def a_deleted_topic_is_gone(world: World) -> None:
    """A deleted topic is gone when the answer is there, and one made anew with its name is empty."""
    topic = world.topic(partitions=2)
    world.client.send(topic, [Record(b"old")])
    world.client.admin("delete-topics", topics=[str(topic)])
    world.until(lambda: str(topic) not in topics_there(world))
    again = world.topic(name=str(topic))
    world.another().send(again, [Record(b"new")])
    same([each.value for each in world.another().read(again, count=1)], [b"new"])


@scenario(needs=["admin.delete-topics"], settings=NO_CREATION, feature="admin", rules=["2.11"], picky=[25])
def an_unknown_topic_is_not_deleted(world: World) -> None:
    """The deletion of several topics tells each one's fate: UNKNOWN_TOPIC_OR_PARTITION for one that is not there."""
    topic, unknown = world.topic(), world.name("unknown")
    answer = world.client.admin("delete-topics", each=True, topics=[str(topic), unknown])
    same(item_errors(answer), {str(topic): None, unknown: "UNKNOWN_TOPIC_OR_PARTITION"})


@scenario(needs=["admin.list-topics"], feature="admin", rules=["2.2"])
def topics_are_listed(world: World) -> None:
    """The list of topics has those that were made."""
    topics = {str(world.topic()) for _ in range(3)}
    told = world.client.admin("list-topics")["topics"]
    holds(topics <= set(told), f"{topics} are not all in {told}")


@scenario(needs=["admin.describe-topics"], feature="admin", rules=["2.2", "2.11"])
def a_topic_is_described(world: World) -> None:
    """A topic's description has its partitions, each with leader, replicas and those in sync."""
    topic = world.topic(partitions=3)
    told = world.client.admin("describe-topics", topics=[str(topic)])["results"][str(topic)]
    same([each[0] for each in told["partitions"]], [0, 1, 2])
    for _, leader, replicas, in_sync in told["partitions"]:
        same((replicas, in_sync), ([leader], [leader]))


@scenario(needs=["admin.describe-topics"], settings=NO_CREATION, feature="admin", rules=["2.11"])
def an_unknown_topic_is_not_described(world: World) -> None:
    """The description of a topic that is not there is UNKNOWN_TOPIC_OR_PARTITION, and makes none."""
    name = world.name("unknown")
    with world.errors("UNKNOWN_TOPIC_OR_PARTITION"):
        world.client.admin("describe-topics", topics=[name])
    holds(name not in topics_there(world), "it was made")


@scenario(needs=["admin.create-partitions"], feature="admin", rules=["2.11"])
def a_topic_grows(world: World) -> None:
    """A topic gets more partitions, which take records; its former records stay."""
    topic = world.topic(partitions=1)
    world.client.send(topic, [Record(b"before")])
    world.client.admin("create-partitions", topics={str(topic): 3})
    world.until(lambda: world.known(str(topic)).partition_count == 3)
    grown = world.known(str(topic))
    if "partition-choice" in world.client.has:
        world.another().send(grown, [Record(b"after", partition=2)])
        same(sorted(each.value or b"" for each in world.another().read(grown, count=2)), [b"after", b"before"])


@scenario(needs=["admin.create-partitions"], feature="admin", rules=["2.11"])
def a_topic_does_not_shrink(world: World) -> None:
    """Fewer partitions, or as many as there are, are refused: INVALID_PARTITIONS."""
    topic = world.topic(partitions=3)
    for total in (2, 3):
        with world.errors("INVALID_PARTITIONS"):
            world.client.admin("create-partitions", topics={str(topic): total})


@scenario(needs=["admin.delete-records"], feature="admin", rules=["2.11"], picky=[25])
def records_are_deleted(world: World) -> None:
    """Records before an offset are deleted; the answer names the offset that is now the first."""
    topic = world.topic(partitions=2)
    choose = "partition-choice" in world.client.has
    world.client.send(topic, [Record(b"%d" % n, partition=0 if choose else None, key=b"k") for n in range(10)])
    number = next(p for p in (0, 1) if world.ends(topic)[topic[p]] == 10)
    answer = world.client.admin("delete-records", offsets=[[str(topic), number, 6]])
    same(answer["partitions"], [[str(topic), number, 6]])
    same([int(each.value or b"-1") for each in world.client.read([topic[number]], count=4)], [6, 7, 8, 9])


@scenario(needs=["admin.delete-records"], feature="admin", rules=["2.11"])
def records_beyond_the_end_are_not_deleted(world: World) -> None:
    """An offset beyond the end is refused: OFFSET_OUT_OF_RANGE."""
    topic = world.topic()
    world.client.send(topic, [Record(b"v")])
    answer = world.client.admin("delete-records", each=True, offsets=[[str(topic), 0, 5]])
    same(partition_errors(answer), ["OFFSET_OUT_OF_RANGE"])


# Settings


@scenario(needs=["admin.describe-configs"], feature="admin", rules=["2.11"], picky=[21])
def a_topics_settings_are_told(world: World) -> None:
    """A topic's settings are told, its own and those it inherits."""
    topic = world.topic(configs={"retention.ms": "60000"})
    [told] = world.client.admin("describe-configs", resources=[["topic", str(topic)]])["configs"]
    same(told["retention.ms"]["value"], "60000")
    same(told["cleanup.policy"]["value"], "delete")
    holds(len(told) > 20, f"only {len(told)} settings are told")


@scenario(needs=["admin.describe-configs"], feature="admin", rules=["2.11"], picky=[21])
def a_brokers_settings_are_told(world: World) -> None:
    """A broker's settings are told, among them read-only ones."""
    [node] = world.server.node_ids[:1]
    [told] = world.client.admin("describe-configs", resources=[["broker", str(node)]])["configs"]
    same(told["node.id"]["value"], str(node))
    holds("log.retention.hours" in told, "log.retention.hours is not told")


@scenario(needs=["admin.describe-configs", "admin.describe-configs-errors"], settings=NO_CREATION, feature="admin",
          rules=["2.11"])  # fmt: skip
def settings_of_an_unknown_topic(world: World) -> None:
    """The settings of a topic that is not there are UNKNOWN_TOPIC_OR_PARTITION."""
    with world.errors("UNKNOWN_TOPIC_OR_PARTITION"):
        world.client.admin("describe-configs", resources=[["topic", world.name("unknown")]])


@scenario(needs=["admin.alter-configs"], feature="admin", rules=["2.11"])
def a_topics_settings_are_changed(world: World) -> None:
    """Settings of a topic are set and taken back one by one; others stay as they were."""
    topic = world.topic(configs={"retention.ms": "60000", "max.message.bytes": "50000"})
    resource = ["topic", str(topic)]
    world.client.admin("alter-configs", resource=resource, set={"segment.bytes": "2000000"}, delete=["retention.ms"])
    world.until(lambda: world.topic_configs(topic)["segment.bytes"] == "2000000")
    told = world.topic_configs(topic)
    same((told["retention.ms"], told["max.message.bytes"]), ("604800000", "50000"))


@scenario(needs=["admin.alter-configs-lists"], feature="admin", rules=["2.11"])
def lists_are_added_to_and_taken_from(world: World) -> None:
    """An entry is added to a setting that is a list, and taken out again."""
    topic = world.topic(configs={"cleanup.policy": "delete"})
    resource = ["topic", str(topic)]
    world.client.admin("alter-configs", resource=resource, append={"cleanup.policy": "compact"})
    world.until(lambda: world.topic_configs(topic)["cleanup.policy"] == "delete,compact")
    world.client.admin("alter-configs", resource=resource, subtract={"cleanup.policy": "delete"})
    world.until(lambda: world.topic_configs(topic)["cleanup.policy"] == "compact")


@scenario(needs=["admin.alter-configs", "send-errors"], feature="admin", rules=["2.11"])
def a_changed_setting_takes_effect(world: World) -> None:
    """A changed setting holds for the next record."""
    topic = world.topic()
    resource = ["topic", str(topic)]
    world.client.admin("alter-configs", resource=resource, set={"max.message.bytes": "1000"})
    world.until(lambda: world.topic_configs(topic)["max.message.bytes"] == "1000")
    with world.errors("MESSAGE_TOO_LARGE"):
        world.client.send(topic, [Record(noise(2500))])


@scenario(needs=["admin.alter-configs"], feature="admin", rules=["2.11"])
def bad_settings_are_refused(world: World) -> None:
    """Unknown settings and bad values are refused: INVALID_CONFIG, and nothing changes."""
    topic = world.topic()
    for wanted in ({"no.such.setting": "1"}, {"retention.ms": "soon"}):
        with world.errors("INVALID_CONFIG", "INVALID_REQUEST"):
            world.client.admin("alter-configs", resource=["topic", str(topic)], set=wanted)
    same(world.topic_configs(topic)["retention.ms"], "604800000")


@scenario(needs=["admin.replace-configs"], feature="admin", rules=["2.11"])
def a_topics_settings_are_replaced(world: World) -> None:
    """The older call replaces all of a topic's settings: those not named go back to what they were."""
    topic = world.topic(configs={"retention.ms": "60000"})
    world.client.admin("replace-configs", resource=["topic", str(topic)], set={"max.message.bytes": "50000"})
    world.until(lambda: world.topic_configs(topic)["max.message.bytes"] == "50000")
    same(world.topic_configs(topic)["retention.ms"], "604800000")


@scenario(needs=["admin.list-config-resources"], feature="admin", rules=["2.11"])
def resources_with_settings_are_listed(world: World) -> None:
    """The resources that have settings are listed by type: brokers and topics are among them."""
    topic = world.topic()
    told = world.client.admin("list-config-resources", types=["topic", "broker"])["resources"]
    holds(["topic", str(topic)] in told, f"the topic is not in {told}")
    holds(["broker", str(world.server.node_ids[0])] in told, f"the broker is not in {told}")


# Groups


def member_of(world: World, topic: Topic, group: str) -> Consumer:
    """Return a member that has all partitions of the topic and has committed what it read."""
    world.client.send(topic, [Record(b"%d" % number, key=b"%d" % number) for number in range(10)])
    member = world.another().consumer(group=group)
    member.subscribe(topic)
    gather([member], lambda gathered: len(gathered.records) >= 10)
    member.commit()
    return member


@scenario(needs=["groups", "admin.list-groups"], feature="admin", rules=["2.7"])
def groups_are_listed(world: World) -> None:
    """The list of groups has those with members and those with offsets alone."""
    topic, group = world.topic(), world.name("group")
    member = member_of(world, topic, group)
    for members in (1, 0):
        told = [each["group"] for each in world.client.admin("list-groups")["groups"]]
        holds(group in told, f"{group} with {members} members is not in {told}")
        if members:
            member.close()


@scenario(needs=["groups", "admin.describe-groups"], feature="admin", rules=["2.7"])
def a_group_is_described(world: World) -> None:
    """A group's description has its state and its members, each with its partitions."""
    topic, group = world.topic(partitions=3), world.name("group")
    member = member_of(world, topic, group)
    told = world.client.admin("describe-groups", groups=[group])["results"][group]
    same((told["state"].lower(), len(told["members"])), ("stable", 1))
    partitions = told["members"][0].get("partitions")
    if partitions is not None:
        same(sorted(partitions), [[str(topic), number] for number in range(3)])
    member.close()
    state = world.until(lambda: world.client.admin("describe-groups", groups=[group])["results"][group]["state"])
    same(state.lower(), "empty")


@scenario(needs=["groups", "admin.delete-groups"], feature="admin", rules=["2.7"])
def only_an_empty_group_is_deleted(world: World) -> None:
    """A group with members is not deleted, NON_EMPTY_GROUP; an empty one is, and its offsets with it."""
    topic, group = world.topic(), world.name("group")
    member = member_of(world, topic, group)
    with world.errors("NON_EMPTY_GROUP"):
        world.client.admin("delete-groups", groups=[group])
    member.close()
    world.client.admin("delete-groups", groups=[group])
    same(world.committed(group, topic), {topic[0]: None})


@scenario(needs=["admin.delete-groups"], feature="admin", rules=["2.7"])
def an_unknown_group_is_not_deleted(world: World) -> None:
    """The deletion of a group that is not there is GROUP_ID_NOT_FOUND."""
    with world.errors("GROUP_ID_NOT_FOUND"):
        world.client.admin("delete-groups", groups=[world.name("unknown")])


@scenario(needs=["groups", "admin.list-group-offsets"], feature="admin", rules=["2.7"])
def a_groups_offsets_are_listed(world: World) -> None:
    """The offsets that a group committed are listed."""
    topic, group = world.topic(), world.name("group")
    member_of(world, topic, group).close()
    told = world.client.admin("list-group-offsets", group=group)["offsets"]
    same([each[:3] for each in told], [[str(topic), 0, 10]])


@scenario(needs=["groups", "admin.alter-group-offsets"], feature="admin", rules=["2.7"])
def an_empty_groups_offsets_are_altered(world: World) -> None:
    """The offsets of a group without members are altered, and its next member starts there."""
    topic, group = world.topic(), world.name("group")
    member_of(world, topic, group).close()
    world.client.admin("alter-group-offsets", group=group, offsets=[[str(topic), 0, 7]])
    member = world.another().consumer(group=group)
    member.subscribe(topic)
    got = gather([member], lambda gathered: len(gathered.records) >= 3)
    same([each.offset for each in got.records], [7, 8, 9])


@scenario(needs=["groups", "admin.alter-group-offsets"], feature="admin", rules=["2.7"])
def a_busy_groups_offsets_are_not_altered(world: World) -> None:
    """The offsets of a group with members are not altered by others: UNKNOWN_MEMBER_ID."""
    topic, group = world.topic(), world.name("group")
    member_of(world, topic, group)
    looks_first = "admin.alter-group-offsets-looks" in world.client.has  # then it refuses by itself
    with world.errors("INVALID_ARGUMENT" if looks_first else "UNKNOWN_MEMBER_ID"):
        world.client.admin("alter-group-offsets", group=group, offsets=[[str(topic), 0, 7]])
    same(world.committed(group, topic), {topic[0]: 10})


@scenario(needs=["groups", "admin.delete-group-offsets"], feature="admin", rules=["2.7"])
def a_groups_offsets_are_deleted(world: World) -> None:
    """The offsets of an empty group are deleted; of a topic that is subscribed they are not."""
    topic, group = world.topic(), world.name("group")
    member = member_of(world, topic, group)
    with world.errors("GROUP_SUBSCRIBED_TO_TOPIC"):
        world.client.admin("delete-group-offsets", group=group, partitions=[[str(topic), 0]])
    member.close()
    world.client.admin("delete-group-offsets", group=group, partitions=[[str(topic), 0]])
    same(world.committed(group, topic), {topic[0]: None})


@scenario(needs=["groups", "static-members", "admin.remove-members"], feature="admin", rules=["2.7"])
def a_static_member_is_removed(world: World) -> None:
    """An administrator removes a static member by its name, and the group is empty."""
    topic, group = world.topic(), world.name("group")
    member = world.another().consumer(group=group, instance="one")
    member.subscribe(topic)
    gather([member], lambda gathered: gathered.sizes == [1])
    member.close()
    world.client.admin("remove-members", group=group, instances=["one"])
    world.until(lambda: world.group_state(group) == "EMPTY")


# The cluster


@scenario(needs=["admin.list-offsets"], feature="admin", rules=["2.6"])
def an_administrator_lists_offsets(world: World) -> None:
    """An administrator sees where partitions begin and end."""
    topic = world.topic()
    world.client.send(topic, [Record(b"%d" % number) for number in range(4)])
    for at, offset in (("earliest", 0), ("latest", 4)):
        told = world.client.admin("list-offsets", partitions=[[str(topic), 0]], at=at)["offsets"]
        same([each[:3] for each in told], [[str(topic), 0, offset]], at)


@scenario(needs=["admin.describe-cluster"], feature="admin", rules=["2.11"])
def the_cluster_is_described(world: World) -> None:
    """The cluster's description has its id, its brokers, and a controller that is one of them."""
    told = world.client.admin("describe-cluster")
    nodes = sorted(broker[0] for broker in told["brokers"])
    same(nodes, world.server.node_ids)
    holds(told.get("controller") is None or told["controller"] in nodes, f"controller {told.get('controller')}")
    if told.get("cluster") is not None:
        same(told["cluster"], world.server.cluster_id)


@scenario(needs=["admin.describe-log-dirs"], feature="admin", rules=["2.11"])
def logs_are_described(world: World) -> None:
    """The log directories tell each partition and how large it is."""
    topic = world.topic()
    world.client.send(topic, [Record(noise(1000))])
    [node] = world.server.node_ids[:1]
    told = world.client.admin("describe-log-dirs", brokers=[node])["logs"]
    sizes = [size for _, name, number, size in told if (name, number) == (str(topic), 0)]
    holds(len(sizes) == 1 and sizes[0] > 1000, f"sizes {sizes}")


@scenario(needs=["admin.elect-leaders"], feature="admin", rules=["2.11"])
def an_election_that_is_not_needed(world: World) -> None:
    """Where the preferred replica leads already, an election is ELECTION_NOT_NEEDED."""
    topic = world.topic()
    answer = world.client.admin("elect-leaders", each=True, partitions=[[str(topic), 0]], kind="preferred")
    same(partition_errors(answer), ["ELECTION_NOT_NEEDED"])


@scenario(needs=["admin.reassign"], nodes=3, feature="admin", rules=["2.11"])
def a_partition_moves(world: World) -> None:
    """A partition is moved to another node, with its records."""
    one, two, _ = world.server.node_ids
    topic = world.topic(assignments=[[one]])
    world.client.send(topic, [Record(b"v")], acks="all")
    world.client.admin("reassign", assignments=[[str(topic), 0, [two]]])
    world.until(lambda: world.server.leader(topic) == two, within_s=25)
    same([each.value for each in world.another().read(topic, count=1)], [b"v"])


@scenario(needs=["admin.list-reassignments"], feature="admin", rules=["2.11"])
def nothing_is_on_the_move(world: World) -> None:
    """Where nothing is on the move, the list of reassignments is empty."""
    same(world.client.admin("list-reassignments")["partitions"], [])


@scenario(needs=["admin.describe-producers", "idempotent"], feature="admin", rules=["2.4", "2.10"])
def producers_are_described(world: World) -> None:
    """A partition's producers are told, each with its epoch and last sequence."""
    topic = world.topic()
    world.client.send(topic, [Record(b"%d" % number) for number in range(3)], idempotent=True, acks="all")
    [[_, _, producers]] = world.client.admin("describe-producers", partitions=[[str(topic), 0]])["producers"]
    same([(each["epoch"], each["last_sequence"]) for each in producers], [(0, 2)])


@scenario(needs=["admin.describe-features"], feature="admin", rules=["2.1"])
def features_are_told(world: World) -> None:
    """The features that the cluster has finalized are told, metadata.version among them."""
    told = world.client.admin("describe-features")
    holds("metadata.version" in told["finalized"], f"finalized: {told['finalized']}")


@scenario(needs=["admin.describe-quorum"], feature="admin", rules=["2.11"])
def the_quorum_is_described(world: World) -> None:
    """The quorum's leader is one of its voters."""
    told = world.client.admin("describe-quorum")
    voters = [voter["id"] if isinstance(voter, dict) else voter for voter in told["voters"]]
    holds(told["leader"] in voters, f"leader {told['leader']}, voters {voters}")


@scenario(needs=["admin.update-features"], feature="cluster-changes", rules=["2.11"])
def a_feature_beyond_all_is_refused(world: World) -> None:
    """A level that no broker has is refused: INVALID_UPDATE_VERSION."""
    with world.errors("INVALID_UPDATE_VERSION"):
        world.client.admin("update-features", features={"metadata.version": 9999})
