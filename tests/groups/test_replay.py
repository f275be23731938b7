"""Whatever happens to a group: the log says the same as the hard state that lives."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.listing import delete
from kafkacompat.groups.offsets.delete import OffsetDelete, topics_deleted
from kafkacompat.groups.offsets.expiry import schedule_sweep
from tests.groups.harness import GROUP, TOPIC_IDS, Answer, Harness
from tests.groups.test_offsets import Topics

PROTOCOLS = st.sampled_from(
    [
        {"range": b"\0\0\0\0\0\1\0\1t\xff\xff\xff\xff"},
        {"range": b"unreadable"},
        {"sticky": b"1", "range": b"\0\0\0\0\0\0\xff\xff\xff\xff"},
    ]
)
TIMEOUTS_MS = st.sampled_from([6_000, 60_000])
TOPICS = st.sampled_from(sorted(TOPIC_IDS))
PRODUCERS = st.sampled_from([7, 8])
CLIENTS = st.sampled_from(["a", "b"])


class GroupMachine(RuleBasedStateMachine):
    """Random requests and random waits; members are picked among those that are, or once were, there."""

    @initialize(delay_ms=st.sampled_from([0, 3_000]), max_size=st.sampled_from([2, 100]))
    def begin(self, delay_ms: int, max_size: int) -> None:
        config = GroupConfig(
            initial_rebalance_delay_ms=delay_ms,
            max_size=max_size,
            new_member_join_timeout_ms=20_000,
            offsets_retention_ms=100_000,
            offsets_retention_check_interval_ms=30_000,
        )
        self.harness = Harness(config)
        self.seen: list[str] = ["who"]
        self.answers: list[Answer] = []
        schedule_sweep(self.harness.state)

    def note(self, answer: Answer) -> None:
        self.answers.append(answer)
        group = self.harness.state.groups.get(GROUP)
        if group is not None:
            self.seen += [
                member for member in (*group.members, *sorted(group.pending_joins)) if member not in self.seen
            ]

    def member(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.seen), "member")

    def generation(self, lag: int = 0) -> int:
        group = self.harness.state.groups.get(GROUP)
        return (group.generation_id if group else 0) - lag

    @rule(
        client=CLIENTS,
        static=st.booleans(),
        protocols=PROTOCOLS,
        version=st.sampled_from([3, 4, 9]),
        session_timeout_ms=TIMEOUTS_MS,
        rebalance_timeout_ms=TIMEOUTS_MS,
    )
    def join_anew(self, client: str, *, static: bool, **options: Any) -> None:
        self.note(self.harness.join(client=client, instance=client if static else None, **options))

    @rule(data=st.data(), protocols=PROTOCOLS, rebalance_timeout_ms=TIMEOUTS_MS)
    def rejoin(self, data: st.DataObject, protocols: dict[str, bytes], rebalance_timeout_ms: int) -> None:
        member = self.member(data)
        group = self.harness.state.groups.get(GROUP)
        known = group.members.get(member) if group else None
        instance = known.instance_id if known else None
        self.note(
            self.harness.join(member, instance=instance, protocols=protocols, rebalance_timeout_ms=rebalance_timeout_ms)
        )

    @rule(data=st.data(), share=st.binary(max_size=3))
    def sync(self, data: st.DataObject, share: bytes) -> None:
        member = self.member(data)
        self.note(self.harness.sync(member, self.generation(), dict.fromkeys(self.seen[1:3], share)))

    @rule(share=st.binary(max_size=3))
    def leader_syncs(self, share: bytes) -> None:
        group = self.harness.state.groups.get(GROUP)
        if group is not None and group.leader is not None:
            self.note(self.harness.sync(group.leader, group.generation_id, dict.fromkeys(group.members, share)))

    @rule(data=st.data(), lag=st.sampled_from([0, 0, 1]))
    def heartbeat(self, data: st.DataObject, lag: int) -> None:
        self.harness.heartbeat(self.member(data), self.generation(lag))

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.harness.leave((self.member(data), None))

    @rule(client=CLIENTS)
    def send_away(self, client: str) -> None:
        self.harness.leave(("", client))

    @rule(
        topic=TOPICS, partition=st.integers(0, 2), offset=st.integers(0, 9), retention_ms=st.sampled_from([-1, 9_000])
    )
    def commit_simply(self, topic: str, partition: int, offset: int, retention_ms: int) -> None:
        self.harness.commit([(topic, partition, offset)], retention_ms=retention_ms)

    @rule(data=st.data(), topic=TOPICS, partition=st.integers(0, 2))
    def commit_as_member(self, data: st.DataObject, topic: str, partition: int) -> None:
        self.harness.commit([(topic, partition, 1)], self.member(data), self.generation())

    @rule(producer_id=PRODUCERS, topic=TOPICS, partition=st.integers(0, 2), offset=st.integers(0, 9))
    def commit_within(self, producer_id: int, topic: str, partition: int, offset: int) -> None:
        self.harness.commit_within(producer_id, [(topic, partition, offset)])

    @rule(producer_id=PRODUCERS, commit=st.booleans())
    def end_transaction(self, producer_id: int, *, commit: bool) -> None:
        self.harness.end(producer_id, commit=commit)

    @rule(topic=TOPICS, partition=st.integers(0, 2))
    def delete_offset(self, topic: str, partition: int) -> None:
        self.harness.decide(OffsetDelete(GROUP, [(topic, partition)]).decide)

    @rule(topic=TOPICS)
    def delete_topic(self, topic: str) -> None:
        self.harness.decide(lambda state: topics_deleted(state, [TOPIC_IDS[topic]], Topics(topic)))

    @rule()
    def delete_group(self) -> None:
        self.harness.decide(delete(GROUP))

    @rule(by_ms=st.sampled_from([500, 3_000, 7_000, 61_000]))
    def wait(self, by_ms: int) -> None:
        self.harness.clock.advance(by_ms)

    @invariant()
    def the_log_says_the_same(self) -> None:
        if not hasattr(self, "harness"):
            return
        replayed = self.harness.replayed()
        assert replayed.stored == self.harness.state.stored
        assert replayed.offsets == self.harness.state.offsets
        assert list(replayed.pending.commits()) == list(self.harness.state.pending.commits())
        assert replayed.pending.groups() == self.harness.state.pending.groups()

    @invariant()
    def every_group_of_the_log_lives(self) -> None:
        if not hasattr(self, "harness"):
            return
        state = self.harness.state
        assert {*state.stored, *state.offsets, *state.pending.groups()} <= set(state.groups)

    @invariant()
    def the_group_is_sound(self) -> None:
        group = self.harness.state.groups.get(GROUP) if hasattr(self, "harness") else None
        if group is None:
            return
        members = group.members
        is_settled = group.state in (ClassicGroupState.STABLE, ClassicGroupState.COMPLETING_REBALANCE)
        assert bool(members) or not is_settled
        assert not (members and group.state is ClassicGroupState.EMPTY)
        assert group.leader in members if members else group.leader is None
        assert group.static_members == {m.instance_id: m.member_id for m in members.values() if m.instance_id}
        assert not group.pending_joins & set(members)
        assert group.pending_syncs <= set(members)
        if is_settled:
            assert all(member.awaiting_join is None for member in members.values())
            assert group.protocol_name is not None
        if group.state is not ClassicGroupState.COMPLETING_REBALANCE:
            assert all(member.awaiting_sync is None for member in members.values())

    def teardown(self) -> None:
        """Nobody waits for ever: once time has passed, every request was answered, but for those sent twice."""
        if not hasattr(self, "harness"):
            return
        self.harness.clock.advance(10_000_000)
        group = self.harness.state.groups.get(GROUP)
        assert group is None or group.state is ClassicGroupState.EMPTY


TestGroupMachine = GroupMachine.TestCase
TestGroupMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
