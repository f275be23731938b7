"""Bugs of OffsetCommit, OffsetFetch and OffsetDelete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from kafkacompat.api import offset_commit
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.join_group import JoinGroupRequest
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)
from kafkacompat.wire.messages.offset_delete import OffsetDeleteRequest
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest
from seeded.bug import Call, bug
from seeded.records import partitions

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMIT_VERSION: Final = 8


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


@bug(JoinGroupRequest, OffsetCommitRequest, caught_by="administration/a_busy_groups_offsets_are_not_altered")
async def generations_are_not_checked(call: Call) -> Any:
    """Neither member nor generation of a commit is checked: whoever commits is taken for the last that joined."""
    request = call.request
    if isinstance(request, JoinGroupRequest):
        answer = await call.proceed()
        if answer.error_code == ErrorCode.NONE:
            call.memory[request.group_id] = answer.generation_id, answer.member_id
        return answer
    if request.group_id in call.memory:
        request.generation_id_or_member_epoch, request.member_id = call.memory[request.group_id]
        request.group_instance_id = None
    return await call.proceed()


@bug(OffsetFetchRequest, caught_by="groups/a_commit_is_there_for_all")
async def none_is_zero(call: Call) -> Any:
    """A partition of which nothing was committed is told with the offset 0."""
    answer = await call.proceed()
    for part in told_offsets(answer):
        part.committed_offset = max(part.committed_offset, 0)
    return answer


@bug(
    OffsetCommitRequest,
    OffsetDeleteRequest,
    caught_by="administration/a_groups_offsets_are_deleted",
    client="kafka-python",
)
async def deleted_offsets_come_back(call: Call) -> Any:
    """The offsets of a group that were deleted are there again, as they were last committed."""
    request, answer = call.request, await call.proceed()
    if isinstance(request, OffsetCommitRequest):
        for topic in request.topics:
            for part in topic.partitions:
                call.memory[request.group_id, name_of(call, topic), part.partition_index] = part.committed_offset
        return answer
    for topic in answer.topics:
        for part in topic.partitions:
            place = request.group_id, topic.name, part.partition_index
            if part.error_code == ErrorCode.NONE and place in call.memory:
                await commit(call, *place, call.memory[place])
    return answer


def name_of(call: Call, asked: Any) -> str:
    """Return the name of a topic that a commit names, by id in its newest versions."""
    topic = call.topic(asked.name, asked.topic_id)
    return "" if topic is None else topic.name


async def commit(call: Call, group: str, topic: str, partition: int, offset: int) -> None:
    """Commit an offset for a group, as one who is no member."""
    part = OffsetCommitRequestPartition(partition_index=partition, committed_offset=offset, committed_metadata="")
    wanted = OffsetCommitRequest(group_id=group, topics=[OffsetCommitRequestTopic(name=topic, partitions=[part])])
    node = next(iter(call.cluster.nodes.values()))
    await offset_commit.handle(node, replace(call.context, api_version=COMMIT_VERSION), wanted)
