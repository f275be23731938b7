"""What a log asks of batches that belong to a transaction, and of markers (KIP-98, KIP-890).

Behaviour of Kafka 4.4: the first batch of a transaction needs proof that the coordinator has been asked about it since
the producer's last transaction here ended.  That proof, the guard, is where the log ended when the question was begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.producers import NOT_IN_TRANSACTION, OLD_EPOCH, OUT_OF_ORDER, check_order, find_duplicate
from kafkacompat.storage.store import Refused
from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from kafkacompat.storage.producers import ProducerState, ProducerTable, SeenBatch
    from kafkacompat.storage.store import Append, Marker
    from kafkacompat.wire.records.batch import BatchHeader

MAX_ASKED: Final = 10_000
"""How many producers may be between question and batch with their first sequence remembered; then the oldest is not."""
STRICT_TRANSACTION_VERSION: Final = 2
"""The transaction version from which on every transaction's end has an epoch of its own."""
LAST_EPOCH: Final = (1 << 15) - 1
"""After it there is none to end a transaction with."""

FENCED_COORDINATOR: Final = Refused(ErrorCode.TRANSACTION_COORDINATOR_FENCED)


class Asked(NamedTuple):
    """A producer whose transaction is about to begin: the smallest sequence that it has come with in this epoch."""

    producer_epoch: int
    lowest_sequence: int


class Verification:
    """Who has asked for a guard and not appended yet.

    A batch that comes with a larger sequence than one that was asked about has overtaken it: the coordinator's answer
    about that one was to try again.  Kafka asks this of all batches, whether they belong to a transaction or not.
    """

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked: dict[int, Asked] = {}

    def ask(
        self, producers: ProducerTable, producer_id: int, producer_epoch: int, base_sequence: int, end_offset: int
    ) -> int | None:
        """Return a guard, or None where none is needed: see `PartitionLog.transaction_guard`."""
        state = producers.find(producer_id)
        if state is not None and (producer_epoch < state.epoch or _is_open(state, producer_epoch)):
            return None
        if base_sequence >= 0:
            self._note(producer_id, producer_epoch, base_sequence)
        return end_offset

    def check(self, producers: ProducerTable, append: Append) -> SeenBatch | Refused | None:
        """Say what a batch of records is that belongs to a transaction, as `ProducerTable.check` does."""
        header = append.header
        state = producers.find(header.producer_id)
        if state is not None:
            seen = find_duplicate(state, header)
            if seen is not None:
                return seen
        if state is None or not _is_open(state, header.producer_epoch):
            if state is not None and header.producer_epoch < state.epoch:
                return OLD_EPOCH
            ended = producers.forgotten_marker_offset if state is None else state.marker_offset
            if append.guard is None or append.guard <= ended:
                return NOT_IN_TRANSACTION
        return self._check_sequence(state, append)

    def is_overtaken(self, header: BatchHeader) -> bool:
        """Tell whether a producer has asked with a smaller sequence, whose batch is not here: it has to come first."""
        asked = self._asked.get(header.producer_id)
        return asked is not None and header.base_sequence > asked.lowest_sequence

    def done(self, producer_id: int) -> None:
        """Forget a producer whose batch or marker is in the log now."""
        self._asked.pop(producer_id, None)

    def _note(self, producer_id: int, epoch: int, sequence: int) -> None:
        asked = self._asked.get(producer_id)
        if asked is None:
            if len(self._asked) >= MAX_ASKED:
                del self._asked[next(iter(self._asked))]
        elif epoch < asked.producer_epoch or (epoch == asked.producer_epoch and sequence >= asked.lowest_sequence):
            return
        self._asked[producer_id] = Asked(epoch, sequence)

    def _check_sequence(self, state: ProducerState | None, append: Append) -> SeenBatch | Refused | None:
        header = append.header
        sequence = header.base_sequence
        if sequence >= 0:
            if append.from_zero and sequence and (state is None or not state.batches):
                return OUT_OF_ORDER
            if self.is_overtaken(header):
                return OUT_OF_ORDER
        return None if state is None else check_order(state, header)


def check_marker(producers: ProducerTable, header: BatchHeader, marker: Marker) -> Refused | None:
    """Say whether a marker may be appended: None, or why not.

    Its epoch must be above that of the transaction from transaction version 2 on, before that not below; one that comes
    a second time is welcome.
    """
    state = producers.find(header.producer_id)
    if state is None:  # as one of epoch -1, whose coordinator has that too
        if header.producer_epoch < -1:
            return OLD_EPOCH
        return FENCED_COORDINATOR if marker.coordinator_epoch < -1 else None
    epoch, strict = header.producer_epoch, marker.transaction_version >= STRICT_TRANSACTION_VERSION
    if epoch < state.epoch:
        return OLD_EPOCH
    if strict and epoch == state.epoch and state.transaction_start >= 0 and epoch != LAST_EPOCH:
        return OLD_EPOCH
    return FENCED_COORDINATOR if marker.coordinator_epoch < state.coordinator_epoch else None


def _is_open(state: ProducerState, producer_epoch: int) -> bool:
    return state.transaction_start >= 0 and state.epoch == producer_epoch
