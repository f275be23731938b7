"""One shard of the group coordinator without a runtime: decisions are applied at once, and everything is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kafkacompat.clock.manual import ManualClock
from kafkacompat.coordination.decision import Decision, Parked, Transaction
from kafkacompat.coordination.timers import ShardTimers
from kafkacompat.groups.classic.heartbeat import Heartbeat
from kafkacompat.groups.classic.join import Joining
from kafkacompat.groups.classic.leave import Leaver, Leaving
from kafkacompat.groups.classic.member import JoinReply, SyncReply
from kafkacompat.groups.classic.sync import Syncing
from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.offsets.commit import Commit, OffsetToCommit
from kafkacompat.groups.offsets.transactional_commit import TransactionalCommit
from kafkacompat.groups.records import GroupRecordCodec, Record
from kafkacompat.groups.state import GroupsState, apply, apply_pending, end_transaction
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GROUP = "orders"
TOPIC_IDS = {"t": b"t" * 16, "u": b"u" * 16}
AT_ONCE = GroupConfig(initial_rebalance_delay_ms=0)

NOTHING_YET = "nothing yet"


class Answer:
    """A reply that may still be on its way."""

    def __init__(self) -> None:
        self.value: Any = NOTHING_YET

    @property
    def waits(self) -> bool:
        return bool(self.value is NOTHING_YET)

    @property
    def join(self) -> JoinReply:
        assert isinstance(self.value, JoinReply), self.value
        return self.value

    @property
    def sync(self) -> SyncReply:
        assert isinstance(self.value, SyncReply), self.value
        return self.value

    @property
    def refusal(self) -> ErrorCode:
        assert isinstance(self.value, ApiError), self.value
        return self.value.code


class Pended(NamedTuple):
    """A record of a producer's transaction, as the log has it."""

    producer_id: int
    record: Record


class Ended(NamedTuple):
    """A marker, as the log has it."""

    producer_id: int
    commit: bool


def put(state: GroupsState, entry: Record | Pended | Ended) -> None:
    """Apply what the log has."""
    if isinstance(entry, Pended):
        apply_pending(state, *entry)
    elif isinstance(entry, Ended):
        end_transaction(state, *entry)
    else:
        apply(state, entry)


class Harness:
    def __init__(self, config: GroupConfig = AT_ONCE) -> None:
        self.clock = ManualClock()
        self.config = config
        self.log: list[Record | Pended | Ended] = []
        self.parked: dict[Parked[Any], Answer] = {}
        self.ids = 0
        self.state = GroupsState(ShardTimers(self.clock, self.fire), self.clock, config)

    def decide(self, decider: Callable[[GroupsState], Decision[Any]]) -> Answer:
        answer = Answer()
        try:
            decision = decider(self.state)
        except ApiError as error:
            answer.value = error
            return answer
        for record in decision.records:
            self.append(record if decision.transaction is None else Pended(decision.transaction.producer_id, record))
        if isinstance(decision.reply, Parked):
            self.parked[decision.reply] = answer
        else:
            answer.value = decision.reply
        for parked, reply in decision.releases:
            self.parked.pop(parked).value = reply
        return answer

    def append(self, entry: Record | Pended | Ended) -> None:
        self.log.append(entry)
        put(self.state, entry)

    def fire(self, decider: Callable[[GroupsState], Decision[Any]]) -> None:
        self.decide(decider)

    def replayed(self) -> GroupsState:
        """Build a state from what the log would hold, by way of its bytes."""
        codec = GroupRecordCodec()
        clock = ManualClock(self.clock.now_ms())
        state = GroupsState(ShardTimers(clock, lambda _: None), clock, self.config)
        for entry in self.log:
            record = entry.record if isinstance(entry, Pended) else entry
            if not isinstance(record, Ended):
                assert codec.decode(*codec.encode(record)) == record
            put(state, entry)
        state.revive()
        return state

    # -- requests, with the defaults of an ordinary consumer

    def join(
        self,
        member_id: str = "",
        *,
        client: str = "c",
        instance: str | None = None,
        protocols: Mapping[str, bytes] | None = None,
        protocol_type: str = "consumer",
        version: int = 9,
        session_timeout_ms: int = 10_000,
        rebalance_timeout_ms: int = 60_000,
    ) -> Answer:
        self.ids += 1
        joining = Joining(
            group_id=GROUP,
            member_id=member_id,
            new_member_id=f"{instance or client}-{self.ids}",
            instance_id=instance,
            client_id=client,
            client_host="/127.0.0.1",
            session_timeout_ms=session_timeout_ms,
            rebalance_timeout_ms=rebalance_timeout_ms,
            protocol_type=protocol_type,
            protocols={"range": b"meta"} if protocols is None else protocols,
            must_know_member_id=version >= 4,
            may_skip_assignment=version >= 9,
        )
        return self.decide(joining.decide)

    def sync(
        self,
        member_id: str,
        generation_id: int,
        assignments: Mapping[str, bytes] | None = None,
        *,
        instance: str | None = None,
        protocol_type: str | None = None,
        protocol_name: str | None = None,
    ) -> Answer:
        syncing = Syncing(GROUP, member_id, instance, generation_id, protocol_type, protocol_name, assignments or {})
        return self.decide(syncing.decide)

    def heartbeat(self, member_id: str, generation_id: int, instance: str | None = None) -> ErrorCode:
        answer = self.decide(Heartbeat(GROUP, member_id, instance, generation_id).decide)
        return ErrorCode.NONE if answer.value is None else answer.refusal

    def leave(self, *leavers: tuple[str, str | None]) -> list[ErrorCode]:
        codes: list[ErrorCode] = self.decide(Leaving(GROUP, [Leaver(*leaver) for leaver in leavers]).decide).value
        return codes

    def commit(
        self,
        offsets: Sequence[tuple[str, int, int]] = (("t", 0, 5),),
        member_id: str = "",
        generation_id: int = -1,
        *,
        group_id: str = GROUP,
        instance: str | None = None,
        retention_ms: int = -1,
        metadata: str | None = "",
    ) -> Answer:
        commit = Commit(
            group_id,
            member_id,
            instance,
            generation_id,
            retention_ms,
            ErrorCode.GROUP_ID_NOT_FOUND,
            [
                OffsetToCommit(topic, TOPIC_IDS[topic], partition, offset, 3, metadata)
                for topic, partition, offset in offsets
            ],
        )
        return self.decide(commit.decide)

    def commit_within(
        self,
        producer_id: int,
        offsets: Sequence[tuple[str, int, int]] = (("t", 0, 5),),
        member_id: str = "",
        generation_id: int = -1,
        *,
        group_id: str = GROUP,
        instance: str | None = None,
        metadata: str | None = "",
    ) -> Answer:
        """Commit within a producer's transaction."""
        commit = TransactionalCommit(
            group_id,
            member_id,
            instance,
            generation_id,
            ErrorCode.GROUP_ID_NOT_FOUND,
            [
                OffsetToCommit(topic, TOPIC_IDS[topic], partition, offset, 3, metadata)
                for topic, partition, offset in offsets
            ],
            Transaction(producer_id, 0, None),
        )
        return self.decide(commit.decide)

    def end(self, producer_id: int, *, commit: bool = True) -> None:
        """End a producer's transaction."""
        self.append(Ended(producer_id, commit))

    # -- whole courses

    def stable(self, *clients: str, instance: bool = False, **options: Any) -> list[str]:
        """Bring a group of these clients to a stable generation; return their member ids, the leader's first."""
        ids: list[str] = []
        waiting: list[Answer] = []
        for client in clients:
            for member_id in ids:
                assert self.heartbeat(member_id, self.generation) in (ErrorCode.NONE, ErrorCode.REBALANCE_IN_PROGRESS)
            answer = self.join(client=client, instance=client if instance else None, version=3, **options)
            waiting = [self.join(member_id, instance=self.instance_of(member_id), **options) for member_id in ids]
            waiting.append(answer)
            assert not any(each.waits for each in waiting), "everyone joined"
            ids = [each.join.member_id for each in waiting]
        for member_id in ids[1:]:
            assert self.sync(member_id, self.generation).waits
        self.sync(ids[0], self.generation, {member_id: f"for {member_id}".encode() for member_id in ids})
        return ids

    def instance_of(self, member_id: str) -> str | None:
        return self.state.groups[GROUP].members[member_id].instance_id

    @property
    def generation(self) -> int:
        return self.state.groups[GROUP].generation_id

    @property
    def phase(self) -> str:
        return self.state.groups[GROUP].state.value
