"""Bugs of Fetch."""

from __future__ import annotations

from typing import Any

from kafkacompat.storage.store import Isolation, PartitionKey, Read, ReadRequest
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.fetch import FetchRequest
from kafkacompat.wire.records.batch import read_header
from seeded.bug import Call, bug
from seeded.records import batches, partitions, whole


@bug(FetchRequest, caught_by="basics/offsets_count_up_in_each_partition")
async def batches_come_in_the_wrong_order(call: Call) -> Any:
    """Of the batches that one answer has of a partition the first two have changed places."""
    answer = await call.proceed()
    for part in partitions(answer, "responses"):
        one, *rest = batches(part.records) or [b""]
        if rest:
            part.records = b"".join([rest[0], one, *rest[1:]])
    return answer


@bug(FetchRequest, caught_by="fetching/a_waiting_reader_is_woken")
async def waiting_fetch_is_not_woken(call: Call) -> Any:
    """A fetch that waits for records is not woken by what is appended, and comes back when its wait is over."""
    store: Any = call.cluster.store
    if "wait" not in call.memory:
        wait = call.memory["wait"] = store.wait
        store.wait = lambda _watches, until_ms: wait([], until_ms)
    return await call.proceed()


@bug(FetchRequest, caught_by="fetching/reading_begins_inside_a_batch")
async def begins_behind_the_batch(call: Call) -> Any:
    """A fetch from the middle of a batch begins with the next batch."""
    for asked in call.request.topics:
        topic = call.topic(asked.topic, asked.topic_id)
        for part in asked.partitions if topic else ():
            key = PartitionKey(topic.topic_id, part.partition)  # type: ignore[union-attr]  # there is one
            wanted = ReadRequest(key, part.fetch_offset, 1, Isolation.READ_UNCOMMITTED)
            [found] = await call.cluster.store.read([wanted], 1)
            if isinstance(found, Read) and found.size_bytes:
                header = read_header(whole(found.pieces))
                if header.base_offset < part.fetch_offset:
                    part.fetch_offset = header.last_offset + 1
    return await call.proceed()


@bug(FetchRequest, caught_by="fetching/beyond_the_end_is_an_error_without_reset")
async def out_of_range_is_silence(call: Call) -> Any:
    """An offset beyond the end is answered with no records and no error."""
    answer = await call.proceed()
    for part in partitions(answer, "responses"):
        if part.error_code == ErrorCode.OFFSET_OUT_OF_RANGE:
            part.error_code = ErrorCode.NONE
            part.high_watermark = part.last_stable_offset = part.log_start_offset = 0
    return answer


@bug(FetchRequest, caught_by="fetching/a_tiny_limit_makes_progress")
async def first_batch_is_held_to_the_limit(call: Call) -> Any:
    """The first batch of an answer is not given when it is larger than the limit."""
    answer = await call.proceed()
    for part in partitions(answer, "responses"):
        if len(whole(part.records)) > call.request.max_bytes:
            part.records = b""
    return answer
