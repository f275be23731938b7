"""What the metadata log says: the hard state, changed by `apply` alone, live and in replay alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.metadata.topic import Partition, Topic
from kafkacompat.metadata.topic_names import unify_collision_characters
from kafkacompat.wire.metadata_records import (
    ConfigRecord,
    FeatureLevelRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RemoveTopicRecord,
    TopicRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kafkacompat.settings.topics import TopicConfig

TOPIC_RESOURCE: Final = 2
"""ConfigResource.Type of topics, as ConfigRecord and DescribeConfigs number them."""


class ConfigResource(NamedTuple):
    """What a setting belongs to: a topic (2), a broker (4), a client metrics subscription (16), a group (32)."""

    resource_type: int
    name: str


class MetadataState:
    """Topics, settings, feature levels and producer ids; `effective` works out a topic's settings from its own."""

    def __init__(self, effective: Callable[[Mapping[str, str]], TopicConfig]) -> None:
        self.effective = effective
        self.topics: dict[str, Topic] = {}
        self.topics_by_id: dict[bytes, Topic] = {}
        self.colliding: dict[str, list[str]] = {}
        """Topics by name with `.` as `_`: such names would collide in the names of metrics."""
        self.configs: dict[ConfigResource, dict[str, str]] = {}
        self.feature_levels: dict[str, int] = {}
        self.next_producer_id = 0
        self.applied_records = 0
        """How far the log was applied; no record is ever removed, so this is an offset."""
        self.partition_count = 0
        self._sorted: list[Topic] | None = None

    def sorted_topics(self) -> list[Topic]:
        """Return all topics by name."""
        if self._sorted is None:
            self._sorted = [self.topics[name] for name in sorted(self.topics)]
        return self._sorted

    def add_topic(self, topic: Topic) -> None:
        """Make a topic known, without partitions yet."""
        self.topics[topic.name] = self.topics_by_id[topic.topic_id] = topic
        self.colliding.setdefault(unify_collision_characters(topic.name), []).append(topic.name)
        self._sorted = None

    def remove_topic(self, topic: Topic) -> None:
        """Forget a topic, its partitions and its settings."""
        del self.topics[topic.name], self.topics_by_id[topic.topic_id]
        unified = unify_collision_characters(topic.name)
        self.colliding[unified].remove(topic.name)
        if not self.colliding[unified]:
            del self.colliding[unified]
        self.configs.pop(ConfigResource(TOPIC_RESOURCE, topic.name), None)
        self.partition_count -= len(topic.partitions)
        self._sorted = None


def apply(state: MetadataState, record: Any) -> None:
    """Put one record into the state; records of kinds that this build keeps nothing of only count."""
    state.applied_records += 1
    change = _CHANGES.get(type(record))
    if change is not None:
        change(state, record)


def _topic(state: MetadataState, record: TopicRecord) -> None:
    configs = state.configs.setdefault(ConfigResource(TOPIC_RESOURCE, record.name), {})
    state.add_topic(Topic(record.name, record.topic_id, configs, state.effective))


def _partition(state: MetadataState, record: PartitionRecord) -> None:
    partitions = state.topics_by_id[record.topic_id].partitions
    partition = Partition(
        leader=record.leader,
        leader_epoch=record.leader_epoch,
        replicas=list(record.replicas),
        isr=list(record.isr),
        partition_epoch=record.partition_epoch,
        directories=list(record.directories),
    )
    if record.partition_id < len(partitions):
        partitions[record.partition_id] = partition
        return
    assert record.partition_id == len(partitions), "partitions are created in order"
    partitions.append(partition)
    state.partition_count += 1


def _config(state: MetadataState, record: ConfigRecord) -> None:
    configs = state.configs.setdefault(ConfigResource(record.resource_type, record.resource_name), {})
    if record.value is None:
        configs.pop(record.name, None)
    else:
        configs[record.name] = record.value
    if record.resource_type == TOPIC_RESOURCE and record.resource_name in state.topics:
        state.topics[record.resource_name].configs_changed()


def _remove_topic(state: MetadataState, record: RemoveTopicRecord) -> None:
    state.remove_topic(state.topics_by_id[record.topic_id])


def _feature_level(state: MetadataState, record: FeatureLevelRecord) -> None:
    state.feature_levels[record.name] = record.feature_level


def _producer_ids(state: MetadataState, record: ProducerIdsRecord) -> None:
    state.next_producer_id = record.next_producer_id


_CHANGES: Final[dict[type, Callable[[MetadataState, Any], None]]] = {
    TopicRecord: _topic,
    PartitionRecord: _partition,
    ConfigRecord: _config,
    RemoveTopicRecord: _remove_topic,
    FeatureLevelRecord: _feature_level,
    ProducerIdsRecord: _producer_ids,
}
