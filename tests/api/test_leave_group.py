"""LeaveGroup: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.leave_group import (
    LeaveGroupRequest,
    LeaveGroupResponse,
    MemberIdentity,
    MemberResponse,
)
from tests.groups.fake_node import FakeNode


def leaving(*members: tuple[str, str | None], group_id: str = "g") -> LeaveGroupRequest:
    identities = [MemberIdentity(member_id=member_id, group_instance_id=instance) for member_id, instance in members]
    return LeaveGroupRequest(group_id=group_id, members=identities)


def answered(member_id: str, instance_id: str | None, code: int = 0) -> MemberResponse:
    return MemberResponse(member_id=member_id, group_instance_id=instance_id, error_code=code)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_each_member_has_its_answer(version: int) -> None:
    node = FakeNode()
    node.stable()
    request = leaving(("a", None), ("", "i"), ("c-1", "i"), ("c-1", None), ("c-1", None))
    assert node.ask(request, version) == LeaveGroupResponse(
        members=[
            answered("a", None, 25),
            answered("", "i", 25),
            answered("c-1", "i", 25),
            answered("c-1", None),
            answered("c-1", None, 25),
        ]
    )
    assert node.ask(leaving(), version) == LeaveGroupResponse()


@pytest.mark.parametrize("version", [0, 1, 2])
def test_one_member_before_version_3(version: int) -> None:
    node = FakeNode()
    node.stable()
    assert node.ask(LeaveGroupRequest(group_id="g", member_id="who"), version).error_code == 25
    assert node.ask(LeaveGroupRequest(group_id="g", member_id="c-1"), version).error_code == 0
    assert node.ask(LeaveGroupRequest(group_id="g", member_id="c-1"), version).error_code == 25


def test_a_group_that_is_not_there() -> None:
    node = FakeNode()
    expected = LeaveGroupResponse(members=[answered("a", None, 25), answered("b", "i", 25)])
    assert node.ask(leaving(("a", None), ("b", "i"), group_id="other"), 5) == expected
    assert node.ask(LeaveGroupRequest(group_id="other", member_id="a"), 2) == LeaveGroupResponse(error_code=25)


def test_no_group_id() -> None:
    expected = LeaveGroupResponse(error_code=ErrorCode.INVALID_GROUP_ID)
    assert FakeNode().ask(leaving(("a", None), group_id=""), 5) == expected
    assert FakeNode().ask(LeaveGroupRequest(group_id="", member_id="a"), 1) == expected
