"""What scenarios arrange and look at beside the client under test, by the runner's own administrator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from suite.records import Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suite.records import Partition
    from suite.scenario import Scenario
    from suite.targets.server import Server

TOPIC_S: Final = 60
"""A busy machine takes half a minute until three Kafkas know a topic."""


class Arranging(ABC):
    """The part of `World` that needs no client under test."""

    scenario: Scenario
    server: Server

    @abstractmethod
    def name(self, stem: str) -> str:
        """Return a name that nobody else uses: of a group, a transactional id, a topic that is not made yet."""

    def topic(
        self,
        partitions: int = 1,
        configs: Mapping[str, str] | None = None,
        *,
        replicas: int = 1,
        name: str | None = None,
        assignments: list[list[int]] | None = None,
    ) -> Topic:
        """Make a topic by the runner's own administrator; when this returns, every partition has a leader.

        `assignments` names the replicas of each partition, the preferred leader first.
        """
        chosen = name or self.name(self.scenario.name[:60])
        self.server.create_topic(chosen, partitions, configs or {}, replicas, assignments, TOPIC_S)
        return Topic(chosen, len(assignments) if assignments else partitions)

    def known(self, name: str) -> Topic:
        """Return a topic that somebody else made, once its partitions have leaders.

        A creation may be answered a moment before every broker has heard of it, by Kafka too.
        """
        return Topic(name, self.server.wait_for_leaders(name, TOPIC_S))

    def delete_records(self, before: Mapping[Partition, int]) -> None:
        """Delete the records before these offsets, by the runner's own administrator."""
        wanted = [TopicPartition(topic, partition, offset) for (topic, partition), offset in before.items()]
        for done in self.server.admin.delete_records(wanted).values():
            done.result(TOPIC_S)

    def committed(self, group: str, topic: Topic) -> dict[Partition, int | None]:
        """Return a group's committed offsets, as the runner's own administrator sees them."""
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(*partition) for partition in topic.partitions])
        [told] = self.server.admin.list_consumer_group_offsets([asked]).values()
        offsets = told.result(TOPIC_S).topic_partitions
        return {topic[each.partition]: each.offset if each.offset >= 0 else None for each in offsets}

    def topic_configs(self, topic: Topic) -> dict[str, str | None]:
        """Return a topic's settings, as the runner's own administrator sees them."""
        [told] = self.server.admin.describe_configs([ConfigResource(ResourceType.TOPIC, str(topic))]).values()
        return {name: entry.value for name, entry in told.result(TOPIC_S).items()}

    def in_sync(self, topic: Topic, partition: int = 0) -> list[int]:
        """Return the replicas of a partition that are in sync, sorted."""
        told = self.server.admin.list_topics(str(topic), timeout=TOPIC_S).topics[str(topic)].partitions
        return sorted(told[partition].isrs) if partition in told else []

    def ends(self, topic: Topic) -> dict[Partition, int]:
        """Return the end of each partition, as the runner's own administrator sees it."""
        told = self.server.ends(str(topic), topic.partition_count, TOPIC_S)
        return {topic[each.partition]: each.offset for each in told}

    def allow(self, user: str, *operations: str, topic: str | None = None, group: str | None = None) -> None:
        """Allow a user operations, such as READ, on a topic or a group; "*" is every one."""
        kind, name = (ResourceType.TOPIC, topic) if topic is not None else (ResourceType.GROUP, group)
        literal, allowed = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
        rules = [
            AclBinding(kind, str(name), literal, f"User:{user}", "*", AclOperation[operation], allowed)
            for operation in operations
        ]
        for done in self.server.admin.create_acls(rules).values():
            done.result(TOPIC_S)

    def group_state(self, group: str) -> str:
        """Return the state of a group by its name: EMPTY, STABLE and so on."""
        [told] = self.server.admin.describe_consumer_groups([group]).values()
        return str(told.result(TOPIC_S).state.name)

    def alter_group(self, group: str, settings: Mapping[str, str]) -> None:
        """Set settings of a group."""
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.GROUP, group, incremental_configs=entries)
        [done] = self.server.admin.incremental_alter_configs([resource]).values()
        done.result(TOPIC_S)
