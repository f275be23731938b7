"""OffsetCommit (key 8), versions 0-10: remember how far a group has come (KIP-211, 345, 848, 1092).

Version 0, which had Kafka write to ZooKeeper, commits as a client without membership does.  The time that version 1
may name is not kept: a commit is as old as its arrival.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.groups.offsets.commit import Commit, OffsetToCommit
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)
from kafkacompat.wire.schema import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.cluster.node_groups import NodeGroups
    from kafkacompat.groups.ports import TopicsView
    from kafkacompat.wire.messages.offset_commit import OffsetCommitRequestTopic

FIRST_VERSION_WITH_MISSING_GROUP: Final = 9
FIRST_VERSION_WITH_TOPIC_IDS: Final = 10


async def handle(node: Node, context: Context, request: OffsetCommitRequest) -> OffsetCommitResponse:
    """Commit for the partitions that exist; Kafka lists those that do not first, and so do we."""
    groups, version = node.groups, context.api_version
    unknown: list[Outcome] = []
    offsets: list[OffsetToCommit] = []
    places: list[int] = []
    for place, topic in enumerate(request.topics):
        name, topic_id, count, code = _find(groups.topics, version, topic)
        if not count and not topic.partitions:
            unknown.append(Outcome(0, name, topic_id, None, code))
        for partition in topic.partitions:
            index = partition.partition_index
            if 0 <= index < count:
                epoch, metadata = partition.committed_leader_epoch, partition.committed_metadata
                offsets.append(OffsetToCommit(name, topic_id, index, partition.committed_offset, epoch, metadata))
                places.append(place)
            else:
                unknown.append(Outcome(0, name, topic_id, index, code))
    if not offsets:
        return _response(unknown)
    codes = await _commit(groups, version, request, offsets)
    # A topic that is named twice is answered twice, unless answers have to be merged with those above.
    seats = [0] * len(places) if unknown else places
    committed = [
        Outcome(seat, offset.topic, offset.topic_id, offset.partition, code)
        for seat, offset, code in zip(seats, offsets, codes, strict=True)
    ]
    return _response(unknown + committed)


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


class Outcome(NamedTuple):
    """What is said of one partition; those of one seat and topic are answered together.

    A topic that is not there is answered even when none of its partitions is named.
    """

    seat: int
    name: str
    topic_id: bytes
    partition: int | None
    code: ErrorCode


def _response(outcomes: Iterable[Outcome]) -> OffsetCommitResponse:
    topics: dict[tuple[int, str, bytes], list[OffsetCommitResponsePartition]] = {}
    for seat, name, topic_id, partition, code in outcomes:
        answers = topics.setdefault((seat, name, topic_id), [])
        if partition is not None:
            answers.append(OffsetCommitResponsePartition(partition_index=partition, error_code=code))
    return OffsetCommitResponse(
        topics=[
            OffsetCommitResponseTopic(name=name, topic_id=topic_id, partitions=partitions)
            for (_, name, topic_id), partitions in topics.items()
        ]
    )


def _find(topics: TopicsView, version: int, topic: OffsetCommitRequestTopic) -> tuple[str, bytes, int, ErrorCode]:
    """Return a topic's name, id and number of partitions, and what is said of a partition that it does not have."""
    if version >= FIRST_VERSION_WITH_TOPIC_IDS:
        name, topic_id = topics.topic_name(topic.topic_id), topic.topic_id
        if name is None:
            return "", topic_id, 0, ErrorCode.UNKNOWN_TOPIC_ID
    else:
        name, topic_id = topic.name, topics.topic_id(topic.name) or ZERO_UUID
    return name, topic_id, topics.partition_count(name) or 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


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
