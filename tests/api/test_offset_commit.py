"""OffsetCommit: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
)
from tests.groups.fake_node import FakeNode

UNKNOWN = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def committing(
    topics: dict[str | bytes, list[int]],
    member_id: str = "",
    generation_id: int = -1,
    *,
    group_id: str = "g",
    metadata: str | None = "",
) -> OffsetCommitRequest:
    return OffsetCommitRequest(
        group_id=group_id,
        generation_id_or_member_epoch=generation_id,
        member_id=member_id,
        topics=[
            OffsetCommitRequestTopic(
                name=topic if isinstance(topic, str) else "",
                topic_id=topic if isinstance(topic, bytes) else bytes(16),
                partitions=[
                    OffsetCommitRequestPartition(partition_index=index, committed_offset=5, committed_metadata=metadata)
                    for index in partitions
                ],
            )
            for topic, partitions in topics.items()
        ],
    )


def codes(response: OffsetCommitResponse) -> list[tuple[Any, list[tuple[int, int]]]]:
    return [
        (topic.name or topic.topic_id, [(p.partition_index, p.error_code) for p in topic.partitions])
        for topic in response.topics
    ]


@pytest.mark.parametrize("version", range(2, 10))
def test_partitions_that_are_not_there_are_answered_first(version: int) -> None:
    request = committing({"u": [0], "t": [0, 77], "nosuch": [0]})
    assert codes(FakeNode().ask(request, version)) == [
        ("t", [(77, UNKNOWN), (0, 0)]),
        ("nosuch", [(0, UNKNOWN)]),
        ("u", [(0, 0)]),
    ]


def test_by_topic_ids() -> None:
    request = committing({b"t" * 16: [0, 77], b"q" * 16: [0]})
    assert codes(FakeNode().ask(request, 10)) == [
        (b"t" * 16, [(77, UNKNOWN), (0, 0)]),
        (b"q" * 16, [(0, ErrorCode.UNKNOWN_TOPIC_ID)]),
    ]


@pytest.mark.parametrize(
    ("member_id", "generation_id", "group_id", "version", "code"),
    [
        ("c-1", 1, "g", 9, ErrorCode.NONE),
        ("c-1", 2, "g", 9, ErrorCode.ILLEGAL_GENERATION),
        ("who", 1, "g", 9, ErrorCode.UNKNOWN_MEMBER_ID),
        ("", -1, "g", 9, ErrorCode.UNKNOWN_MEMBER_ID),
        ("c-1", -1, "g", 9, ErrorCode.ILLEGAL_GENERATION),
        ("who", 1, "other", 9, ErrorCode.GROUP_ID_NOT_FOUND),
        ("who", 1, "other", 8, ErrorCode.ILLEGAL_GENERATION),
        ("", -1, "other", 8, ErrorCode.NONE),
        ("", -1, "", 9, ErrorCode.NONE),
    ],
)
def test_who_may_commit(member_id: str, generation_id: int, group_id: str, version: int, code: ErrorCode) -> None:
    node = FakeNode()
    node.stable()
    request = committing({"t": [0]}, member_id, generation_id, group_id=group_id)
    assert codes(node.ask(request, version)) == [("t", [(0, code)])]


def test_a_topic_named_twice_is_answered_twice() -> None:
    request = committing({"t": [0]})
    request.topics *= 2
    assert codes(FakeNode().ask(request, 9)) == [("t", [(0, 0)]), ("t", [(0, 0)])]
    request.topics += committing({"t": [77]}).topics
    assert codes(FakeNode().ask(request, 9)) == [("t", [(77, UNKNOWN), (0, 0), (0, 0)])]


def test_a_topic_that_is_not_there_is_answered_without_partitions_too() -> None:
    request = committing({"nosuch": [], "t": [], "u": [0]})
    assert codes(FakeNode().ask(request, 9)) == [("nosuch", []), ("u", [(0, 0)])]
    assert codes(FakeNode().ask(committing({b"q" * 16: []}), 10)) == [(b"q" * 16, [])]


def test_long_metadata() -> None:
    answer = FakeNode().ask(committing({"t": [0]}, metadata="x" * 4097), 9)
    assert codes(answer) == [("t", [(0, ErrorCode.OFFSET_METADATA_TOO_LARGE)])]


def test_nothing_to_commit_is_no_error() -> None:
    assert FakeNode(started=False).ask(committing({}, "who", 99), 9) == OffsetCommitResponse(topics=[])


def test_before_there_are_groups() -> None:
    answer = FakeNode(started=False).ask(committing({"t": [0, 77]}), 9)
    not_coordinator = ErrorCode.NOT_COORDINATOR
    assert codes(answer) == [("t", [(77, UNKNOWN), (0, not_coordinator)])]
