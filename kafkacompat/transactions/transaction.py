"""What is known of one transactional id: values, and how each step makes the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from kafkacompat.transactions.states import Cause, TransactionState, next_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.transactions.ports import TopicPartition

NO_PRODUCER_ID: Final = -1
NO_PRODUCER_EPOCH: Final = -1
NO_TIMESTAMP: Final = -1
LAST_PRODUCER_EPOCH: Final = (1 << 15) - 2
"""The last epoch that a producer is given; one more is kept to fence it by."""
FENCING_EPOCH: Final = LAST_PRODUCER_EPOCH + 1
NO_TIME_LIMIT_MS: Final = (1 << 31) - 1
"""The timeout of a transaction that an outside manager holds open (KIP-939)."""
EPOCH_BUMP_VERSION: Final = 2
"""`transaction.version` from which on every end of a transaction raises the epoch (KIP-890)."""

_NO_PARTITIONS: Final[frozenset[TopicPartition]] = frozenset()


@dataclass(frozen=True, slots=True)
class Empty:
    """No transaction since the producer was initialized."""

    state: ClassVar[TransactionState] = TransactionState.EMPTY
    partitions: ClassVar[frozenset[TopicPartition]] = _NO_PARTITIONS
    start_ms: ClassVar[int] = NO_TIMESTAMP


@dataclass(frozen=True, slots=True)
class Ongoing:
    """A transaction is open since `start_ms`, with these partitions so far."""

    state: ClassVar[TransactionState] = TransactionState.ONGOING
    partitions: frozenset[TopicPartition]
    start_ms: int


@dataclass(frozen=True, slots=True)
class PrepareCommit:
    """Commit markers are being written; afterwards the id goes on as `next_producer_id`, if there is one."""

    state: ClassVar[TransactionState] = TransactionState.PREPARE_COMMIT
    partitions: frozenset[TopicPartition]
    start_ms: int
    next_producer_id: int


@dataclass(frozen=True, slots=True)
class PrepareAbort:
    """Abort markers are being written; afterwards the id goes on as `next_producer_id`, if there is one."""

    state: ClassVar[TransactionState] = TransactionState.PREPARE_ABORT
    partitions: frozenset[TopicPartition]
    start_ms: int
    next_producer_id: int


@dataclass(frozen=True, slots=True)
class CompleteCommit:
    """The last transaction, begun at `start_ms`, was committed."""

    state: ClassVar[TransactionState] = TransactionState.COMPLETE_COMMIT
    partitions: ClassVar[frozenset[TopicPartition]] = _NO_PARTITIONS
    start_ms: int


@dataclass(frozen=True, slots=True)
class CompleteAbort:
    """The last transaction, begun at `start_ms`, was aborted."""

    state: ClassVar[TransactionState] = TransactionState.COMPLETE_ABORT
    partitions: ClassVar[frozenset[TopicPartition]] = _NO_PARTITIONS
    start_ms: int


Prepared = PrepareCommit | PrepareAbort
Phase = Empty | Ongoing | Prepared | CompleteCommit | CompleteAbort


_PHASES: Final[dict[TransactionState, Callable[[int, frozenset[TopicPartition], int], Phase]]] = {
    TransactionState.EMPTY: lambda *_: Empty(),
    TransactionState.ONGOING: lambda start_ms, partitions, _: Ongoing(partitions, start_ms),
    TransactionState.PREPARE_COMMIT: lambda start_ms, partitions, after: PrepareCommit(partitions, start_ms, after),
    TransactionState.PREPARE_ABORT: lambda start_ms, partitions, after: PrepareAbort(partitions, start_ms, after),
    TransactionState.COMPLETE_COMMIT: lambda start_ms, *_: CompleteCommit(start_ms),
    TransactionState.COMPLETE_ABORT: lambda start_ms, *_: CompleteAbort(start_ms),
}


def make_phase(
    state: TransactionState, start_ms: int, partitions: frozenset[TopicPartition], next_producer_id: int
) -> Phase | None:
    """Return the phase of a state, with what belongs to it; None for the two states that are never kept."""
    make = _PHASES.get(state)
    return None if make is None else make(start_ms, partitions, next_producer_id)


class Transaction(NamedTuple):
    """A transactional id: who may write, since when it is as it is, and the phase of its transaction.

    `previous_producer_id` is the producer id before the last step.  `last_producer_epoch` is the epoch before the
    current one, by which a producer that has not seen an answer may ask again; Kafka does not write it, so that it is
    -1 after a replay.  `client_version` is the transaction.version that the last step's client went by: 2 or 0.
    """

    producer_id: int
    producer_epoch: int
    previous_producer_id: int
    last_producer_epoch: int
    timeout_ms: int
    update_ms: int
    client_version: int
    phase: Phase

    @property
    def state(self) -> TransactionState:
        """The state of the phase."""
        return self.phase.state

    @property
    def is_epoch_exhausted(self) -> bool:
        """Whether the producer can be given no higher epoch."""
        return self.producer_epoch >= LAST_PRODUCER_EPOCH

    @property
    def deadline_ms(self) -> int | None:
        """When an open transaction is to be aborted; None if nothing is open, or it is held open from outside."""
        if not isinstance(self.phase, Ongoing) or self.timeout_ms == NO_TIME_LIMIT_MS:
            return None
        return self.phase.start_ms + self.timeout_ms


def supports_epoch_bump(version: int) -> bool:
    """Tell whether under this transaction.version every end of a transaction raises the epoch."""
    return version >= EPOCH_BUMP_VERSION


def next_producer_id(transaction: Transaction, spare_producer_id: int | None) -> int | None:
    """Return the producer id to go on as once the epoch has been raised: -1 for the same, None if one is needed."""
    return spare_producer_id if transaction.is_epoch_exhausted else NO_PRODUCER_ID


def add(
    transaction: Transaction, partitions: frozenset[TopicPartition], now_ms: int, client_version: int
) -> Transaction:
    """Return the transaction with more partitions, begun now if none was open."""
    state = next_state(transaction.state, Cause.ADD)
    is_open = isinstance(transaction.phase, Ongoing)
    start_ms = transaction.phase.start_ms if is_open else now_ms
    return _step(
        transaction, state, now_ms, partitions=transaction.phase.partitions | partitions, start_ms=start_ms
    )._replace(client_version=client_version)


def prepare(transaction: Transaction, cause: Cause, now_ms: int, next_producer_id: int) -> Transaction:
    """Return the transaction as it is about to end, under a higher epoch (KIP-890).

    Its markers are written under that epoch.  `next_producer_id` is -1 unless the epoch is exhausted.
    """
    start_ms = now_ms if cause is Cause.ABORT_NOTHING else transaction.phase.start_ms
    epoch = min(transaction.producer_epoch + 1, FENCING_EPOCH)
    return _step(
        transaction,
        next_state(transaction.state, cause),
        now_ms,
        partitions=transaction.phase.partitions,
        start_ms=start_ms,
        next_producer_id=next_producer_id,
    )._replace(
        producer_epoch=epoch,
        last_producer_epoch=transaction.producer_epoch,
        client_version=EPOCH_BUMP_VERSION,
    )


def prepare_same_epoch(transaction: Transaction, cause: Cause, now_ms: int) -> Transaction:
    """Return the transaction as it is about to end, for a client that keeps its epoch (KIP-98)."""
    return _step(
        transaction,
        next_state(transaction.state, cause),
        now_ms,
        partitions=transaction.phase.partitions,
        start_ms=transaction.phase.start_ms,
    )._replace(client_version=0)


def fence(transaction: Transaction, server_version: int, now_ms: int, next_producer_id: int) -> Transaction:
    """Return an open transaction as it is about to be aborted by the server, under an epoch that nobody has."""
    assert next_state(transaction.state, Cause.FENCE) is TransactionState.PREPARE_EPOCH_FENCE
    state = next_state(TransactionState.PREPARE_EPOCH_FENCE, Cause.ABORT_FENCED)
    bumped = supports_epoch_bump(server_version)
    return _step(
        transaction,
        state,
        now_ms,
        partitions=transaction.phase.partitions,
        start_ms=transaction.phase.start_ms,
        next_producer_id=next_producer_id if bumped else NO_PRODUCER_ID,
    )._replace(
        producer_epoch=min(transaction.producer_epoch + 1, FENCING_EPOCH),
        last_producer_epoch=transaction.producer_epoch if bumped else NO_PRODUCER_EPOCH,
        client_version=EPOCH_BUMP_VERSION if bumped else 0,
    )


def complete(transaction: Transaction, now_ms: int) -> Transaction:
    """Return the transaction when all of its markers are written."""
    phase = transaction.phase
    assert isinstance(phase, PrepareCommit | PrepareAbort)
    state = next_state(phase.state, Cause.MARKERS_WRITTEN)
    completed = _step(transaction, state, now_ms, start_ms=phase.start_ms)
    producer_id, producer_epoch = producer_after(transaction)
    return completed._replace(producer_id=producer_id, producer_epoch=producer_epoch)


def producer_after(transaction: Transaction) -> tuple[int, int]:
    """Return the producer id and epoch of a transaction that is ending, for when it has ended."""
    phase = transaction.phase
    if (
        isinstance(phase, PrepareCommit | PrepareAbort)
        and phase.next_producer_id != NO_PRODUCER_ID
        and supports_epoch_bump(transaction.client_version)
    ):
        return phase.next_producer_id, 0
    return transaction.producer_id, transaction.producer_epoch


def initialize(
    transaction: Transaction,
    producer_id: int,
    producer_epoch: int,
    last_producer_epoch: int,
    timeout_ms: int,
    now_ms: int,
) -> Transaction:
    """Return the id with a producer that is about to begin."""
    state = next_state(transaction.state, Cause.INITIALIZE)
    return _step(transaction, state, now_ms)._replace(
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        last_producer_epoch=last_producer_epoch,
        timeout_ms=timeout_ms,
    )


def _step(
    transaction: Transaction,
    state: TransactionState,
    now_ms: int,
    *,
    partitions: frozenset[TopicPartition] = _NO_PARTITIONS,
    start_ms: int = NO_TIMESTAMP,
    next_producer_id: int = NO_PRODUCER_ID,
) -> Transaction:
    phase = make_phase(state, start_ms, partitions, next_producer_id)
    assert phase is not None, f"{state.title} is never kept"
    return transaction._replace(previous_producer_id=transaction.producer_id, update_ms=now_ms, phase=phase)
