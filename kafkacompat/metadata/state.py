"""What the metadata log says: the hard state, changed by `apply` alone, live and in replay alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.metadata.topic import Partition, Topic
from kafkacompat.metadata.topic_names import unify_collision_characters
from kafkacompat.wire.metadata_records import (
    BrokerRegistrationChangeRecord,
    ConfigRecord,
    FeatureLevelRecord,
    PartitionChangeRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RegisterBrokerRecord,
    RemoveTopicRecord,
    TopicRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kafkacompat.settings.topics import TopicConfig

TOPIC_RESOURCE: Final = 2
BROKER_RESOURCE: Final = 4
CLIENT_METRICS_RESOURCE: Final = 16
GROUP_RESOURCE: Final = 32
"""ConfigResource.Type, as ConfigRecord and DescribeConfigs number it."""


class ConfigResource(NamedTuple):
    """What a setting belongs to: a topic (2), a broker (4), a client metrics subscription (16), a group (32)."""

    resource_type: int
    name: str


class Broker(NamedTuple):
    """A registered broker; its epoch is the offset at which it was registered."""

    node_id: int
    epoch: int
    incarnation_id: bytes
    rack: str | None
    directories: list[bytes]
    fenced: bool
    in_controlled_shutdown: bool


class MetadataState:
    """Brokers, topics, settings, feature levels and producer ids.

    `effective` works out a topic's settings from its own.
    """

    def __init__(self, effective: Callable[[Mapping[str, str]], TopicConfig]) -> None:
        self.effective = effective
        self.brokers: dict[int, Broker] = {}
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

    def is_alive(self, node_id: int) -> bool:
        """Tell whether clients are told of a node: only a broker that is known to be fenced is not."""
        broker = self.brokers.get(node_id)
        return broker is None or not broker.fenced

    def serves(self, node_id: int) -> bool:
        """Tell whether a node may lead: it is neither fenced nor about to stop."""
        broker = self.brokers.get(node_id)
        return broker is None or not (broker.fenced or broker.in_controlled_shutdown)

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


def _partition_change(state: MetadataState, record: PartitionChangeRecord) -> None:
    """Change what the record names; with any leader, be it none, an epoch of leadership begins."""
    partitions = state.topics_by_id[record.topic_id].partitions
    before = partitions[record.partition_id]
    leader_changes = record.leader != _LEADER_UNCHANGED
    eligible, last_known = record.eligible_leader_replicas, record.last_known_elr
    partitions[record.partition_id] = before._replace(
        leader=record.leader if leader_changes else before.leader,
        leader_epoch=before.leader_epoch + leader_changes,
        replicas=before.replicas if record.replicas is None else list(record.replicas),
        isr=before.isr if record.isr is None else list(record.isr),
        partition_epoch=before.partition_epoch + 1,
        directories=before.directories if record.directories is None else list(record.directories),
        eligible_leader_replicas=before.eligible_leader_replicas if eligible is None else list(eligible),
        last_known_elr=before.last_known_elr if last_known is None else list(last_known),
    )


_LEADER_UNCHANGED: Final = -2


def _register_broker(state: MetadataState, record: RegisterBrokerRecord) -> None:
    state.brokers[record.broker_id] = Broker(
        record.broker_id,
        record.broker_epoch,
        record.incarnation_id,
        record.rack,
        list(record.log_dirs),
        record.fenced,
        record.in_controlled_shutdown,
    )


def _registration_change(state: MetadataState, record: BrokerRegistrationChangeRecord) -> None:
    """Change a broker: 1 sets a mark, -1 takes it away, 0 leaves it."""
    broker = state.brokers.get(record.broker_id)
    if broker is None or broker.epoch != record.broker_epoch:
        return  # it has registered anew meanwhile
    state.brokers[record.broker_id] = broker._replace(
        fenced=record.fenced > 0 if record.fenced else broker.fenced,
        in_controlled_shutdown=record.in_controlled_shutdown > 0 or broker.in_controlled_shutdown,
        directories=list(record.log_dirs) or broker.directories,
    )


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
    RegisterBrokerRecord: _register_broker,
    BrokerRegistrationChangeRecord: _registration_change,
    TopicRecord: _topic,
    PartitionRecord: _partition,
    PartitionChangeRecord: _partition_change,
    ConfigRecord: _config,
    RemoveTopicRecord: _remove_topic,
    FeatureLevelRecord: _feature_level,
    ProducerIdsRecord: _producer_ids,
}
