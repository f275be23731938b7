"""Bugs of Metadata and of topics made and deleted."""

from __future__ import annotations

from typing import Any

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import CreateTopicsRequest
from kafkacompat.wire.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from kafkacompat.wire.messages.metadata import MetadataRequest
from seeded.bug import Call, bug


@bug(MetadataRequest, caught_by="administration/an_unknown_topic_is_not_described")
async def unknown_has_the_name_of_another_error(call: Call) -> Any:
    """A topic that is not there is told as INVALID_TOPIC_EXCEPTION."""
    answer = await call.proceed()
    for topic in answer.topics:
        if topic.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
            topic.error_code = ErrorCode.INVALID_TOPIC_EXCEPTION
    return answer


@bug(MetadataRequest, caught_by="fetching/metadata_names_the_partitions")
async def last_partition_is_left_out(call: Call) -> Any:
    """Of a topic of several partitions the last is left out."""
    answer = await call.proceed()
    for topic in answer.topics:
        if len(topic.partitions) > 1 and not topic.is_internal:
            del topic.partitions[-1]
    return answer


@bug(MetadataRequest, caught_by="nodes/a_producer_follows_the_leader")
async def leader_is_the_first_there_was(call: Call) -> Any:
    """A partition's leader is told as it was when it was first asked for, whoever leads it now."""
    answer = await call.proceed()
    for topic in answer.topics:
        for part in topic.partitions:
            known = call.memory.setdefault((topic.name, part.partition_index), (part.leader_id, part.leader_epoch))
            part.leader_id, part.leader_epoch = known
    return answer


@bug(CreateTopicsRequest, caught_by="administration/a_topic_may_be_only_tried")
async def trial_is_no_trial(call: Call) -> Any:
    """With validate_only topics are made all the same."""
    call.request.validate_only = False
    return await call.proceed()


@bug(DeleteTopicsRequest, caught_by="administration/a_deleted_topic_is_gone")
async def topics_are_not_deleted(call: Call) -> Any:
    """The deletion of topics is acknowledged and not done."""
    named = [DeleteTopicState(name=name) for name in call.request.topic_names]
    wanted = [*call.request.topics, *named]
    return DeleteTopicsResponse(
        responses=[DeletableTopicResult(name=topic.name, topic_id=topic.topic_id) for topic in wanted]
    )
