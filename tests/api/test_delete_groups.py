"""DeleteGroups: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.delete_groups import DeleteGroupsRequest
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from tests.groups.fake_node import FakeNode, joining


@pytest.mark.parametrize("version", range(4))
def test_each_group_is_answered_once(version: int) -> None:
    node = FakeNode()
    node.stable("busy")
    node.ask(joining("pending"), 9)
    answer = node.ask(DeleteGroupsRequest(groups_names=["busy", "nope", "pending", "", "busy"]), version)
    assert [(result.group_id, result.error_code) for result in answer.results] == [
        ("busy", ErrorCode.NON_EMPTY_GROUP),
        ("nope", ErrorCode.GROUP_ID_NOT_FOUND),
        ("pending", ErrorCode.NONE),
        ("", ErrorCode.GROUP_ID_NOT_FOUND),
    ]
    assert [group.group_id for group in node.ask(ListGroupsRequest(), 5).groups] == ["busy"]


def test_before_there_are_groups() -> None:
    answer = FakeNode(started=False).ask(DeleteGroupsRequest(groups_names=["g"]), 2)
    assert [result.error_code for result in answer.results] == [ErrorCode.NOT_COORDINATOR]
