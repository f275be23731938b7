"""OffsetForLeaderEpoch (key 23), versions 0-4: where an epoch ends, so that clients notice a cut log (KIP-320)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.cluster.leadership import led_partition
from kafkacompat.storage.store import EpochEnd, PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.offset_for_leader_epoch import (
    EpochEndOffset,
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    OffsetForLeaderPartition,
    OffsetForLeaderTopicResult,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Topic


async def handle(node: Node, _context: Context, request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse:
    """Answer each partition by itself."""
    topics = []
    for asked in request.topics:
        topic = node.cluster.metadata.topic(asked.topic)
        answers = [await _partition(node, topic, p) for p in asked.partitions]
        topics.append(OffsetForLeaderTopicResult(topic=asked.topic, partitions=answers))
    return OffsetForLeaderEpochResponse(topics=topics)


def refuse(_context: Context, request: OffsetForLeaderEpochRequest, error: ApiError) -> OffsetForLeaderEpochResponse:
    """Answer every partition with the error."""
    return OffsetForLeaderEpochResponse(
        topics=[
            OffsetForLeaderTopicResult(
                topic=asked.topic,
                partitions=[EpochEndOffset(partition=p.partition, error_code=error.code) for p in asked.partitions],
            )
            for asked in request.topics
        ]
    )


async def _partition(node: Node, topic: Topic | None, asked: OffsetForLeaderPartition) -> EpochEndOffset:
    partition = led_partition(node, topic, asked.partition, asked.current_leader_epoch)
    if isinstance(partition, ErrorCode):
        return EpochEndOffset(partition=asked.partition, error_code=partition)
    assert topic is not None, "a partition is led, so there is its topic"
    log = node.cluster.store.log(PartitionKey(topic.topic_id, asked.partition))
    if log is None:
        return EpochEndOffset(partition=asked.partition, error_code=ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    try:
        if asked.leader_epoch == partition.leader_epoch:
            end = EpochEnd(asked.leader_epoch, (await log.bounds()).end_offset)
        else:
            end = await log.find_epoch(asked.leader_epoch)
    except ApiError as error:
        return EpochEndOffset(partition=asked.partition, error_code=error.code)
    return EpochEndOffset(partition=asked.partition, leader_epoch=end.leader_epoch, end_offset=end.end_offset)
