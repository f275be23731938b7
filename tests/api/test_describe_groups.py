"""DescribeGroups: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.describe_groups import (
    DescribedGroup,
    DescribedGroupMember,
    DescribeGroupsRequest,
)
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest
from tests.groups.fake_node import SUBSCRIPTION, FakeNode, joining

NOT_ASKED = -2147483648
ALL_GROUP_OPERATIONS = 3400


def described(
    state: str, protocol: str = "", members: list[DescribedGroupMember] | None = None, **rest: object
) -> DescribedGroup:
    group = DescribedGroup(
        group_id="g", group_state=state, protocol_type="consumer", protocol_data=protocol, members=members or []
    )
    for name, value in rest.items():
        setattr(group, name, value)
    return group


def member(metadata: bytes, assignment: bytes) -> DescribedGroupMember:
    return DescribedGroupMember(
        member_id="c-1",
        client_id="c",
        client_host="/127.0.0.1",
        member_metadata=metadata,
        member_assignment=assignment,
    )


def test_a_stable_group_shows_metadata_and_assignments() -> None:
    node = FakeNode()
    node.stable()
    expected = described("Stable", "range", [member(SUBSCRIPTION, b"all")])
    assert node.ask(DescribeGroupsRequest(groups=["g"]), 6).groups == [expected]
    asked = node.ask(DescribeGroupsRequest(groups=["g", "g"], include_authorized_operations=True), 3)
    assert [group.authorized_operations for group in asked.groups] == [ALL_GROUP_OPERATIONS] * 2


def test_one_in_its_first_rebalance_shows_members_alone() -> None:
    node = FakeNode()
    node.ask(joining(), 3)
    expected = described("CompletingRebalance", "", [member(b"", b"")])
    assert node.ask(DescribeGroupsRequest(groups=["g"]), 6).groups == [expected]


def test_one_in_a_later_rebalance_shows_the_former_assignments() -> None:
    node = FakeNode()
    node.stable()
    node.ask(joining(member_id="c-1"), 9)
    expected = described("CompletingRebalance", "", [member(b"", b"all")])
    assert node.ask(DescribeGroupsRequest(groups=["g"]), 6).groups == [expected]


def test_one_that_everybody_left_keeps_its_type() -> None:
    node = FakeNode()
    node.stable()
    node.ask(LeaveGroupRequest(group_id="g", member_id="c-1"), 2)
    assert node.ask(DescribeGroupsRequest(groups=["g"]), 6).groups == [described("Empty")]


@pytest.mark.parametrize(
    ("version", "code", "message", "operations"),
    [
        (0, 0, None, NOT_ASKED),
        (5, 0, None, ALL_GROUP_OPERATIONS),
        (6, ErrorCode.GROUP_ID_NOT_FOUND, "Group g not found.", NOT_ASKED),
    ],
)
def test_one_that_is_not_there(version: int, code: int, message: str | None, operations: int) -> None:
    request = DescribeGroupsRequest(groups=["g"], include_authorized_operations=version >= 3)
    (group,) = FakeNode().ask(request, version).groups
    assert group == described(
        "Dead", protocol_type="", error_code=code, error_message=message, authorized_operations=operations
    )


def test_before_there_are_groups() -> None:
    answer = FakeNode(started=False).ask(DescribeGroupsRequest(groups=["g", "h"]), 6)
    assert [group.error_code for group in answer.groups] == [ErrorCode.NOT_COORDINATOR] * 2
