"""Members with an instance id keep their place when they restart (KIP-345, KIP-814)."""

from __future__ import annotations

from typing import Any

from kafkacompat.groups.classic.member import JoinReply, SyncReply
from kafkacompat.wire.errors import ErrorCode
from tests.groups.harness import GROUP, Harness

NONE = ErrorCode.NONE


class TestStaticMembers:
    def test_a_restart_changes_nothing_but_the_id(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", instance=True)
        reply = harness.join(instance="b").join
        assert reply == JoinReply(NONE, "b-4", 2, "consumer", "range", first)
        assert harness.phase == "Stable"
        stored = harness.state.stored[GROUP]
        assert [member.member_id for member in stored.members] == [first, "b-4"]
        assert harness.sync("b-4", 2, instance="b").sync.assignment == f"for {second}".encode()

    def test_the_former_id_is_fenced(self) -> None:
        harness = Harness()
        _, second = harness.stable("a", "b", instance=True)
        harness.join(instance="b")
        fenced = ErrorCode.FENCED_INSTANCE_ID
        assert harness.heartbeat(second, 2, "b") is fenced
        assert harness.join(second, instance="b").join == JoinReply(fenced, second)
        assert harness.sync(second, 2, instance="b").refusal is fenced
        assert harness.commit(member_id=second, generation_id=2, instance="b").refusal is fenced
        assert harness.heartbeat(second, 2) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_a_restarted_leader_has_nothing_to_assign(self) -> None:
        harness = Harness()
        (first,) = harness.stable("a", instance=True)
        reply = harness.join(instance="a").join
        assert reply.skip_assignment
        assert reply.leader == reply.member_id != first
        assert [member.member_id for member in reply.members] == [reply.member_id]

    def test_an_old_client_is_told_that_the_former_id_leads(self) -> None:
        harness = Harness()
        (first,) = harness.stable("a", instance=True)
        reply = harness.join(instance="a", version=8).join
        assert (reply.leader, reply.skip_assignment, list(reply.members)) == (first, False, [])

    def test_whoever_waits_under_the_former_id_is_fenced(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", instance=True)
        waiting = harness.join(first, instance="a")
        harness.join(instance="a")
        assert waiting.join == JoinReply(ErrorCode.FENCED_INSTANCE_ID, first)
        assert harness.join(second, instance="b").join.generation_id == 3

    def test_a_restart_while_the_leader_assigns_starts_over(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", instance=True)
        harness.join(first, instance="a")
        harness.join(second, instance="b")
        waiting = harness.sync(second, 3, instance="b")
        assert harness.join(instance="b").waits
        assert waiting.sync == SyncReply(ErrorCode.FENCED_INSTANCE_ID)
        assert harness.phase == "PreparingRebalance"

    def test_whoever_restarts_before_asking_for_its_assignment_still_has_to(self) -> None:
        harness = Harness()
        timeouts: dict[str, Any] = {"session_timeout_ms": 90_000, "rebalance_timeout_ms": 20_000}
        first, second = harness.stable("a", "b", instance=True, **timeouts)
        harness.join(first, instance="a", **timeouts)
        harness.join(second, instance="b", **timeouts)
        harness.sync(first, 3, {first: b"x"}, instance="a")
        restarted = harness.join(instance="b", **timeouts).join.member_id
        harness.clock.advance(20_000)
        assert harness.heartbeat(first, 3, "a") is ErrorCode.REBALANCE_IN_PROGRESS
        assert harness.heartbeat(restarted, 3, "b") is ErrorCode.UNKNOWN_MEMBER_ID

    def test_a_restart_that_changes_the_vote_rebalances(self) -> None:
        harness = Harness()
        both = {"range": b"1", "sticky": b"2"}
        harness.stable("a", "b", "c", instance=True, protocols=both)
        turned = {"sticky": b"2", "range": b"1"}
        assert harness.join(instance="a", protocols=turned).join.error is NONE
        assert harness.join(instance="b", protocols=turned).waits
        assert harness.phase == "PreparingRebalance"

    def test_outlives_a_rebalance_that_it_missed(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", instance=True, session_timeout_ms=100_000, rebalance_timeout_ms=20_000)
        rejoined = harness.join(first, instance="a", rebalance_timeout_ms=20_000)
        harness.clock.advance(20_000)
        assert [member.member_id for member in rejoined.join.members] == [first, second]

    def test_keeps_a_rebalance_open_when_nobody_rejoins(self) -> None:
        harness = Harness()
        _, second = harness.stable("a", "b", instance=True, session_timeout_ms=50_000, rebalance_timeout_ms=20_000)
        harness.leave(("", "a"))
        harness.clock.advance(25_000)
        assert harness.phase == "PreparingRebalance"
        assert harness.join(second, instance="b").join.leader == second

    def test_an_unknown_instance(self) -> None:
        harness = Harness()
        (first,) = harness.stable("a")
        assert harness.join(first, instance="z").join.error is ErrorCode.UNKNOWN_MEMBER_ID

    def test_cannot_come_back_as_a_dynamic_member_was_told_to(self) -> None:
        harness = Harness()
        harness.join()
        assert harness.join("c-1", instance="z").refusal is ErrorCode.UNKNOWN_SERVER_ERROR
