"""ListOffsets version 0, which Kafka 4.0 dropped: where a log could be read from before some time.

Kafka answers with its end and the first offsets of its segments, newest first, by when their files were written.
Here a log is one such segment, written when its newest record was: clients of that age ask for start and end alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.leadership import led_partition
from kafkacompat.storage.store import PartitionKey
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopicResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.storage.store import PartitionLog

LATEST: Final = -1
EARLIEST: Final = -2


async def list_offsets_before(node: Node, request: ListOffsetsRequest) -> ListOffsetsResponse:
    """Answer each partition as often as it is listed."""
    topics = []
    for asked in request.topics:
        topic = node.cluster.metadata.topic(asked.name)
        answers = [await _partition(node, topic, partition) for partition in asked.partitions]
        topics.append(ListOffsetsTopicResponse(name=asked.name, partitions=answers))
    return ListOffsetsResponse(topics=topics)


async def _partition(node: Node, topic: Topic | None, asked: ListOffsetsPartition) -> ListOffsetsPartitionResponse:
    answer = ListOffsetsPartitionResponse(partition_index=asked.partition_index)
    partition = led_partition(node, topic, asked.partition_index)
    if asked.timestamp < EARLIEST:
        answer.error_code = ErrorCode.UNSUPPORTED_VERSION
    elif isinstance(partition, ErrorCode):
        answer.error_code = partition
    elif asked.max_num_offsets < 0:
        answer.error_code = ErrorCode.UNKNOWN_SERVER_ERROR
    else:
        assert topic is not None, "a partition is led, so there is its topic"
        log = node.cluster.store.log(PartitionKey(topic.topic_id, asked.partition_index))
        if log is None:
            answer.error_code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        else:
            offsets = await _offsets(log, asked.timestamp, node.cluster.clock.now_ms())
            answer.old_style_offsets = offsets[: asked.max_num_offsets]
    return answer


async def _offsets(log: PartitionLog, timestamp_ms: int, now_ms: int) -> list[int]:
    bounds = await log.bounds()
    start, end = bounds.log_start_offset, bounds.high_watermark
    both = [end, start] if end > start else [start]
    if timestamp_ms == LATEST:
        return both
    if timestamp_ms == EARLIEST:
        return [start]
    newest = await log.find_max_timestamp()
    if timestamp_ms >= now_ms:
        return both
    return [start] if newest is not None and timestamp_ms >= newest.timestamp_ms else []
