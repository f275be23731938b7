"""ListOffsets (key 2), versions 0-11: offsets by time, and of start, end and largest timestamp (KIP-79, 734)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.api.list_offsets_before import list_offsets_before
from kafkacompat.cluster.leadership import held_partition, led_partition
from kafkacompat.storage.store import Isolation, PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopicResponse,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Partition, Topic
    from kafkacompat.storage.store import PartitionLog

    FindPartition = Callable[[Node, Topic | None, int, int], Partition | ErrorCode]

LATEST: Final = -1
EARLIEST: Final = -2
MAX_TIMESTAMP: Final = -3
EARLIEST_LOCAL: Final = -4
LATEST_TIERED: Final = -5
EARLIEST_PENDING_UPLOAD: Final = -6
NEVER: Final = 1 << 15
DEBUGGING_REPLICA_ID: Final = -2
"""Whoever asks under this id is answered by followers too; Kafka's own tools once did."""

_FIRST_VERSION_OF: Final = {
    LATEST: 1,
    EARLIEST: 1,
    MAX_TIMESTAMP: 7,
    EARLIEST_LOCAL: 8,
    LATEST_TIERED: 9,
    EARLIEST_PENDING_UPLOAD: 11,
}
_ISOLATIONS: Final = {0: Isolation.READ_UNCOMMITTED, 1: Isolation.READ_COMMITTED}


async def handle(node: Node, context: Context, request: ListOffsetsRequest) -> ListOffsetsResponse:
    """Answer each partition once; one that is listed twice gets INVALID_REQUEST."""
    if context.api_version == 0:
        return await list_offsets_before(node, request)
    isolation = _ISOLATIONS.get(request.isolation_level)
    if isolation is None:
        raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)
    find = held_partition if request.replica_id == DEBUGGING_REPLICA_ID else led_partition
    asked: dict[str, dict[int, list[ListOffsetsPartition]]] = {}
    for topic in request.topics:
        for partition in topic.partitions:
            asked.setdefault(topic.name, {}).setdefault(partition.partition_index, []).append(partition)
    topics = []
    for name, partitions in asked.items():
        known = node.cluster.metadata.topic(name)
        answers = [
            _error(same[0], ErrorCode.INVALID_REQUEST)
            if len(same) > 1
            else await _partition(node, context, known, same[0], isolation, find)
            for same in partitions.values()
        ]
        topics.append(ListOffsetsTopicResponse(name=name, partitions=answers))
    return ListOffsetsResponse(topics=topics)


def refuse(_context: Context, request: ListOffsetsRequest, error: ApiError) -> ListOffsetsResponse:
    """Answer every partition with the error."""
    return ListOffsetsResponse(
        topics=[
            ListOffsetsTopicResponse(name=topic.name, partitions=[_error(p, error.code) for p in topic.partitions])
            for topic in request.topics
        ]
    )


def _error(asked: ListOffsetsPartition, code: ErrorCode) -> ListOffsetsPartitionResponse:
    return ListOffsetsPartitionResponse(partition_index=asked.partition_index, error_code=code)


async def _partition(
    node: Node,
    context: Context,
    topic: Topic | None,
    asked: ListOffsetsPartition,
    isolation: Isolation,
    find: FindPartition,
) -> ListOffsetsPartitionResponse:
    if asked.timestamp < 0 and context.api_version < _FIRST_VERSION_OF.get(asked.timestamp, NEVER):
        return _error(asked, ErrorCode.UNSUPPORTED_VERSION)
    partition = find(node, topic, asked.partition_index, asked.current_leader_epoch)
    if isinstance(partition, ErrorCode):
        return _error(asked, partition)
    assert topic is not None, "a partition is led, so there is its topic"
    log = node.cluster.store.log(PartitionKey(topic.topic_id, asked.partition_index))
    if log is None:
        return _error(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    try:
        timestamp, offset, epoch = await _find(log, asked.timestamp, isolation, partition)
    except ApiError as error:
        return _error(asked, error.code)
    return ListOffsetsPartitionResponse(
        partition_index=asked.partition_index, timestamp=timestamp, offset=offset, leader_epoch=epoch
    )


async def _find(log: PartitionLog, timestamp: int, isolation: Isolation, partition: Partition) -> tuple[int, int, int]:
    """Return timestamp, offset and leader epoch; -1 where there is none."""
    match timestamp:
        case -1:
            bounds = await log.bounds()
            committed = isolation is Isolation.READ_COMMITTED
            return -1, bounds.last_stable_offset if committed else bounds.high_watermark, partition.leader_epoch
        case -2 | -4:
            bounds = await log.bounds()
            return -1, bounds.log_start_offset, await log.epoch_at(bounds.log_start_offset)
        case -5 | -6:
            return -1, -1, -1
        case -3:
            found = await log.find_max_timestamp()
            if isolation is Isolation.READ_COMMITTED and found is not None:
                found = found if found.offset < (await log.bounds()).last_stable_offset else None
        case _:
            found = await log.find_timestamp(timestamp, isolation)
    return (-1, -1, -1) if found is None else (found.timestamp_ms, found.offset, found.leader_epoch)
