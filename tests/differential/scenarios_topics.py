"""Making, removing and describing topics: CreateTopics, DeleteTopics, DescribeConfigs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from tests.differential.requests import creatable, create_topics, delete_topics, describe_configs
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer

BAD_NAMES = ("", ".", "..", "a b", "a/b", "x" * 250, "\u00e9", "a:b", "\0", "__cluster_metadata", "__consumer_offsets")


@scenario(CreateTopicsRequest)
def topics_are_made(peer: Peer, version: int) -> None:
    peer.ask(create_topics(creatable(peer.name("plain"))), version)
    peer.ask(
        create_topics(creatable(peer.name("wide"), 7, retention_ms="1000", cleanup_policy="compact,delete")), version
    )
    peer.ask(create_topics(creatable(peer.name("b")), creatable(peer.name("a"))), version, "two")


@scenario(CreateTopicsRequest)
def topics_are_only_validated(peer: Peer, version: int) -> None:
    name = peer.name("checked")
    peer.ask(create_topics(creatable(name, 2, segment_ms="5000"), validate_only=True), version)
    peer.ask(create_topics(creatable(name, 0), validate_only=True), version, "invalid")
    peer.ask(create_topics(creatable(name)), version, "then made")
    peer.ask(create_topics(creatable(name), validate_only=True), version, "validated, but there")


@scenario(CreateTopicsRequest)
def topics_with_bad_names(peer: Peer, version: int) -> None:
    for name in BAD_NAMES:
        peer.ask(create_topics(creatable(name)), version, repr(name))
    peer.ask(create_topics(creatable(f"{version}{'x' * 248}"), validate_only=True), version, "longest")
    known = peer.name("a") + ".b"
    peer.ask(create_topics(creatable(known)), version)
    peer.ask(create_topics(creatable(known)), version, "there already")
    peer.ask(create_topics(creatable(known.replace(".", "_"))), version, "colliding")


@scenario(CreateTopicsRequest)
def topics_named_twice(peer: Peer, version: int) -> None:
    name, other = peer.name("twice"), peer.name("once")
    peer.ask(create_topics(creatable(name), creatable(other), creatable(name, 2)), version)
    peer.ask(create_topics(creatable(name), creatable(name)), version, "nothing else")


@scenario(CreateTopicsRequest)
def topics_with_impossible_sizes(peer: Peer, version: int) -> None:
    for partitions in (-1, 0, -2, -(1 << 31), 20_000, (1 << 31) - 1):
        peer.ask(create_topics(creatable(peer.name("p"), partitions)), version, f"{partitions} partitions")
    for factor in (-1, 0, -2, 2, 3, -32768, 32767):
        peer.ask(create_topics(creatable(peer.name("f"), 1, factor)), version, f"{factor} replicas")
    peer.ask(create_topics(creatable(peer.name("both"), 0, 0)), version, "neither")
    peer.ask(create_topics(creatable(peer.name("both"), -1, -1)), version, "defaults")
    peer.ask(create_topics(), version, "no topic at all")


@scenario(CreateTopicsRequest)
def topics_with_assignments(peer: Peer, version: int) -> None:
    node = peer.quietly(create_topics(), version) and 0
    shapes: dict[str, list[tuple[int, list[int]]]] = {
        "one": [(0, [node])],
        "two": [(0, [node]), (1, [node])],
        "unordered": [(1, [node]), (0, [node])],
        "a gap": [(0, [node]), (2, [node])],
        "not from zero": [(1, [node])],
        "negative": [(-1, [node])],
        "a partition twice": [(0, [node]), (0, [node])],
        "nobody": [(0, [])],
        "nobody for one": [(0, [node]), (1, [])],
        "unknown broker": [(0, [99])],
        "negative broker": [(0, [-1])],
        "broker twice": [(0, [node, node])],
        "unequal": [(0, [node]), (1, [node, 99])],
    }
    for note, shape in shapes.items():
        for partitions, factor in ((-1, -1), (1, -1), (-1, 1)):
            assignments = [CreatableReplicaAssignment(partition_index=p, broker_ids=brokers) for p, brokers in shape]
            topic = CreatableTopic(
                name=peer.name("manual"),
                num_partitions=partitions,
                replication_factor=factor,
                assignments=assignments,
                configs=[],
            )
            peer.ask(create_topics(topic), version, f"{note}, {partitions}, {factor}")


BAD_CONFIGS: dict[str, list[tuple[str, str | None]]] = {
    "unknown": [("no.such.setting", "1")],
    "null": [("retention.ms", None)],
    "null unknown": [("no.such.setting", None)],
    "empty name": [("", "1")],
    "not a number": [("retention.ms", "soon")],
    "empty number": [("retention.ms", "")],
    "too small": [("retention.ms", "-2")],
    "too large": [("max.message.bytes", "2147483648")],
    "spaces": [("retention.ms", " 7 ")],
    "not a choice": [("compression.type", "rar")],
    "not in the list": [("cleanup.policy", "shred")],
    "empty list": [("cleanup.policy", "")],
    "list with blanks": [("cleanup.policy", "compact , delete")],
    "list with repetitions": [("cleanup.policy", "compact,compact")],
    "not a boolean": [("preallocate", "yes")],
    "boolean in capitals": [("preallocate", "TRUE")],
    "small segment": [("segment.bytes", "1024")],
    "ratio": [("min.cleanable.dirty.ratio", "2")],
    "ratio of nothing": [("min.cleanable.dirty.ratio", "NaN")],
    "throttled replicas": [("leader.replication.throttled.replicas", "0")],
    "remote storage": [("remote.storage.enable", "true")],
    "local retention": [("local.retention.ms", "100")],
    "local retention above": [("local.retention.ms", "100"), ("retention.ms", "50")],
    "lags": [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "5")],
    "gzip level": [("compression.gzip.level", "0")],
    "lz4 level": [("compression.lz4.level", "18")],
    "zstd level": [("compression.zstd.level", "99999")],
    "timestamp type": [("message.timestamp.type", "logappendtime")],
    "two wrong": [("retention.ms", "x"), ("segment.ms", "y")],
    "one twice": [("retention.ms", "1"), ("retention.ms", "2")],
    "format version": [("message.format.version", "2.8")],
    "broker setting": [("log.retention.ms", "5")],
    "min isr": [("min.insync.replicas", "0")],
    "index": [("segment.index.bytes", "3")],
    "unclean": [("unclean.leader.election.enable", "maybe")],
    "delete delay": [("file.delete.delay.ms", "-1")],
    "after": [("message.timestamp.after.max.ms", "-1")],
}


@scenario(CreateTopicsRequest)
def topics_with_bad_settings(peer: Peer, version: int) -> None:
    for note, settings in BAD_CONFIGS.items():
        configs = [CreatableTopicConfig(name=name, value=value) for name, value in settings]
        topic = CreatableTopic(
            name=peer.name("topic"), num_partitions=1, replication_factor=1, assignments=[], configs=configs
        )
        peer.ask(create_topics(topic, validate_only=True), version, note)


@scenario(CreateTopicsRequest)
def topics_without_time_to_make_them(peer: Peer, version: int) -> None:
    for timeout_ms in (0, -1):
        peer.ask(create_topics(creatable(peer.name("late")), timeout_ms=timeout_ms), version, f"timeout {timeout_ms}")


@scenario(DeleteTopicsRequest)
def topics_are_removed(peer: Peer, version: int) -> None:
    one, two, kept = peer.topic(), peer.topic(), peer.topic()
    missing = peer.name("missing")
    peer.ask(delete_topics(version, one.name), version)
    peer.ask(delete_topics(version, one.name), version, "again")
    peer.ask(delete_topics(version, missing, two.name), version, "one missing")
    peer.ask(delete_topics(version), version, "none")
    peer.ask(delete_topics(version, kept.name, kept.name), version, "twice")
    for name in ("", ".", "a b", "x" * 250, "__cluster_metadata"):
        peer.ask(delete_topics(version, name), version, repr(name))


@scenario(DeleteTopicsRequest)
def topics_removed_without_time(peer: Peer, version: int) -> None:
    for timeout_ms in (0, -1):
        request = delete_topics(version, peer.topic().name)
        request.timeout_ms = timeout_ms
        peer.ask(request, version, f"timeout {timeout_ms}")


@scenario(DeleteTopicsRequest, since=6)
def topics_removed_by_id(peer: Peer, version: int) -> None:
    topics = [peer.topic() for _ in range(6)]
    names, ids = zip(*topics, strict=True)

    def remove(note: str, *states: DeleteTopicState) -> None:
        peer.ask(DeleteTopicsRequest(topics=list(states), timeout_ms=10_000), version, note)

    remove("known", DeleteTopicState(topic_id=ids[0]))
    remove("unknown", DeleteTopicState(topic_id=b"\x11" * 16))
    remove("both", DeleteTopicState(name=names[1], topic_id=ids[1]))
    remove("neither", DeleteTopicState())
    remove("twice", DeleteTopicState(topic_id=ids[2]), DeleteTopicState(topic_id=ids[2]))
    remove("by name and by id", DeleteTopicState(name=names[3]), DeleteTopicState(topic_id=ids[3]))
    remove("the metadata log", DeleteTopicState(topic_id=bytes(15) + b"\1"))
    remove(
        "mixed",
        DeleteTopicState(name=names[4]),
        DeleteTopicState(topic_id=b"\x22" * 16),
        DeleteTopicState(topic_id=ids[5]),
    )


TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32


@scenario(DescribeConfigsRequest)
def settings_of_a_topic(peer: Peer, version: int) -> None:
    topic = peer.topic(retention_ms="1000", cleanup_policy="compact", compression_type="lz4")
    peer.ask(describe_configs(TOPIC, topic.name), version, "all")
    peer.ask(describe_configs(TOPIC, topic.name, include_synonyms=True), version, "all, synonyms")
    peer.ask(describe_configs(TOPIC, topic.name, []), version, "none")
    peer.ask(describe_configs(TOPIC, topic.name, ["retention.ms", "no.such", "retention.ms", ""]), version, "some")


@scenario(DescribeConfigsRequest)
def settings_of_bad_resources(peer: Peer, version: int) -> None:
    missing = peer.name("missing")
    for name in (missing, "", ".", "a b", "x" * 250, "__consumer_offsets"):
        peer.ask(describe_configs(TOPIC, name, ["retention.ms"]), version, f"topic {name!r}")
    for name in ("99", "-1", "one", "1.0", "0 ", "2147483648", "", "+0", "00"):
        peer.ask(describe_configs(BROKER, name, ["retention.ms"]), version, f"broker {name!r}")
    for kind in (0, 1, 3, 5, 6, 7, 64, 127, -1, -128):
        peer.ask(describe_configs(kind, "any"), version, f"kind {kind}")
    for name in ("99", ""):
        peer.ask(describe_configs(LOGGER, name, ["none"]), version, f"loggers of {name!r}")


@scenario(DescribeConfigsRequest)
def settings_of_groups_and_metrics(peer: Peer, version: int) -> None:
    for kind in (GROUP, CLIENT_METRICS):
        for name in (peer.name("unknown"), "", "x" * 250):
            peer.ask(describe_configs(kind, name), version, f"{kind} {name[:20]!r}")
        peer.ask(describe_configs(kind, peer.name("unknown"), include_synonyms=True), version, f"{kind}, synonyms")


@scenario(DescribeConfigsRequest)
def settings_of_several_resources(peer: Peer, version: int) -> None:
    topic = peer.topic()
    good = DescribeConfigsResource(resource_type=TOPIC, resource_name=topic.name, configuration_keys=["retention.ms"])
    bad = DescribeConfigsResource(resource_type=TOPIC, resource_name=peer.name("no"), configuration_keys=None)
    peer.ask(DescribeConfigsRequest(resources=[]), version, "nothing")
    peer.ask(DescribeConfigsRequest(resources=[bad, good]), version, "one bad")
    peer.ask(DescribeConfigsRequest(resources=[good, good]), version, "twice")


@scenario(DescribeConfigsRequest)
def settings_of_the_broker(peer: Peer, version: int) -> None:
    keys = ["num.partitions", "log.retention.hours", "log.retention.ms", "message.max.bytes", "no.such", "retention.ms"]
    for name in ("0", ""):
        peer.ask(describe_configs(BROKER, name, keys, include_synonyms=True), version, f"broker {name!r}")
    peer.ask(describe_configs(BROKER, ""), version, "all of the cluster")


@scenario(DescribeConfigsRequest, since=4)
def all_settings_of_the_broker(peer: Peer, version: int) -> None:
    peer.ask(describe_configs(BROKER, "0", include_synonyms=True), version)


@scenario(DescribeConfigsRequest, since=3)
def settings_with_documentation(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.ask(describe_configs(TOPIC, topic.name, ["retention.ms"], include_documentation=True), version)
