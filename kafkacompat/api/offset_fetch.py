"""OffsetFetch (key 9), versions 0-10: how far groups have come (KIP-447, 709; topic ids from 10).

Version 0, which had Kafka read from ZooKeeper, finds what was committed in any version; where nothing was, it has an
error of its own.

Whoever requires stable offsets (from version 7) is told where an open transaction may change one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.groups.offsets.fetch import NO_OFFSET, UNSTABLE, OffsetFetch, TopicToFetch
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchResponse,
    OffsetFetchResponseGroup,
    OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.cluster.node_groups import NodeGroups
    from kafkacompat.groups.offsets.fetch import TopicOffsets
    from kafkacompat.groups.records import CommittedOffset

    GroupAnswer = Callable[[NodeGroups, OffsetFetchRequestGroup, bool], Awaitable[list[OffsetFetchResponseTopics]]]

FIRST_VERSION_WITH_TOP_LEVEL_ERROR: Final = 2
FIRST_VERSION_WITH_GROUPS: Final = 8
FIRST_VERSION_WITH_TOPIC_IDS: Final = 10


async def handle(node: Node, context: Context, request: OffsetFetchRequest) -> OffsetFetchResponse:
    """Answer for one group, or from version 8 for several, each with an error of its own."""
    groups = node.groups
    if context.api_version < FIRST_VERSION_WITH_GROUPS:
        asked = None if request.topics is None else [TopicToFetch(t.name, t.partition_indexes) for t in request.topics]
        nothing = ErrorCode.NONE if context.api_version else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        found = await groups.fetch_offsets(OffsetFetch(request.group_id, asked, request.require_stable))
        return OffsetFetchResponse(
            topics=[
                OffsetFetchResponseTopic(name=name, partitions=[_single(*p, nothing) for p in partitions])
                for name, partitions in found
            ]
        )
    by_id = context.api_version >= FIRST_VERSION_WITH_TOPIC_IDS
    answer = _group_by_id if by_id else _group_by_name
    return OffsetFetchResponse(
        groups=[await _guarded(answer, groups, group, request.require_stable) for group in request.groups]
    )


async def _guarded(
    answer: GroupAnswer,
    groups: NodeGroups,
    group: OffsetFetchRequestGroup,
    stable: bool,  # noqa: FBT001 - as asked
) -> OffsetFetchResponseGroup:
    try:
        topics = await answer(groups, group, stable)
    except ApiError as error:
        return OffsetFetchResponseGroup(group_id=group.group_id, error_code=error.code, topics=[])
    return OffsetFetchResponseGroup(group_id=group.group_id, topics=topics)


async def _group_by_name(
    groups: NodeGroups,
    group: OffsetFetchRequestGroup,
    stable: bool,  # noqa: FBT001 - as asked
) -> list[OffsetFetchResponseTopics]:
    asked = None if group.topics is None else [TopicToFetch(t.name, t.partition_indexes) for t in group.topics]
    found = await groups.fetch_offsets(OffsetFetch(group.group_id, asked, stable))
    return [OffsetFetchResponseTopics(name=name, partitions=_of_group(partitions)) for name, partitions in found]


async def _group_by_id(
    groups: NodeGroups,
    group: OffsetFetchRequestGroup,
    stable: bool,  # noqa: FBT001 - as asked
) -> list[OffsetFetchResponseTopics]:
    """Answer by topic ids; those of no topic come last, as with Kafka."""
    if group.topics is None:
        found = await groups.fetch_offsets(OffsetFetch(group.group_id, None, stable))
        ids = [groups.topics.topic_id(name) for name, _ in found]
        return [_topic(topic_id, offsets) for topic_id, offsets in zip(ids, found, strict=True) if topic_id is not None]
    known = [
        TopicToFetch(name, asked.partition_indexes, asked.topic_id)
        for asked in group.topics
        if (name := groups.topics.topic_name(asked.topic_id)) is not None
    ]
    found = await groups.fetch_offsets(OffsetFetch(group.group_id, known, stable))
    answered = [_topic(asked.topic_id, offsets) for asked, offsets in zip(known, found, strict=True)]
    return answered + [
        OffsetFetchResponseTopics(
            topic_id=asked.topic_id,
            partitions=_of_group([(index, NO_OFFSET) for index in asked.partition_indexes], ErrorCode.UNKNOWN_TOPIC_ID),
        )
        for asked in group.topics
        if groups.topics.topic_name(asked.topic_id) is None
    ]


def _topic(topic_id: bytes, offsets: TopicOffsets) -> OffsetFetchResponseTopics:
    return OffsetFetchResponseTopics(topic_id=topic_id, partitions=_of_group(offsets[1]))


def _of_group(
    partitions: Iterable[tuple[int, CommittedOffset]], code: ErrorCode = ErrorCode.NONE
) -> list[OffsetFetchResponsePartitions]:
    return [
        OffsetFetchResponsePartitions(
            partition_index=index,
            committed_offset=committed.offset,
            committed_leader_epoch=committed.leader_epoch,
            metadata=committed.metadata,
            error_code=ErrorCode.UNSTABLE_OFFSET_COMMIT if committed is UNSTABLE else code,
        )
        for index, committed in partitions
    ]


def _single(index: int, committed: CommittedOffset, nothing: ErrorCode) -> OffsetFetchResponsePartition:
    """Answer one partition; `nothing` is what is said where nothing was committed."""
    code = nothing if committed is NO_OFFSET else ErrorCode.NONE
    return OffsetFetchResponsePartition(
        partition_index=index,
        committed_offset=committed.offset,
        committed_leader_epoch=committed.leader_epoch,
        metadata=committed.metadata,
        error_code=ErrorCode.UNSTABLE_OFFSET_COMMIT if committed is UNSTABLE else code,
    )


def refuse(context: Context, request: OffsetFetchRequest, error: ApiError) -> OffsetFetchResponse:
    """Answer the error where the version has room for it: partitions (0-1), the response (2-7), groups (8 on)."""
    if context.api_version >= FIRST_VERSION_WITH_GROUPS:
        groups = [
            OffsetFetchResponseGroup(group_id=g.group_id, error_code=error.code, topics=[]) for g in request.groups
        ]
        return OffsetFetchResponse(groups=groups)
    if context.api_version >= FIRST_VERSION_WITH_TOP_LEVEL_ERROR:
        return OffsetFetchResponse(error_code=error.code)
    return OffsetFetchResponse(
        topics=[
            OffsetFetchResponseTopic(
                name=topic.name,
                partitions=[_single(index, NO_OFFSET, error.code) for index in topic.partition_indexes],
            )
            for topic in request.topics or []
        ]
    )
