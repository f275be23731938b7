"""Bugs of OffsetCommit, OffsetFetch and OffsetDelete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)
from kafkacompat.wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
)
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest
from seeded.bug import Call, bug
from seeded.records import partitions

if TYPE_CHECKING:
    from collections.abc import Iterator


def told_offsets(answer: Any) -> Iterator[Any]:
    """Yield what an answer of OffsetFetch has of each partition, in any version."""
    yield from partitions(answer)
    for group in answer.groups:
        yield from partitions(group)


@bug(OffsetCommitRequest, caught_by="groups/a_group_goes_on_where_it_left_off")
async def commits_are_not_kept(call: Call) -> Any:
    """A commit is acknowledged and not kept."""
    return OffsetCommitResponse(
        topics=[
            OffsetCommitResponseTopic(
                name=topic.name,
                topic_id=topic.topic_id,
                partitions=[OffsetCommitResponsePartition(partition_index=p.partition_index) for p in topic.partitions],
            )
            for topic in call.request.topics
        ]
    )


@bug(OffsetCommitRequest, caught_by="groups/a_commit_carries_a_note")
async def notes_are_lost(call: Call) -> Any:
    """The text that is committed with an offset is not kept."""
    for part in partitions(call.request):
        part.committed_metadata = ""
    return await call.proceed()


@bug(OffsetCommitRequest, caught_by="administration/a_busy_groups_offsets_are_not_altered")
async def strangers_are_told_it_is_done(call: Call) -> Any:
    """A commit by one who is no member of a busy group is refused, and told as done."""
    answer = await call.proceed()
    for part in partitions(answer):
        if part.error_code == ErrorCode.UNKNOWN_MEMBER_ID:
            part.error_code = ErrorCode.NONE
    return answer


@bug(OffsetFetchRequest, caught_by="groups/a_commit_is_there_for_all")
async def none_is_zero(call: Call) -> Any:
    """A partition of which nothing was committed is told with the offset 0."""
    answer = await call.proceed()
    for part in told_offsets(answer):
        part.committed_offset = max(part.committed_offset, 0)
    return answer


@bug(OffsetDeleteRequest, caught_by="administration/a_groups_offsets_are_deleted", client="kafka-python")
async def offsets_are_not_deleted(call: Call) -> Any:
    """The deletion of a group's offsets is acknowledged and not done."""
    return OffsetDeleteResponse(
        topics=[
            OffsetDeleteResponseTopic(
                name=topic.name,
                partitions=[OffsetDeleteResponsePartition(partition_index=p.partition_index) for p in topic.partitions],
            )
            for topic in call.request.topics
        ]
    )
