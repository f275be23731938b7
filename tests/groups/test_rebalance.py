"""Courses of a classic group, told from outside: who asks what, who waits, what the log says."""

from __future__ import annotations

from kafkacompat.groups.classic.member import JoinedMember, JoinReply, SyncReply
from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.records import GroupRecord, StoredGroup, StoredMember
from kafkacompat.wire.errors import ErrorCode
from tests.groups.harness import GROUP, Harness

NONE = ErrorCode.NONE


class TestFirstMember:
    def test_is_told_to_come_back_with_an_id(self) -> None:
        harness = Harness()
        now_ms = harness.clock.now_ms()
        assert harness.join().join == JoinReply(ErrorCode.MEMBER_ID_REQUIRED, "c-1")
        assert harness.log == [GroupRecord(GROUP, StoredGroup("", 0, None, None, now_ms))]
        assert harness.phase == "Empty"

    def test_leads_the_first_generation(self) -> None:
        harness = Harness()
        harness.join()
        reply = harness.join("c-1").join
        members = [JoinedMember("c-1", None, b"meta")]
        assert reply == JoinReply(NONE, "c-1", 1, "consumer", "range", "c-1", members=members)
        assert harness.phase == "CompletingRebalance"

    def test_gets_what_it_assigned_and_the_log_knows(self) -> None:
        harness = Harness()
        harness.join()
        harness.join("c-1")
        now_ms = harness.clock.now_ms()
        assert harness.sync("c-1", 1, {"c-1": b"all"}).sync == SyncReply(NONE, "consumer", "range", b"all")
        member = StoredMember("c-1", None, "c", "/127.0.0.1", 60_000, 10_000, b"meta", b"all")
        assert harness.log[1:] == [GroupRecord(GROUP, StoredGroup("consumer", 1, "range", "c-1", now_ms, (member,)))]
        assert harness.phase == "Stable"

    def test_may_join_at_once_with_old_clients(self) -> None:
        harness = Harness()
        assert harness.join(version=3).join.generation_id == 1

    def test_that_does_not_come_back_is_forgotten(self) -> None:
        harness = Harness()
        harness.join(session_timeout_ms=7_000)
        harness.clock.advance(7_000)
        assert harness.join("c-1").join.error is ErrorCode.UNKNOWN_MEMBER_ID

    def test_an_unknown_id_creates_no_group(self) -> None:
        harness = Harness()
        assert harness.join("who").join == JoinReply(ErrorCode.UNKNOWN_MEMBER_ID, "who")
        assert harness.state.groups == {}

    def test_without_protocols(self) -> None:
        harness = Harness()
        assert harness.join(protocols={}).join == JoinReply(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "")
        assert harness.join(protocol_type="").join.error is ErrorCode.INCONSISTENT_GROUP_PROTOCOL


class TestInitialDelay:
    def delayed(self) -> Harness:
        return Harness(GroupConfig(initial_rebalance_delay_ms=3_000))

    def test_members_that_come_in_time_share_the_first_generation(self) -> None:
        harness = self.delayed()
        first, second = harness.join(version=3), harness.join(version=3)
        harness.clock.advance(2_999)
        assert first.waits
        assert second.waits
        harness.clock.advance(3_001)
        assert first.join.generation_id == second.join.generation_id == 1
        assert len(first.join.members) == 2
        assert second.join.members == ()

    def test_is_extended_for_each_newcomer_up_to_the_rebalance_timeout(self) -> None:
        harness = self.delayed()
        first = harness.join(version=3, rebalance_timeout_ms=7_000)
        for _ in range(3):
            harness.clock.advance(2_000)
            harness.join(version=3, rebalance_timeout_ms=7_000)
        harness.clock.advance(999)
        assert first.waits
        harness.clock.advance(1)
        assert len(first.join.members) == 4

    def test_nobody_new_no_extension(self) -> None:
        harness = self.delayed()
        first = harness.join(version=3)
        harness.clock.advance(3_000)
        assert first.join.generation_id == 1


class TestSecondMember:
    def test_waits_until_the_first_rejoins(self) -> None:
        harness = Harness()
        (first,) = harness.stable("a")
        newcomer = harness.join(client="b", version=3)
        assert newcomer.waits
        assert harness.heartbeat(first, 1) is ErrorCode.REBALANCE_IN_PROGRESS
        again = harness.join(first)
        assert again.join.generation_id == newcomer.join.generation_id == 2
        assert again.join.leader == newcomer.join.leader == first
        assert [member.member_id for member in again.join.members] == [first, newcomer.join.member_id]
        assert newcomer.join.members == ()

    def test_waits_for_the_leaders_assignment(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        assert harness.sync(second, 2).sync.assignment == f"for {second}".encode()
        assert harness.sync(first, 2).sync.assignment == f"for {first}".encode()
        stored = harness.state.stored[GROUP]
        assert [member.assignment for member in stored.members] == [
            f"for {first}".encode(),
            f"for {second}".encode(),
        ]

    def test_left_out_by_the_leader_gets_nothing(self) -> None:
        harness = Harness()
        (first,) = harness.stable("a")
        newcomer = harness.join(client="b", version=3)
        harness.join(first)
        second = newcomer.join.member_id
        waiting = harness.sync(second, 2)
        harness.sync(first, 2, {first: b"all"})
        assert waiting.sync == SyncReply(NONE, "consumer", "range", b"")

    def test_that_asks_before_the_rebalance_is_over_is_sent_back(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        harness.join(client="c", version=3)
        assert harness.sync(second, 2).refusal is ErrorCode.REBALANCE_IN_PROGRESS
        assert harness.heartbeat(first, 2) is ErrorCode.REBALANCE_IN_PROGRESS

    def test_that_does_not_rejoin_in_time_is_left_behind(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", session_timeout_ms=30_000, rebalance_timeout_ms=20_000)
        newcomer = harness.join(client="c", version=3, rebalance_timeout_ms=20_000)
        rejoined = harness.join(first, rebalance_timeout_ms=20_000)
        harness.clock.advance(19_999)
        assert rejoined.waits
        harness.clock.advance(1)
        assert [member.member_id for member in rejoined.join.members] == [first, newcomer.join.member_id]
        assert harness.heartbeat(second, 3) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_takes_over_when_the_leader_does_not_rejoin(self) -> None:
        harness = Harness()
        _, second = harness.stable("a", "b", session_timeout_ms=30_000, rebalance_timeout_ms=20_000)
        rejoined = harness.join(second, protocols={"range": b"new"}, rebalance_timeout_ms=20_000)
        harness.clock.advance(20_000)
        assert rejoined.join.leader == second
        assert [member.metadata for member in rejoined.join.members] == [b"new"]

    def test_sends_waiting_syncs_back_when_it_joins_in_between(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        rejoined = harness.join(first)
        harness.join(second)
        assert rejoined.join.generation_id == 3
        waiting = harness.sync(second, 3)
        harness.join(client="c", version=3)
        assert waiting.sync == SyncReply(ErrorCode.REBALANCE_IN_PROGRESS)


class TestRejoining:
    def test_a_follower_with_nothing_new_gets_its_generation(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        assert harness.join(second).join == JoinReply(NONE, second, 2, "consumer", "range", first)
        assert harness.phase == "Stable"

    def test_a_follower_with_new_metadata_starts_a_rebalance(self) -> None:
        harness = Harness()
        _, second = harness.stable("a", "b")
        assert harness.join(second, protocols={"range": b"more"}).waits
        assert harness.phase == "PreparingRebalance"

    def test_a_leader_always_does(self) -> None:
        harness = Harness()
        first, _ = harness.stable("a", "b")
        assert harness.join(first).waits
        assert harness.phase == "PreparingRebalance"

    def test_while_the_leader_assigns_the_same_answer_comes_again(self) -> None:
        harness = Harness()
        harness.join(version=3)
        first = harness.join("c-1").join
        assert first == harness.join("c-1").join
        assert [member.member_id for member in first.members] == ["c-1"]

    def test_an_unknown_member(self) -> None:
        harness = Harness()
        harness.stable("a")
        assert harness.join("who").join.error is ErrorCode.UNKNOWN_MEMBER_ID


class TestProtocols:
    def test_the_one_with_most_votes_among_those_common_to_all(self) -> None:
        harness = Harness(GroupConfig(initial_rebalance_delay_ms=100))
        answers = [
            harness.join(version=3, protocols={"sticky": b"1", "range": b"2", "own": b"3"}),
            harness.join(version=3, protocols={"range": b"4", "sticky": b"5"}),
            harness.join(version=3, protocols={"range": b"6", "sticky": b"7"}),
        ]
        harness.clock.advance(1_000)
        assert {answer.join.protocol_name for answer in answers} == {"range"}
        assert [member.metadata for member in answers[0].join.members] == [b"2", b"4", b"6"]

    def test_none_in_common(self) -> None:
        harness = Harness()
        harness.stable("a")
        answer = harness.join(protocols={"sticky": b""})
        assert answer.join == JoinReply(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "")

    def test_another_type(self) -> None:
        harness = Harness()
        harness.stable("a")
        assert harness.join(protocol_type="connect").join.error is ErrorCode.INCONSISTENT_GROUP_PROTOCOL

    def test_an_empty_group_takes_any_type(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        harness.leave((only, None))
        assert harness.join(protocol_type="connect", version=3).join.protocol_type == "connect"

    def test_a_sync_that_names_others(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        assert harness.sync(only, 1, protocol_type="connect").refusal is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
        assert harness.sync(only, 1, protocol_name="sticky").refusal is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
        assert harness.sync(only, 1, protocol_type="consumer", protocol_name="range").sync.error is NONE


class TestLeaving:
    def test_the_last_one_leaves_an_empty_group(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        harness.clock.advance(1_000)
        assert harness.leave((only, None)) == [NONE]
        assert harness.log[-1] == GroupRecord(GROUP, StoredGroup("consumer", 2, None, None, harness.clock.now_ms()))
        assert harness.phase == "Empty"
        assert harness.heartbeat(only, 2) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_others_rebalance(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        assert harness.leave((first, None)) == [NONE]
        assert harness.heartbeat(second, 2) is ErrorCode.REBALANCE_IN_PROGRESS
        assert harness.join(second).join.leader == second

    def test_several_at_once_each_with_its_own_answer(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", instance=True)
        codes = harness.leave(("who", None), ("", "b"), ("", "z"), (second, "a"), (first, None), (first, None))
        unknown = ErrorCode.UNKNOWN_MEMBER_ID
        assert codes == [unknown, NONE, unknown, ErrorCode.FENCED_INSTANCE_ID, NONE, unknown]
        assert harness.phase == "Empty"

    def test_one_that_was_to_come_back_with_an_id(self) -> None:
        harness = Harness()
        harness.join()
        assert harness.leave(("c-1", None)) == [NONE]
        assert harness.join("c-1").join.error is ErrorCode.UNKNOWN_MEMBER_ID

    def test_whoever_waits_is_told(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        joining = harness.join(first)
        harness.leave((first, None))
        assert joining.join == JoinReply(ErrorCode.UNKNOWN_MEMBER_ID, "")
        rejoined = harness.join(second)
        assert rejoined.join.generation_id == 3

    def test_the_leader_leaves_while_followers_wait_for_assignments(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        harness.join(first)
        harness.join(second)
        waiting = harness.sync(second, 3)
        harness.leave((first, None))
        assert waiting.sync == SyncReply(ErrorCode.REBALANCE_IN_PROGRESS)
        assert harness.join(second).join.leader == second

    def test_from_a_group_that_is_not_there(self) -> None:
        assert Harness().leave(("who", None)) == [ErrorCode.UNKNOWN_MEMBER_ID]


class TestSessions:
    def test_a_silent_member_is_removed(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        harness.clock.advance(9_000)
        assert harness.heartbeat(first, 2) is NONE
        harness.clock.advance(1_000)
        assert harness.heartbeat(first, 2) is ErrorCode.REBALANCE_IN_PROGRESS
        assert harness.heartbeat(second, 2) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_the_last_silent_member_leaves_an_empty_group(self) -> None:
        harness = Harness()
        harness.stable("a")
        harness.clock.advance(10_000)
        assert harness.phase == "Empty"
        assert harness.log[-1] == GroupRecord(GROUP, StoredGroup("consumer", 2, None, None, harness.clock.now_ms()))

    def test_a_commit_counts_as_a_heartbeat(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        for _ in range(3):
            harness.clock.advance(9_000)
            assert harness.commit(member_id=only, generation_id=1).value == [NONE]
        assert harness.phase == "Stable"

    def test_whoever_waits_in_a_join_is_not_silent(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", rebalance_timeout_ms=60_000)
        rejoined = harness.join(first)
        for _ in range(5):
            harness.clock.advance(9_000)
            assert harness.heartbeat(second, 2) is ErrorCode.REBALANCE_IN_PROGRESS
        assert rejoined.waits
        harness.join(second)
        assert rejoined.join.generation_id == 3

    def test_a_new_member_waits_five_minutes_at_most(self) -> None:
        harness = Harness()
        (first,) = harness.stable("a", rebalance_timeout_ms=600_000)
        newcomer = harness.join(client="b", version=3, rebalance_timeout_ms=600_000)
        for _ in range(33):
            harness.clock.advance(9_000)
            harness.heartbeat(first, 1)
        assert newcomer.waits
        harness.clock.advance(3_000)
        assert newcomer.join == JoinReply(ErrorCode.UNKNOWN_MEMBER_ID, "")

    def test_members_that_never_sync_are_removed(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b", rebalance_timeout_ms=20_000)
        harness.join(first, rebalance_timeout_ms=20_000)
        harness.join(second, rebalance_timeout_ms=20_000)
        harness.sync(first, 3, {first: b"x"})
        for _ in range(2):
            harness.clock.advance(9_000)
            assert harness.heartbeat(first, 3) is NONE
            assert harness.heartbeat(second, 3) is NONE
        harness.clock.advance(2_000)
        assert harness.heartbeat(first, 3) is ErrorCode.REBALANCE_IN_PROGRESS
        assert harness.heartbeat(second, 3) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_heartbeats_of_strangers_and_of_the_past(self) -> None:
        harness = Harness()
        assert harness.heartbeat("who", 1) is ErrorCode.UNKNOWN_MEMBER_ID
        (only,) = harness.stable("a")
        assert harness.heartbeat("who", 1) is ErrorCode.UNKNOWN_MEMBER_ID
        assert harness.heartbeat(only, 0) is ErrorCode.ILLEGAL_GENERATION


class TestAfterReplay:
    def test_members_live_on_in_their_generation(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        harness.state = harness.replayed()
        assert harness.phase == "Stable"
        assert harness.heartbeat(first, 2) is NONE
        assert harness.sync(second, 2).sync.assignment == f"for {second}".encode()
        assert harness.join(second).join.generation_id == 2

    def test_a_rebalance_under_way_is_forgotten(self) -> None:
        harness = Harness()
        first, _ = harness.stable("a", "b")
        harness.join(first)
        harness.state = harness.replayed()
        assert harness.phase == "Stable"
        assert harness.heartbeat(first, 2) is NONE
