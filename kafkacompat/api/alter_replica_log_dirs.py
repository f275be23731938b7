"""AlterReplicaLogDirs (key 34), versions 1-2: move replicas between the log directories of the node asked (KIP-113).

A node has one log directory, so there is nowhere to move to: a replica is where it is wanted, or the directory is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.alter_replica_log_dirs import (
    AlterReplicaLogDirPartitionResult,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirsResponse,
    AlterReplicaLogDirTopicResult,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

_FILE_NAME_SIZE: Final = 255
_FUTURE_SUFFIX_SIZE: Final = len(".") + 32 + len("-future")
"""A replica that moves is written to TOPIC-PARTITION.ID-future meanwhile, which must be a file's name."""


async def handle(node: Node, _context: Context, request: AlterReplicaLogDirsRequest) -> AlterReplicaLogDirsResponse:
    """Answer for each replica; one that is named under several directories is wanted in the last."""
    wanted: dict[str, dict[int, str]] = {}
    for directory in request.dirs:
        for topic in directory.topics:
            for index in topic.partitions:
                wanted.setdefault(topic.name, {})[index] = directory.path
    return AlterReplicaLogDirsResponse(
        results=[
            AlterReplicaLogDirTopicResult(
                topic_name=name,
                partitions=[
                    AlterReplicaLogDirPartitionResult(
                        partition_index=index, error_code=_move(node, name, index, path) or ErrorCode.NONE
                    )
                    for index, path in paths.items()
                ],
            )
            for name, paths in wanted.items()
        ]
    )


def _move(node: Node, name: str, index: int, path: str) -> ErrorCode | None:
    """Return why a replica cannot be moved, None where it is there already; the order of checks is Kafka's."""
    if len(f"{name}-{index}") + _FUTURE_SUFFIX_SIZE > _FILE_NAME_SIZE:
        return ErrorCode.INVALID_TOPIC_EXCEPTION
    if path != node.cluster.settings.list("log.dirs")[0]:
        return ErrorCode.LOG_DIR_NOT_FOUND
    topic = node.cluster.metadata.topic(name)
    if topic is None or not 0 <= index < len(topic.partitions):
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    if node.node_id not in topic.partitions[index].replicas:
        return ErrorCode.NOT_LEADER_OR_FOLLOWER
    return None


def refuse(_context: Context, request: AlterReplicaLogDirsRequest, error: ApiError) -> AlterReplicaLogDirsResponse:
    """Answer the error for every replica that was named."""
    return AlterReplicaLogDirsResponse(
        results=[
            AlterReplicaLogDirTopicResult(
                topic_name=topic.name,
                partitions=[
                    AlterReplicaLogDirPartitionResult(partition_index=index, error_code=error.code)
                    for index in topic.partitions
                ],
            )
            for directory in request.dirs
            for topic in directory.topics
        ]
    )
