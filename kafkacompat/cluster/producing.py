"""What a produced batch must pass before the store sees it, in Kafka's order; and the topic's limits, kept ready."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.cluster.leadership import led_partition
from kafkacompat.cluster.transactional_writes import FIRST_VERSION_THAT_ADDS
from kafkacompat.storage.store import Append, PartitionKey
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.append import Accepted, check_append
from kafkacompat.wire.records.batch import TRANSACTIONAL_BIT
from kafkacompat.wire.records.validation import (
    FIRST_VERSION_WITH_ZSTD,
    Limits,
    Refusal,
    check_request,
    needs_records,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.node import Node
    from kafkacompat.cluster.transactional_writes import Guards
    from kafkacompat.metadata.topic import Partition, Topic
    from kafkacompat.settings.settings import Settings
    from kafkacompat.settings.topics import TopicConfig
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

ALL_IN_SYNC: Final = -1
VALID_ACKS: Final = (ALL_IN_SYNC, 0, 1)
ADMIN_CLIENT_ID: Final = "__admin_client"
"""The one client that Kafka lets write to internal topics."""
CODECS: Final = {"uncompressed": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
FIRST_VERSION_WITH_ONE_BATCH: Final = 3
"""Before it, records are a message set of any magic."""
OFF_LOOP_ABOVE_BYTES: Final = 128 * 1024
"""A batch larger than this whose records must be read is checked in a thread, so that others are served meanwhile."""


class ProduceLimits:
    """The limits of each topic, worked out once for each change of its settings."""

    def __init__(self, settings: Settings) -> None:
        self._every_record = settings.text("kafkacompat.validate.records") == "all"
        self._known: dict[bytes, tuple[TopicConfig, Limits]] = {}

    def of(self, topic: Topic) -> Limits:
        """Return what the topic asks of its batches."""
        config = topic.config
        known = self._known.get(topic.topic_id)
        if known is not None and known[0] is config:
            return known[1]
        limits = self._limits(config)
        self._known[topic.topic_id] = (config, limits)
        return limits

    def forget(self, topic_id: bytes) -> None:
        """Forget a deleted topic."""
        self._known.pop(topic_id, None)

    def _limits(self, config: TopicConfig) -> Limits:
        codec = CODECS.get(config.compression_type)
        levels = {1: config.compression_gzip_level, 3: config.compression_lz4_level, 4: config.compression_zstd_level}
        return Limits(
            max_message_bytes=config.max_message_bytes,
            segment_bytes=config.segment_bytes,
            timestamp_before_max_ms=config.message_timestamp_before_max_ms,
            timestamp_after_max_ms=config.message_timestamp_after_max_ms,
            log_append_time=config.message_timestamp_type == "LogAppendTime",
            compacted="compact" in config.cleanup_policy,
            codec=codec,
            level=None if codec is None else levels.get(codec),
            every_record=self._every_record,
        )


NO_GUARDS: Final[Guards] = MappingProxyType({})


class ProduceFacts(NamedTuple):
    """What the checks of a partition need to know of the whole request.

    `guards` has what the transaction coordinator said of the partitions of a transactional one.
    """

    api_version: int
    client_id: str | None
    acks: int
    guards: Guards = NO_GUARDS


async def check_write(
    node: Node, topic: Topic | None, index: int, records: Piece | None, facts: ProduceFacts
) -> Append | Refusal:
    """Check one partition's records, and make of them what the store appends."""
    if topic is None or not 0 <= index < len(topic.partitions):
        return Refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    if facts.api_version < FIRST_VERSION_WITH_ONE_BATCH and records is not None:
        return await _check_message_set(node, topic, index, records, facts)
    header = check_request(records, facts.api_version)
    if isinstance(header, Refusal):
        return header
    key = PartitionKey(topic.topic_id, index)
    transactional = bool(header.attributes & TRANSACTIONAL_BIT)
    guard = _guard(facts, key) if transactional else None
    if isinstance(guard, Refusal):
        return guard
    partition = _check_partition(node, topic, index, facts)
    if isinstance(partition, ErrorCode):
        return _refused_by_partition(partition)
    assert records is not None, "checked"
    accepted = await _check_batch(node, topic, index, records, header)
    return (
        accepted
        if isinstance(accepted, Refusal)
        else Append(
            key,
            accepted.batch,
            accepted.header,
            partition.leader_epoch,
            guard,
            from_zero=transactional and facts.api_version >= FIRST_VERSION_THAT_ADDS,
        )
    )


def _guard(facts: ProduceFacts, key: PartitionKey) -> int | Refusal | None:
    """Return what the coordinator said; nobody asked it in versions before 3, which have no transactional id."""
    if facts.guards is NO_GUARDS:
        return Refusal(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, whole_request=True)
    return facts.guards.get(key)


async def _check_message_set(
    node: Node, topic: Topic, index: int, records: Piece, facts: ProduceFacts
) -> Append | Refusal:
    """Make a batch of what clients before Kafka 0.11 send, once the partition is known to take it, and check that."""
    from kafkacompat.wire.records.legacy_up_conversion import up_converted  # noqa: PLC0415 - start-up time

    partition = _check_partition(node, topic, index, facts)
    if isinstance(partition, ErrorCode):
        return _refused_by_partition(partition)
    limits = node.cluster.produce_limits.of(topic)
    if len(records) > OFF_LOOP_ABOVE_BYTES:
        batch = await asyncio.get_running_loop().run_in_executor(None, up_converted, records, limits)
    else:
        batch = up_converted(records, limits)
    if isinstance(batch, Refusal):
        return batch
    # A batch of magic 2 may be there already, and its compression was never limited in these versions.
    return await check_write(node, topic, index, batch, facts._replace(api_version=FIRST_VERSION_WITH_ZSTD))


def _check_partition(node: Node, topic: Topic, index: int, facts: ProduceFacts) -> Partition | ErrorCode:
    if facts.acks not in VALID_ACKS:
        return ErrorCode.INVALID_REQUIRED_ACKS
    if topic.is_internal and facts.client_id != ADMIN_CLIENT_ID:
        return ErrorCode.INVALID_TOPIC_EXCEPTION
    partition = led_partition(node, topic, index)
    if isinstance(partition, ErrorCode):
        return partition
    # Beyond the number of replicas the setting asks for nothing (measured on Kafka 4.4).
    needed = min(topic.config.min_insync_replicas, len(partition.replicas))
    if facts.acks == ALL_IN_SYNC and len(partition.isr) < needed:
        return ErrorCode.NOT_ENOUGH_REPLICAS
    return partition


def _refused_by_partition(code: ErrorCode) -> Refusal:
    """Where replicas are missing there is a log all the same, and Kafka tells where it begins."""
    return Refusal(code, tells_log_start=code == ErrorCode.NOT_ENOUGH_REPLICAS)


async def _check_batch(node: Node, topic: Topic, index: int, records: Piece, header: BatchHeader) -> Accepted | Refusal:
    limits = node.cluster.produce_limits.of(topic)
    now_ms = node.cluster.clock.now_ms()
    name = f"{topic.name}-{index}"
    if len(records) > OFF_LOOP_ABOVE_BYTES and needs_records(header, limits, now_ms):
        # The connection keeps the received bytes in place until the request is answered, so the view stays valid.
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, check_append, records, header, limits, now_ms, name)
    return check_append(records, header, limits, now_ms, name)
