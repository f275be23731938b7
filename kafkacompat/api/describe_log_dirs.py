"""DescribeLogDirs (key 35), versions 1-5: what is in a node's log directory, and how large it is (KIP-113, 827, 1066).

A node has one log directory, which holds every partition of which the node is a replica.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import PartitionKey
from kafkacompat.wire.errors import ApiError
from kafkacompat.wire.messages.describe_log_dirs import (
    DescribeLogDirsPartition,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    DescribeLogDirsResult,
    DescribeLogDirsTopic,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Topic


async def handle(node: Node, _context: Context, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse:
    """Describe the partitions asked for that are here; null means all."""
    cluster = node.cluster
    wanted: dict[str, set[int]] | None = None
    if request.topics is not None:
        wanted = {}
        for asked in request.topics:
            wanted.setdefault(asked.topic, set()).update(asked.partitions)
    topics = []
    for topic in cluster.metadata.topics():
        indexes = set(range(len(topic.partitions))) if wanted is None else wanted.get(topic.name, set())
        partitions = [found for index in sorted(indexes) if (found := await _partition(node, topic, index)) is not None]
        if partitions:
            topics.append(DescribeLogDirsTopic(name=topic.name, partitions=partitions))
    space = cluster.log_directory_space()
    result = DescribeLogDirsResult(
        log_dir=cluster.settings.list("log.dirs")[0],
        topics=topics,
        total_bytes=space.total_bytes,
        usable_bytes=space.usable_bytes,
    )
    return DescribeLogDirsResponse(results=[result])


async def _partition(node: Node, topic: Topic, index: int) -> DescribeLogDirsPartition | None:
    if not 0 <= index < len(topic.partitions) or node.node_id not in topic.partitions[index].replicas:
        return None
    log = node.cluster.store.log(PartitionKey(topic.topic_id, index))
    if log is None:
        return None
    try:
        size_bytes = await log.size_bytes()
    except ApiError:
        return None  # its files fail: Kafka lists no such log either
    return DescribeLogDirsPartition(partition_index=index, partition_size=size_bytes, offset_lag=0, is_future_key=False)


def refuse(_context: Context, _request: DescribeLogDirsRequest, error: ApiError) -> DescribeLogDirsResponse:
    """Answer the error and nothing else."""
    return DescribeLogDirsResponse(error_code=error.code, results=[])
