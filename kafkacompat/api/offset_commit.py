"""OffsetCommit (key 8), versions 0-10: remember how far a group has come (KIP-211, 345, 848, 1092).

Version 0, which had Kafka write to ZooKeeper, commits as a client without membership does.  The time that version 1
may name is not kept: a commit is as old as its arrival.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.api.committed_offsets import by_topic, sort_out
from kafkacompat.groups.offsets.commit import Commit
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.api.committed_offsets import Outcome
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.cluster.node_groups import NodeGroups
    from kafkacompat.groups.offsets.commit import OffsetToCommit

FIRST_VERSION_WITH_MISSING_GROUP: Final = 9
FIRST_VERSION_WITH_TOPIC_IDS: Final = 10


async def handle(node: Node, context: Context, request: OffsetCommitRequest) -> OffsetCommitResponse:
    """Commit for the partitions that exist; Kafka lists those that do not first, and so do we."""
    groups, version = node.groups, context.api_version
    asked = sort_out(groups.topics, request.topics, by_id=version >= FIRST_VERSION_WITH_TOPIC_IDS)
    if not asked.offsets:
        return _response(asked.unknown)
    return _response(asked.outcomes(await _commit(groups, version, request, asked.offsets)))


async def _commit(
    groups: NodeGroups, version: int, request: OffsetCommitRequest, offsets: list[OffsetToCommit]
) -> list[ErrorCode]:
    """Return a code for each; what refuses them all is told beside those that are refused for themselves."""
    missing = (
        ErrorCode.GROUP_ID_NOT_FOUND if version >= FIRST_VERSION_WITH_MISSING_GROUP else ErrorCode.ILLEGAL_GENERATION
    )
    try:
        return await groups.commit_offsets(
            Commit(
                request.group_id,
                request.member_id,
                request.group_instance_id,
                request.generation_id_or_member_epoch,
                request.retention_time_ms,
                missing,
                offsets,
            )
        )
    except ApiError as error:
        return [error.code] * len(offsets)


def _response(outcomes: Iterable[Outcome]) -> OffsetCommitResponse:
    return OffsetCommitResponse(
        topics=[
            OffsetCommitResponseTopic(
                name=name,
                topic_id=topic_id,
                partitions=[
                    OffsetCommitResponsePartition(partition_index=index, error_code=code) for index, code in partitions
                ],
            )
            for (_, name, topic_id), partitions in by_topic(outcomes).items()
        ]
    )


def refuse(_context: Context, request: OffsetCommitRequest, error: ApiError) -> OffsetCommitResponse:
    """Answer every partition with the error."""
    return OffsetCommitResponse(
        topics=[
            OffsetCommitResponseTopic(
                name=topic.name,
                topic_id=topic.topic_id,
                partitions=[
                    OffsetCommitResponsePartition(partition_index=partition.partition_index, error_code=error.code)
                    for partition in topic.partitions
                ],
            )
            for topic in request.topics
        ]
    )
