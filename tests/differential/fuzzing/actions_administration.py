"""What sessions do with topics and settings, and what they ask of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kafkacompat.wire.messages.alter_configs import AlterConfigsRequest
from kafkacompat.wire.messages.alter_partition_reassignments import AlterPartitionReassignmentsRequest
from kafkacompat.wire.messages.api_versions import ApiVersionsRequest
from kafkacompat.wire.messages.create_partitions import CreatePartitionsRequest
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkacompat.wire.messages.describe_cluster import DescribeClusterRequest
from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest
from kafkacompat.wire.messages.describe_topic_partitions import Cursor, DescribeTopicPartitionsRequest
from kafkacompat.wire.messages.elect_leaders import ElectLeadersRequest
from kafkacompat.wire.messages.incremental_alter_configs import IncrementalAlterConfigsRequest
from kafkacompat.wire.messages.list_config_resources import ListConfigResourcesRequest
from kafkacompat.wire.messages.list_partition_reassignments import ListPartitionReassignmentsRequest
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from tests.differential import requests as ask
from tests.differential import scenarios_partitions as partitions
from tests.differential.fuzzing.session import step
from tests.differential.fuzzing.world import MAX_INT64, MadeTopic, known
from tests.differential.scenarios_settings import alter, change

if TYPE_CHECKING:
    from tests.differential.fuzzing.world import World

TOPIC, GROUP, CLIENT_METRICS = 2, 32, 16
SETTINGS: Final = (
    ("cleanup.policy", ["delete", "compact", "compact,delete", "none", ""]),
    ("compression.type", ["producer", "gzip", "zstd", "uncompressed", "brotli"]),
    ("max.message.bytes", ["100", "1000000", "0", "-1", "many"]),
    ("message.timestamp.type", ["CreateTime", "LogAppendTime", "Never"]),
    ("message.timestamp.before.max.ms", ["1000", "9223372036854775807", "-1"]),
    ("message.timestamp.after.max.ms", ["1000", "9223372036854775807", "x"]),
    ("min.insync.replicas", ["1", "2", "0"]),
    ("retention.bytes", ["-1", "1000000", "-2"]),
    ("segment.bytes", ["1048576", "2000000", "13"]),
    ("segment.ms", ["1000000", "0"]),
    ("flush.messages", ["1", "0"]),
    ("unclean.leader.election.enable", ["true", "false", "perhaps"]),
    ("min.cleanable.dirty.ratio", ["0.5", "1", "1.5", "half"]),
    ("no.such.setting", ["1"]),
)
"""Settings of topics, with values good and bad; none that would remove records while others look."""


KEPT: Final[dict[str, str | None]] = {"retention_ms": "-1", "segment_ms": str(MAX_INT64)}
"""Settings by which a log keeps records of long ago, and goes on where some of today come behind them."""


def create_topic(world: World) -> None:
    """Make a topic, mostly a good one."""
    random, version = world.random, world.version(CreateTopicsRequest)
    name = f"~t{len(world.topics)}" if len(world.topics) < 4 else "~t3"
    count = random.choices([1, 2, 3, -1, 0], [6, 4, 2, 1, 1])[0] if world.topics else random.choice([1, 2, 3])
    wanted = ask.creatable(name, count, random.choice([1, 1, -1]) if version >= 4 and count > 0 else 1, **KEPT)
    if world.topics and random.random() < 0.3:
        key, values = random.choice(SETTINGS)
        wanted = ask.creatable(name, max(1, count), 1, **KEPT | {key: random.choice(values)})
    validate_only = version >= 1 and random.random() < 0.05
    world.steps.append(step(ask.create_topics(wanted, validate_only=validate_only), version))
    world.topics.append(MadeTopic(name, [0] * max(1, count)))


def delete_topics(world: World) -> None:
    version, topic = world.version(DeleteTopicsRequest), world.topic()
    asked = ask.delete_topics(version, topic.name)
    if version >= 6 and world.random.random() < 0.4:
        asked.topics = [DeleteTopicState(name=None, topic_id=known(topic).topic_id)]
    world.steps.append(step(asked, version))


def create_partitions(world: World) -> None:
    version, topic, random = world.version(CreatePartitionsRequest), world.topic(), world.random
    count = len(topic.ends) + random.choice([1, 1, 2, 0, -1])
    placed = random.choice([None, None, [[0]], [[0, 0]], [[7]], []])
    asked = partitions.grow((topic.name, count, placed), validate_only=random.random() < 0.2)
    topic.ends += [0] * max(0, count - len(topic.ends))
    world.steps.append(step(asked, version))


def metadata(world: World) -> None:
    version, topic, random = world.version(MetadataRequest), world.topic(), world.random
    by_id: Any = known(topic).topic_id
    named = MetadataRequestTopic(name=topic.name)
    if version >= 12 and random.random() < 0.4:
        named = MetadataRequestTopic(name=None, topic_id=by_id)
    fields = {"allow_auto_topic_creation": False} if version >= 4 and random.random() < 0.8 else {}
    if version >= 8 and random.random() < 0.2:
        fields["include_topic_authorized_operations"] = True
    world.steps.append(step(MetadataRequest(topics=[named], **fields), version))


def describe_topic_partitions(world: World) -> None:
    version, random = world.version(DescribeTopicPartitionsRequest), world.random
    names = sorted({world.topic().name for _ in range(random.choice([1, 2]))})
    cursor = None
    if random.random() < 0.3:
        cursor = Cursor(topic_name=random.choice(names), partition_index=random.choice([0, 1, -1]))
    asked = ask.describe_topic_partitions(*names, limit=random.choice([2000, 1, 0, -1]), cursor=cursor)
    world.steps.append(step(asked, version))


def describe_configs(world: World) -> None:
    version, topic, random = world.version(DescribeConfigsRequest), world.topic(), world.random
    keys = random.choice([None, ["retention.ms", random.choice(SETTINGS)[0]], ["retention.ms"], []])
    fields = {"include_synonyms": True} if version >= 1 and random.random() < 0.4 else {}
    world.steps.append(step(ask.describe_configs(TOPIC, topic.name, keys, **fields), version))


def alter_configs(world: World) -> None:
    topic, random = world.topic(), world.random
    changed = [(key, random.choice(values)) for key, values in random.sample(SETTINGS, random.choice([1, 1, 2]))]
    asked = alter(TOPIC, topic.name, ("retention.ms", "-1"), *changed, validate_only=random.random() < 0.2)
    world.steps.append(step(asked, world.version(AlterConfigsRequest)))


def incremental_alter_configs(world: World) -> None:
    topic, random = world.topic(), world.random
    changed = []
    for key, values in random.sample(SETTINGS, random.choice([1, 1, 2])):
        operation = random.choices([0, 1, 2, 3, 4, -1], [8, 3, 2, 2, 1, 1])[0]
        changed.append((key, operation, None if operation == 1 else random.choice(values)))
    asked = change(TOPIC, topic.name, *changed, validate_only=random.random() < 0.2)
    world.steps.append(step(asked, world.version(IncrementalAlterConfigsRequest)))


def settings_of_a_group(world: World) -> None:
    """Change settings of a group or of client metrics, and look at them."""
    random = world.random
    kind, name, key, values = random.choice(
        [
            (GROUP, "~g0", "consumer.session.timeout.ms", ["50000", "1", "x"]),
            (GROUP, "~g0", "consumer.heartbeat.interval.ms", ["6000", "0"]),
            (CLIENT_METRICS, "~x0", "interval.ms", ["10000", "1", "x"]),
            (CLIENT_METRICS, "~x0", "metrics", ["a.b", ""]),
        ]
    )
    asked = change(kind, name, (key, random.choice([0, 0, 1]), random.choice(values)))
    world.steps.append(step(asked, world.version(IncrementalAlterConfigsRequest)))
    world.steps.append(step(ask.describe_configs(kind, name), world.version(DescribeConfigsRequest)))


def list_config_resources(world: World) -> None:
    version, fields = world.version(ListConfigResourcesRequest), {}
    if version >= 1 and world.random.random() < 0.7:
        fields["resource_types"] = [world.random.choice([TOPIC, GROUP, CLIENT_METRICS, 4, 99])]
    world.steps.append(step(ListConfigResourcesRequest(**fields), version))


def elect_leaders(world: World) -> None:
    version, topic = world.version(ElectLeadersRequest), world.topic()
    kind = world.random.choice([0, 1, 2]) if version >= 1 else 0
    world.steps.append(step(partitions.elect(kind, (topic.name, [world.partition(topic)])), version))


def reassign(world: World) -> None:
    version, topic = world.version(AlterPartitionReassignmentsRequest), world.topic()
    placed = world.random.choice([[0], None, [], [1], [0, 0], [-1]])
    world.steps.append(step(partitions.move((topic.name, world.partition(topic), placed)), version))


def list_reassignments(world: World) -> None:
    topic = world.topic()
    asked = partitions.list_moves((topic.name, [world.partition(topic)]))
    world.steps.append(step(asked, world.version(ListPartitionReassignmentsRequest)))


def describe_cluster(world: World) -> None:
    version, random = world.version(DescribeClusterRequest), world.random
    fields: dict[str, Any] = {"include_cluster_authorized_operations": random.random() < 0.5}
    if version >= 1 and random.random() < 0.3:
        fields["endpoint_type"] = random.choice([1, 2, 0])
    world.steps.append(step(DescribeClusterRequest(**fields), version))


def api_versions(world: World) -> None:
    version = world.version(ApiVersionsRequest)
    name = world.random.choice(["fuzzer", "fuzzer", "", "-", "a b", "x.y-z"])
    world.steps.append(step(ask.api_versions(version, name), version))
