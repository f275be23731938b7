"""What bounds the members of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.groups.classic.member import JoinReply
from kafkacompat.groups.config import GroupConfig
from kafkacompat.wire.errors import ErrorCode
from tests.groups.harness import Harness

if TYPE_CHECKING:
    import pytest

NONE = ErrorCode.NONE


class TestFullGroup:
    def small(self) -> Harness:
        return Harness(GroupConfig(initial_rebalance_delay_ms=0, max_size=2))

    def test_takes_nobody_more(self) -> None:
        harness = self.small()
        first, _ = harness.stable("a", "b")
        assert harness.join(client="c").join == JoinReply(ErrorCode.GROUP_MAX_SIZE_REACHED, "")
        assert harness.heartbeat(first, 2) is NONE

    def test_known_members_may_rejoin(self) -> None:
        harness = self.small()
        first, second = harness.stable("a", "b")
        rejoined = harness.join(first)
        harness.join(second)
        assert rejoined.join.generation_id == 3

    def test_the_last_to_rejoin_is_left_out(self) -> None:
        harness = self.small()
        first, second = harness.stable("a", "b")
        harness.join(first)
        newcomer = harness.join(client="c", version=3)
        assert harness.join(second).join == JoinReply(ErrorCode.GROUP_MAX_SIZE_REACHED, "")
        assert newcomer.waits

    def test_so_many_may_be_told_to_come_back_and_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kafkacompat.groups.classic.join.MAX_PENDING_JOINS", 3)
        harness = Harness()
        errors = [harness.join(session_timeout_ms=7_000).join.error for _ in range(4)]
        assert errors == [ErrorCode.MEMBER_ID_REQUIRED] * 3 + [ErrorCode.GROUP_MAX_SIZE_REACHED]
        harness.clock.advance(7_000)
        assert harness.join().join.error is ErrorCode.MEMBER_ID_REQUIRED
