"""DeleteRecords (key 21), versions 0-2: everything before an offset (KIP-107)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.leadership import led_partition
from kafkacompat.storage.store import PartitionKey, Refused
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.delete_records import (
    DeleteRecordsPartitionResult,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteRecordsTopicResult,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

NO_OFFSET: Final = -1


async def handle(node: Node, _context: Context, request: DeleteRecordsRequest) -> DeleteRecordsResponse:
    """Delete before each partition's offset (-1: all there is); of a partition named twice the last counts."""
    wanted: dict[str, dict[int, int]] = {}
    for topic in request.topics:
        for partition in topic.partitions:
            wanted.setdefault(topic.name, {})[partition.partition_index] = partition.offset
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=name,
                partitions=[
                    _result(index, await _delete(node, name, index, offset)) for index, offset in offsets.items()
                ],
            )
            for name, offsets in wanted.items()
        ]
    )


async def _delete(node: Node, name: str, index: int, offset: int) -> int | ErrorCode:
    """Return where the log starts now, or why nothing was deleted."""
    topic = node.cluster.metadata.topic(name)
    partition = led_partition(node, topic, index)
    if isinstance(partition, ErrorCode):
        return partition
    assert topic is not None, "it has a partition"
    log = node.cluster.store.log(PartitionKey(topic.topic_id, index))
    if log is None:
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    if "delete" not in topic.config.cleanup_policy:
        return ErrorCode.POLICY_VIOLATION
    outcome = await log.delete_before(offset)
    return outcome.code if isinstance(outcome, Refused) else outcome


def _result(index: int, outcome: int | ErrorCode) -> DeleteRecordsPartitionResult:
    if isinstance(outcome, ErrorCode):
        return DeleteRecordsPartitionResult(partition_index=index, low_watermark=NO_OFFSET, error_code=outcome)
    return DeleteRecordsPartitionResult(partition_index=index, low_watermark=outcome)


def refuse(_context: Context, request: DeleteRecordsRequest, error: ApiError) -> DeleteRecordsResponse:
    """Answer every partition with the error."""
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=topic.name,
                partitions=[_result(partition.partition_index, error.code) for partition in topic.partitions],
            )
            for topic in request.topics
        ]
    )
