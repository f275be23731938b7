"""Bugs of ListOffsets and OffsetForLeaderEpoch."""

from __future__ import annotations

from typing import Any, Final

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.list_offsets import ListOffsetsRequest
from kafkacompat.wire.messages.offset_for_leader_epoch import OffsetForLeaderEpochRequest
from seeded.bug import Call, bug
from seeded.records import partitions

LATEST: Final = -1
EARLIEST: Final = -2


def asked_times(call: Call) -> dict[tuple[str, int], int]:
    """Return the time that is asked for of each partition."""
    topics = call.request.topics
    return {(topic.name, part.partition_index): part.timestamp for topic in topics for part in topic.partitions}


@bug(ListOffsetsRequest, caught_by="offsets/the_ends_of_a_partition")
async def latest_is_one_too_low(call: Call) -> Any:
    """The latest offset is that of the last record, not the one behind it."""
    times = asked_times(call)
    answer = await call.proceed()
    for topic in answer.topics:
        for part in topic.partitions:
            part.offset -= times[topic.name, part.partition_index] == LATEST and part.offset > 0
    return answer


@bug(ListOffsetsRequest, caught_by="offsets/the_first_record_at_or_after_a_time")
async def time_itself_is_left_out(call: Call) -> Any:
    """The search by time finds the first record that is newer, and passes by one of just that time."""
    for part in partitions(call.request):
        part.timestamp += part.timestamp >= 0
    return await call.proceed()


@bug(ListOffsetsRequest, caught_by="offsets/no_record_after_a_time")
async def none_is_the_end(call: Call) -> Any:
    """Where no record is as new as the time that was asked for, the end of the log is told."""
    times = asked_times(call)
    answer = await call.proceed()
    for topic in answer.topics:
        for part in topic.partitions:
            if part.offset < 0 <= times[topic.name, part.partition_index] and part.error_code == ErrorCode.NONE:
                log = call.log(call.topic(topic.name), part.partition_index)
                part.offset = (await log.bounds()).end_offset if log else -1
                part.timestamp = times[topic.name, part.partition_index]
    return answer


@bug(ListOffsetsRequest, caught_by="offsets/the_start_moves_with_deleted_records")
async def earliest_is_always_zero(call: Call) -> Any:
    """The earliest offset is told as 0 although records were deleted."""
    times = asked_times(call)
    answer = await call.proceed()
    for topic in answer.topics:
        for part in topic.partitions:
            if times[topic.name, part.partition_index] == EARLIEST and part.offset > 0:
                part.offset = 0
    return answer


@bug(OffsetForLeaderEpochRequest, caught_by="differential/ends_of_epochs")
async def epoch_is_stale(call: Call) -> Any:
    """The end of an epoch is told with the epoch before it."""
    answer = await call.proceed()
    for part in partitions(answer):
        part.leader_epoch -= part.error_code == ErrorCode.NONE
    return answer
