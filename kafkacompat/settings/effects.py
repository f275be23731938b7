"""Which settings change anything here.  All are accepted, validated and shown; these are the ones that the code obeys.

A test holds the lists to the names that the code reads: whoever makes a setting work adds it here.
"""

from __future__ import annotations

from typing import Final

from kafkacompat.settings.synonyms import broker_name_of_topic_setting, broker_synonyms

BROKER_SETTINGS: Final = frozenset(
    {
        "advertised.listeners",
        "auto.create.topics.enable",
        "auto.leader.rebalance.enable",
        "broker.rack",
        "connections.max.idle.ms",
        "controller.listener.names",
        "default.replication.factor",
        "delete.topic.enable",
        "fetch.max.bytes",
        "group.initial.rebalance.delay.ms",
        "group.max.session.timeout.ms",
        "group.max.size",
        "group.min.session.timeout.ms",
        "inter.broker.listener.name",
        "kafkacompat.features",
        "kafkacompat.node.racks",
        "kafkacompat.storage.memory.max.bytes",
        "kafkacompat.validate.records",
        "leader.imbalance.check.interval.seconds",
        "listener.security.protocol.map",
        "listeners",
        "log.dirs",
        "log.initial.task.delay.ms",
        "log.retention.check.interval.ms",
        "max.connections",
        "max.connections.per.ip",
        "max.incremental.fetch.session.cache.slots",
        "max.request.partition.size.limit",
        "min.insync.replicas",
        "node.id",
        "num.partitions",
        "offset.metadata.max.bytes",
        "offsets.retention.check.interval.ms",
        "offsets.retention.minutes",
        "offsets.topic.num.partitions",
        "offsets.topic.replication.factor",
        "offsets.topic.segment.bytes",
        "producer.id.expiration.ms",
        "replica.selector.class",
        "security.inter.broker.protocol",
        "socket.request.max.bytes",
        "transaction.max.timeout.ms",
        "transaction.remove.expired.transaction.cleanup.interval.ms",
        "transactional.id.expiration.ms",
    }
)
"""Broker settings that are read by name."""

TOPIC_SETTINGS: Final = frozenset(
    {
        "cleanup.policy",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.type",
        "compression.zstd.level",
        "file.delete.delay.ms",
        "flush.messages",
        "flush.ms",
        "index.interval.bytes",
        "internal.segment.bytes",
        "max.message.bytes",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.type",
        "min.insync.replicas",
        "retention.bytes",
        "retention.ms",
        "segment.bytes",
        "segment.index.bytes",
        "segment.ms",
    }
)
"""Topic settings that are read from a `TopicConfig`; the broker settings behind them have an effect too."""

READ_WITHOUT_EFFECT: Final = frozenset(
    {
        "share.coordinator.state.topic.min.isr",
        "share.coordinator.state.topic.num.partitions",
        "share.coordinator.state.topic.replication.factor",
        "share.coordinator.state.topic.segment.bytes",
        "transaction.state.log.min.isr",
        "transaction.state.log.num.partitions",
        "transaction.state.log.replication.factor",
        "transaction.state.log.segment.bytes",
    }
)
"""Broker settings of internal topics that nothing creates yet."""


def effective_broker_settings() -> frozenset[str]:
    """Return every broker setting, Kafka's or the project's own, that changes something here."""
    behind_topics = {
        synonym.name
        for name in TOPIC_SETTINGS
        if (broker_name := broker_name_of_topic_setting(name)) is not None
        for synonym in broker_synonyms(broker_name)
    }
    return BROKER_SETTINGS | behind_topics | {"broker.id"}
