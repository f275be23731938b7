"""SyncGroup: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.sync_group import SyncGroupRequest, SyncGroupResponse
from tests.groups.fake_node import FakeNode


def syncing(
    member_id: str = "c-1",
    generation_id: int = 1,
    group_id: str = "g",
    kind: str | None = "consumer",
    name: str | None = "range",
) -> SyncGroupRequest:
    return SyncGroupRequest(
        group_id=group_id,
        generation_id=generation_id,
        member_id=member_id,
        protocol_type=kind,
        protocol_name=name,
        assignments=[],
    )


def test_the_assignment_comes_again() -> None:
    node = FakeNode()
    node.stable()
    assert node.ask(syncing(), 4) == SyncGroupResponse(assignment=b"all")
    expected = SyncGroupResponse(protocol_type="consumer", protocol_name="range", assignment=b"all")
    assert node.ask(syncing(), 5) == expected


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (syncing(kind=None), ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        (syncing(name=None), ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        (syncing(kind="x"), ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        (syncing(name="x"), ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
        (syncing(generation_id=7), ErrorCode.ILLEGAL_GENERATION),
        (syncing("who"), ErrorCode.UNKNOWN_MEMBER_ID),
        (syncing(group_id="other"), ErrorCode.UNKNOWN_MEMBER_ID),
        (syncing(group_id=""), ErrorCode.INVALID_GROUP_ID),
    ],
)
def test_refusals(request_: SyncGroupRequest, code: ErrorCode) -> None:
    node = FakeNode()
    node.stable()
    assert node.ask(request_, 5) == SyncGroupResponse(error_code=code, assignment=b"")
