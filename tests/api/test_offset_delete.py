"""OffsetDelete: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
    OffsetDeleteResponse,
)
from tests.groups.fake_node import FakeNode


def deleting(topics: dict[str, list[int]], group_id: str = "g") -> OffsetDeleteRequest:
    return OffsetDeleteRequest(
        group_id=group_id,
        topics=[
            OffsetDeleteRequestTopic(
                name=name, partitions=[OffsetDeleteRequestPartition(partition_index=index) for index in indexes]
            )
            for name, indexes in topics.items()
        ],
    )


def test_partitions_that_are_not_there_are_answered_first() -> None:
    node = FakeNode()
    node.stable()
    answer = node.ask(deleting({"t": [0], "nosuch": [3], "u": [0, 99]}), 0)
    assert answer.error_code == 0
    assert [(t.name, [(p.partition_index, p.error_code) for p in t.partitions]) for t in answer.topics] == [
        ("nosuch", [(3, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)]),
        ("u", [(99, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), (0, 0)]),
        ("t", [(0, ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC)]),
    ]


def test_a_topic_listed_twice_is_answered_twice() -> None:
    node = FakeNode()
    node.stable()
    request = deleting({"u": [0]})
    request.topics *= 2
    answer = node.ask(request, 0)
    assert [(t.name, [p.partition_index for p in t.partitions]) for t in answer.topics] == [("u", [0]), ("u", [0])]


def test_a_topic_that_is_not_there_is_answered_without_partitions() -> None:
    node = FakeNode()
    node.stable()
    answer = node.ask(deleting({"u": [0], "nosuch": [], "t": []}), 0)
    assert [(t.name, [p.partition_index for p in t.partitions]) for t in answer.topics] == [("nosuch", []), ("u", [0])]


@pytest.mark.parametrize(
    ("group_id", "code"),
    [
        ("g", ErrorCode.NON_EMPTY_GROUP),
        ("other", ErrorCode.GROUP_ID_NOT_FOUND),
        ("", ErrorCode.INVALID_GROUP_ID),
    ],
)
def test_refusals(group_id: str, code: ErrorCode) -> None:
    node = FakeNode()
    node.stable(protocol_type="connect")
    for topics in ({"t": [0]}, {"nosuch": [0]}, {}):
        assert node.ask(deleting(topics, group_id), 0) == OffsetDeleteResponse(error_code=code, topics=[])
