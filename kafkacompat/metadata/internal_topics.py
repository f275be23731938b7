"""How Kafka creates the topics that its coordinators keep their state in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC, SHARE_GROUP_STATE_TOPIC, TRANSACTION_STATE_TOPIC
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreatableTopicConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.settings.settings import Settings


def internal_topic(settings: Settings, name: str) -> CreatableTopic | None:
    """Return what is asked for when an internal topic is first needed, or None for any other name."""
    if name == GROUP_METADATA_TOPIC:
        return _group_metadata(settings)
    if name == TRANSACTION_STATE_TOPIC:
        return _transaction_state(settings)
    if name == SHARE_GROUP_STATE_TOPIC:
        return _share_group_state(settings)
    return None


def _group_metadata(settings: Settings) -> CreatableTopic:
    return _topic(
        GROUP_METADATA_TOPIC,
        settings.int("offsets.topic.num.partitions"),
        settings.int("offsets.topic.replication.factor"),
        {
            "cleanup.policy": "compact",
            "compression.type": "producer",
            "segment.bytes": str(settings.int("offsets.topic.segment.bytes")),
        },
    )


def _transaction_state(settings: Settings) -> CreatableTopic:
    return _topic(
        TRANSACTION_STATE_TOPIC,
        settings.int("transaction.state.log.num.partitions"),
        settings.int("transaction.state.log.replication.factor"),
        {
            "cleanup.policy": "compact",
            "compression.type": "uncompressed",
            "min.insync.replicas": str(settings.int("transaction.state.log.min.isr")),
            "segment.bytes": str(settings.int("transaction.state.log.segment.bytes")),
            "unclean.leader.election.enable": "false",
        },
    )


def _share_group_state(settings: Settings) -> CreatableTopic:
    """Ask for a topic that nothing is deleted from by age: the share coordinator prunes its own log."""
    return _topic(
        SHARE_GROUP_STATE_TOPIC,
        settings.int("share.coordinator.state.topic.num.partitions"),
        settings.int("share.coordinator.state.topic.replication.factor"),
        {
            "cleanup.policy": "delete",
            "compression.type": "producer",
            "min.insync.replicas": str(settings.int("share.coordinator.state.topic.min.isr")),
            "retention.ms": "-1",
            "segment.bytes": str(settings.int("share.coordinator.state.topic.segment.bytes")),
        },
    )


def _topic(name: str, partitions: int, replication_factor: int, configs: Mapping[str, str]) -> CreatableTopic:
    return CreatableTopic(
        name=name,
        num_partitions=partitions,
        replication_factor=replication_factor,
        assignments=[],
        configs=[CreatableTopicConfig(name=key, value=value) for key, value in configs.items()],
    )
