"""Whatever producers, clocks and crashes do: the log tells of a course that the table allows, and markers follow it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.states import TRANSITIONS, TransactionState, is_ending
from kafkacompat.transactions.transaction import PrepareAbort, PrepareCommit
from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.transactions.harness import P0, P1, P2, FakeMarkers, Harness, drive

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from kafkacompat.storage.store import Marker
    from kafkacompat.transactions.ports import TopicPartition
    from kafkacompat.transactions.transaction import Transaction

NAMES = st.sampled_from(["a", "b"])
WAYS = {(source, target) for (source, _), target in TRANSITIONS.items()} | {
    (TransactionState.ONGOING, TransactionState.PREPARE_ABORT)  # by way of the state that is never written
}
EXPECTED = {
    ErrorCode.CONCURRENT_TRANSACTIONS,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.INVALID_PRODUCER_ID_MAPPING,
    ErrorCode.INVALID_TXN_STATE,
    ErrorCode.NOT_COORDINATOR,
    ErrorCode.PRODUCER_FENCED,
}


class CheckedMarkers(FakeMarkers):
    """Markers that are written only for what the log says is about to end, its way."""

    def __init__(self, harness: Harness) -> None:
        super().__init__()
        self.harness = harness

    async def write(self, marker: Marker, partitions: Sequence[TopicPartition]) -> Sequence[TopicPartition]:
        phases = [
            transaction.phase
            for transaction in latest(self.harness).values()
            if transaction.producer_id == marker.producer_id and transaction.producer_epoch == marker.producer_epoch
        ]
        assert len(phases) == 1
        (phase,) = phases
        assert isinstance(phase, PrepareCommit | PrepareAbort)
        assert isinstance(phase, PrepareCommit) is marker.commit
        assert phase.partitions >= set(partitions)
        assert marker.coordinator_epoch == self.harness.epoch
        return await super().write(marker, partitions)


def latest(harness: Harness) -> dict[str, Transaction]:
    """Return what the log says of each id."""
    found: dict[str, Transaction] = {}
    for transactional_id, transaction in harness.log():
        if transaction is None:
            found.pop(transactional_id, None)
        else:
            found[transactional_id] = transaction
    return found


class TransactionMachine(RuleBasedStateMachine):
    """Producers know what they were told, and may be wrong; `committed` is what someone was told is committed."""

    @initialize(version=st.sampled_from([0, 1, 2]), start=st.sampled_from([0, 32_760]))
    def begin(self, version: int, start: int) -> None:
        config = TransactionConfig(id_expiration_ms=1_000_000, expired_cleanup_interval_ms=10_000)
        self.harness = Harness(config, version=version)
        self.harness.markers = CheckedMarkers(self.harness)
        self.harness.restart()
        self.producers: dict[str, tuple[int, int]] = {}
        if start:
            producer = drive(self.harness.initialize(name="a"))
            (record,) = self.harness.log()
            assert record.transaction is not None
            self.harness.put(record._replace(transaction=record.transaction._replace(producer_epoch=start)))
            self.producers["a"] = (producer.producer_id, start)

    def ask(self, request: Coroutine[Any, Any, Any]) -> Any | None:
        try:
            return drive(request)
        except ApiError as error:
            at_the_end = error.code is ErrorCode.UNKNOWN_SERVER_ERROR and any(
                transaction.is_epoch_exhausted for transaction in latest(self.harness).values()
            )
            assert error.code in EXPECTED or at_the_end, error  # noqa: PT017 - one of several answers
            return None

    @rule(name=NAMES, known=st.booleans(), timeout_ms=st.sampled_from([5_000, 60_000]))
    def initialize_producer(self, name: str, *, known: bool, timeout_ms: int) -> None:
        known_as = self.producers.get(name, (-1, -1)) if known else (-1, -1)
        answer = self.ask(self.harness.initialize(*known_as, timeout_ms=timeout_ms, name=name))
        if answer is not None:
            self.producers[name] = answer

    @rule(name=NAMES, partitions=st.sets(st.sampled_from([P0, P1, P2]), min_size=1), lag=st.sampled_from([0, 0, 0, 1]))
    def add(self, name: str, partitions: set[TopicPartition], lag: int) -> None:
        if name in self.producers:
            producer_id, epoch = self.producers[name]
            producer = (producer_id, epoch - lag)
            if self.ask(self._added(name, producer, sorted(partitions))):
                transaction = latest(self.harness)[name]
                assert transaction.state is TransactionState.ONGOING
                assert transaction.phase.partitions >= partitions
                assert transaction[:2] == producer

    async def _added(self, name: str, producer: tuple[int, int], partitions: list[TopicPartition]) -> bool:
        await self.harness.add(producer, *partitions, name=name)
        return True

    @rule(name=NAMES, commit=st.booleans(), version=st.sampled_from([1, 2, None]), lag=st.sampled_from([0, 0, 0, 1]))
    def end(self, name: str, *, commit: bool, version: int | None, lag: int) -> None:
        if name not in self.producers:
            return
        producer_id, epoch = self.producers[name]
        producer = (producer_id, epoch - lag)
        answer = self.ask(self.harness.end(producer, commit=commit, version=version, name=name))
        if answer is None:
            return
        state = latest(self.harness)[name].state
        assert state in (
            (TransactionState.PREPARE_COMMIT, TransactionState.COMPLETE_COMMIT)
            if commit
            else (TransactionState.PREPARE_ABORT, TransactionState.COMPLETE_ABORT)
        )
        if answer.producer_id != -1:
            self.producers[name] = answer

    @rule(by_ms=st.sampled_from([0, 100, 1_000, 6_000, 61_000, 1_100_000]))
    def wait(self, by_ms: int) -> None:
        self.harness.clock.advance(by_ms)

    @rule(lost=st.booleans(), later=st.sampled_from([0, 1, 1, 2]))
    def fail_an_append(self, *, lost: bool, later: int) -> None:
        self.harness.store.fail_next(lost=lost, later=later)

    @rule()
    def restart(self) -> None:
        self.harness.restart()

    @rule(partition=st.sampled_from([P0, P1]), times=st.sampled_from([1, 3, 30]))
    def fail_markers(self, partition: TopicPartition, times: int) -> None:
        self.harness.markers.failing[partition] = times

    @rule(broken=st.booleans())
    def break_markers(self, *, broken: bool) -> None:
        self.harness.markers.broken = broken

    @rule(none_left=st.booleans())
    def take_producer_ids(self, *, none_left: bool) -> None:
        self.harness.producer_ids.none_left = none_left

    @rule(version=st.sampled_from([0, 1, 2]))
    def change_version(self, version: int) -> None:
        self.harness.version = version

    @invariant()
    def the_log_takes_only_ways_of_the_table(self) -> None:
        if not hasattr(self, "harness"):
            return
        states: dict[str, TransactionState] = {}
        producers: dict[str, tuple[int, int]] = {}
        for name, transaction in self.harness.log():
            if transaction is None:
                assert (states.pop(name), TransactionState.DEAD) in WAYS
                del producers[name]
                continue
            if name in states:
                is_same = states[name] is transaction.state and producers[name] <= transaction[:2]
                assert (states[name], transaction.state) in WAYS or is_same
                assert producers[name] <= transaction[:2], "ids and epochs only rise"
            states[name] = transaction.state
            producers[name] = (transaction.producer_id, transaction.producer_epoch)

    @invariant()
    def what_is_complete_has_all_its_markers(self) -> None:
        if not hasattr(self, "harness"):
            return
        wanted: Counter[tuple[TopicPartition, int, int, bool]] = Counter()
        before: dict[str, Transaction] = {}
        for name, transaction in self.harness.log():
            if transaction is None:
                del before[name]
                continue
            prepared = before.get(name)
            if prepared is not None and is_ending(prepared.state) and not is_ending(transaction.state):
                for partition in prepared.phase.partitions:
                    is_commit = isinstance(prepared.phase, PrepareCommit)
                    wanted[partition, prepared.producer_id, prepared.producer_epoch, is_commit] += 1
            before[name] = transaction
        for (partition, producer_id, epoch, is_commit), count in wanted.items():
            written = [
                marker
                for marker in self.harness.markers.logs.get(partition, [])
                if (marker.producer_id, marker.producer_epoch, marker.commit) == (producer_id, epoch, is_commit)
            ]
            assert len(written) >= count

    @invariant()
    def what_lives_is_what_the_log_says(self) -> None:
        if not hasattr(self, "harness"):
            return
        told = latest(self.harness)
        for name in ("a", "b"):
            try:
                description = self.harness.describe(name)
            except ApiError as error:
                assert error.code is ErrorCode.TRANSACTIONAL_ID_NOT_FOUND  # noqa: PT017 - one of two answers
                assert name not in told
            else:
                transaction = told[name]
                assert description == (
                    transaction.producer_id,
                    transaction.producer_epoch,
                    transaction.state.title,
                    transaction.timeout_ms,
                    transaction.phase.start_ms,
                    sorted(transaction.phase.partitions),
                )

    def teardown(self) -> None:
        """Once nothing fails any more, everything comes to its end in time."""
        if not hasattr(self, "harness"):
            return
        harness = self.harness
        harness.store.refused = harness.store.lost = frozenset()
        harness.markers.failing.clear()
        harness.markers.broken = False
        harness.producer_ids.none_left = False
        harness.clock.advance(61_000 + 10_000)
        for transaction in latest(harness).values():
            assert transaction.state is not TransactionState.ONGOING
            assert not is_ending(transaction.state)
        self.what_lives_is_what_the_log_says()


TestTransactionMachine = TransactionMachine.TestCase
TestTransactionMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
