"""Bugs of Produce."""

from __future__ import annotations

from typing import Any

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.produce import (
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceResponse,
)
from kafkacompat.wire.records.batch import read_header
from seeded.bug import Call, bug
from seeded.records import partitions, whole


@bug(ProduceRequest, caught_by="basics/a_value_comes_back")
async def offset_is_told_one_too_high(call: Call) -> Any:
    """The offset that a producer is told for its batch is one too high."""
    answer = await call.proceed()
    for one in partitions(answer, "responses", "partition_responses") if answer else ():
        one.base_offset += one.error_code == ErrorCode.NONE
    return answer


@bug(ProduceRequest, caught_by="basics/acks_of_one_name_the_offset")
async def acks_of_one_keep_nothing(call: Call) -> Any:
    """A batch that is sent with acks=1 is acknowledged and not kept."""
    if call.request.acks != 1:
        return await call.proceed()
    answer = ProduceResponse(responses=[])
    for asked in call.request.topic_data:
        parts, topic = [], call.topic(asked.name, asked.topic_id)
        for part in asked.partition_data:
            log = call.log(topic, part.index)
            end = (await log.bounds()).end_offset if log else -1
            told = call.memory.setdefault((asked.name, asked.topic_id, part.index), end)
            call.memory[asked.name, asked.topic_id, part.index] += read_header(whole(part.records)).record_count
            parts.append(PartitionProduceResponse(index=part.index, base_offset=told))
        answer.responses.append(
            TopicProduceResponse(name=asked.name, topic_id=asked.topic_id, partition_responses=parts)
        )
    return answer


@bug(ProduceRequest, caught_by="producing/a_record_too_large_for_the_topic_is_refused")
async def too_large_has_the_name_of_another_error(call: Call) -> Any:
    """A batch above max.message.bytes is refused as INVALID_RECORD."""
    answer = await call.proceed()
    for one in partitions(answer, "responses", "partition_responses") if answer else ():
        if one.error_code == ErrorCode.MESSAGE_TOO_LARGE:
            one.error_code = ErrorCode.INVALID_RECORD
    return answer


@bug(ProduceRequest, caught_by="producing/a_chosen_partition_is_obeyed")
async def records_go_next_door(call: Call) -> Any:
    """Records for a partition are appended to the one after it, and acknowledged for the one that was asked for."""
    counts = {}
    for asked in call.request.topic_data:
        topic = call.topic(asked.name, asked.topic_id)
        counts[asked.name, asked.topic_id] = count = 1 if topic is None else len(topic.partitions)
        for part in asked.partition_data:
            part.index = (part.index + 1) % max(count, part.index + 1)
    answer = await call.proceed()
    for told in answer.responses if answer else ():
        for part in told.partition_responses:
            part.index = (part.index - 1) % counts[told.name, told.topic_id]
    return answer


@bug(ProduceRequest, caught_by="differential/sequences_in_order_and_out_of_it")
async def duplicate_is_told_the_end(call: Call) -> Any:
    """A batch that comes a second time is told the offset of the end, not that of its first time."""
    ends = {}
    for asked in call.request.topic_data:
        topic = call.topic(asked.name, asked.topic_id)
        for part in asked.partition_data:
            log = call.log(topic, part.index)
            ends[asked.name, asked.topic_id, part.index] = (await log.bounds()).end_offset if log else -1
    answer = await call.proceed()
    for told in answer.responses if answer else ():
        for part in told.partition_responses:
            if part.error_code == ErrorCode.NONE:
                part.base_offset = ends[told.name, told.topic_id, part.index]
    return answer
