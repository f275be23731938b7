"""OffsetDelete (key 47), version 0: forget what a group has committed (KIP-496)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.groups.offsets.delete import OffsetDelete
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


async def handle(node: Node, _context: Context, request: OffsetDeleteRequest) -> OffsetDeleteResponse:
    """Delete for the partitions that exist; those that do not are answered first, as with Kafka.

    A topic that is listed twice is answered twice, unless what does not exist is answered too.  A topic that does not
    exist is answered even when none of its partitions is named.
    """
    groups = node.groups
    answers: dict[tuple[int, str], list[OffsetDeleteResponsePartition]] = {}
    known: list[tuple[str, int]] = []
    places: list[int] = []
    for place, topic in enumerate(request.topics):
        count = groups.topics.partition_count(topic.name) or 0
        if not count:
            answers.setdefault((0, topic.name), [])
        for partition in topic.partitions:
            index = partition.partition_index
            if 0 <= index < count:
                known.append((topic.name, index))
                places.append(place)
            else:
                answer = _answer(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                answers.setdefault((0, topic.name), []).append(answer)
    codes = await groups.delete_offsets(OffsetDelete(request.group_id, known))
    if answers:
        places = [0] * len(places)
    for place, (name, index), code in zip(places, known, codes, strict=True):
        answers.setdefault((place, name), []).append(_answer(index, code))
    return OffsetDeleteResponse(
        topics=[
            OffsetDeleteResponseTopic(name=name, partitions=partitions) for (_, name), partitions in answers.items()
        ]
    )


def _answer(index: int, code: ErrorCode) -> OffsetDeleteResponsePartition:
    return OffsetDeleteResponsePartition(partition_index=index, error_code=code)
