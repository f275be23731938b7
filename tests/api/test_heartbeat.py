from __future__ import annotations

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from tests.groups.fake_node import FakeNode


@pytest.mark.parametrize(
    ("group_id", "member_id", "generation_id", "code"),
    [
        ("g", "c-1", 1, ErrorCode.NONE),
        ("g", "c-1", 7, ErrorCode.ILLEGAL_GENERATION),
        ("g", "who", 1, ErrorCode.UNKNOWN_MEMBER_ID),
        ("other", "c-1", 1, ErrorCode.UNKNOWN_MEMBER_ID),
        ("", "c-1", 1, ErrorCode.INVALID_GROUP_ID),
    ],
)
def test_answers(group_id: str, member_id: str, generation_id: int, code: ErrorCode) -> None:
    node = FakeNode()
    node.stable()
    request = HeartbeatRequest(group_id=group_id, generation_id=generation_id, member_id=member_id)
    for version in range(5):
        assert node.ask(request, version).error_code == code
