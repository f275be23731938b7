"""Producer state: what makes a producer's batches arrive once and in order (KIP-98, KIP-360, KIP-679).

Behaviour of Kafka 4.4, for each partition: the last five batches of every producer id are remembered.  What a
transaction adds to that is in `transactional`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.store import ActiveProducer, Refused
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import TRANSACTIONAL_BIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.clock.ports import Clock
    from kafkacompat.storage.memory import Memory
    from kafkacompat.wire.records.batch import BatchHeader

REMEMBERED_BATCHES: Final = 5
MAX_SEQUENCE: Final = (1 << 31) - 1
"""After this sequence comes 0."""
MAX_PRODUCERS: Final = 100_000
"""How many producers one log remembers; beyond it the longest idle are forgotten, save those in a transaction."""
PRODUCER_BYTES: Final = 700
"""What one producer with five batches takes, about; counted in the engine's memory."""
NONE: Final = -1
"""No offset, sequence, epoch or timestamp."""
_FIRST_SWEEP: Final = 1_000

_make = tuple.__new__
"""Makes a named tuple in half the time that calling its class takes."""

OLD_EPOCH: Final = Refused(ErrorCode.INVALID_PRODUCER_EPOCH)
OUT_OF_ORDER: Final = Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
NOT_IN_TRANSACTION: Final = Refused(ErrorCode.INVALID_TXN_STATE)


class SeenBatch(NamedTuple):
    """One batch that a producer has appended; a coordinator's has no sequences (-1)."""

    first_sequence: int
    last_sequence: int
    base_offset: int
    max_timestamp_ms: int
    last_offset_delta: int


class ProducerState:
    """What is known of one producer in one log."""

    __slots__ = (
        "batches",
        "coordinator_epoch",
        "epoch",
        "last_append_ms",
        "last_timestamp_ms",
        "marker_offset",
        "next_sequence",
        "transaction_start",
    )

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.batches: list[SeenBatch] = []
        self.next_sequence = 0
        self.last_append_ms = 0
        self.last_timestamp_ms = NONE
        """That of the newest batch, be it records or a marker."""
        self.transaction_start = NONE
        """The first offset of the open transaction."""
        self.coordinator_epoch = NONE
        """Of whoever ended the last transaction."""
        self.marker_offset = NONE
        """Where the last marker is, as far as this process has seen."""

    def begin_epoch(self, epoch: int) -> None:
        """Forget what another epoch has sent."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.batches.clear()
            self.next_sequence = 0


class ProducerTable:
    """The producers of one log.

    `check` decides, and `record` follows once the batch is in the log.  A producer that has appended nothing for the
    expiration time, and has no transaction open, is forgotten: when it comes back, or when the table has doubled.
    """

    __slots__ = (
        "_clock",
        "_expiration_ms",
        "_memory",
        "_open",
        "_states",
        "_sweep_size",
        "first_open_offset",
        "forgotten_marker_offset",
    )

    def __init__(self, clock: Clock, expiration_ms: int, memory: Memory) -> None:
        self._clock = clock
        self._expiration_ms = expiration_ms
        self._memory = memory
        self._states: dict[int, ProducerState] = {}
        self._open: list[int] = []
        """Where the open transactions begin, in order."""
        self._sweep_size = _FIRST_SWEEP
        self.first_open_offset = NONE
        """Where the earliest open transaction begins."""
        self.forgotten_marker_offset = NONE
        """The last marker of any producer that has been forgotten."""

    def __len__(self) -> int:
        return len(self._states)

    def check(self, header: BatchHeader) -> SeenBatch | Refused | None:
        """Say what a batch that belongs to no transaction is: None to append, one seen before, or refused.

        A producer without state may start at any sequence; one with a new epoch starts at 0.
        """
        state = self._states.get(header.producer_id)
        if state is None:
            return None
        if self._clock.now_ms() - state.last_append_ms >= self._expiration_ms and self._is_forgotten(
            header.producer_id, state
        ):
            return None
        sequence = header.base_sequence
        # The next in sequence is the common case, and no duplicate: five batches do not span all sequences.
        if header.producer_epoch != state.epoch or sequence != state.next_sequence:
            seen = check_order(state, header)
            if seen is not None:
                return seen
        return None if state.transaction_start < 0 else NOT_IN_TRANSACTION

    def find(self, producer_id: int) -> ProducerState | None:
        """Return what is known of a producer that has not expired."""
        state = self._states.get(producer_id)
        return None if state is None or self._is_forgotten(producer_id, state) else state

    def record(self, header: BatchHeader, base_offset: int) -> None:
        """Remember a batch that was let through and that is now at `base_offset`; it may open a transaction."""
        # Taken apart at once: this is done for every batch.
        _, _, _, _, _, attributes, delta, _, max_timestamp_ms, producer_id, epoch, first, _ = header
        state = self._states.get(producer_id)
        if state is None:
            state = self._remember(producer_id, epoch)
        elif state.epoch != epoch:
            state.begin_epoch(epoch)
        last = first + delta if first >= 0 else NONE
        if last >= MAX_SEQUENCE:
            last = last_sequence(first, delta)
        batches = state.batches
        if len(batches) == REMEMBERED_BATCHES:
            del batches[0]
        batches.append(_make(SeenBatch, (first, last, base_offset, max_timestamp_ms, delta)))
        state.next_sequence = 0 if last == MAX_SEQUENCE else last + 1
        state.last_append_ms = self._clock.now_ms()
        state.last_timestamp_ms = max_timestamp_ms
        if attributes & TRANSACTIONAL_BIT and state.transaction_start < 0:
            self._open_at(state, base_offset)

    def end_transaction(self, header: BatchHeader, coordinator_epoch: int, offset: int) -> int:
        """Remember a marker that is now at `offset`, and return where the transaction began that it ends, -1 if none.

        Sequences go on where they were, save under a new epoch, which begins at 0.
        """
        state = self._states.get(header.producer_id)
        if state is None:
            state = self._remember(header.producer_id, header.producer_epoch)
        state.begin_epoch(header.producer_epoch)
        state.coordinator_epoch = coordinator_epoch
        state.marker_offset = offset
        state.last_append_ms = self._clock.now_ms()
        state.last_timestamp_ms = header.max_timestamp_ms
        start, state.transaction_start = state.transaction_start, NONE
        if start >= 0:
            del self._open[bisect_left(self._open, start)]
            self.first_open_offset = self._open[0] if self._open else NONE
        return start

    def first_open_without(self, producer_id: int) -> int:
        """Return where the earliest transaction begins that is open and not of this producer, -1 if there is none."""
        state = self._states.get(producer_id)
        if state is None or state.transaction_start != self.first_open_offset:
            return self.first_open_offset
        return self._open[1] if len(self._open) > 1 else NONE

    def states(self) -> Iterator[tuple[int, ProducerState]]:
        """Return every producer's id, and what a snapshot keeps of it."""
        return iter(self._states.items())

    def active(self) -> list[ActiveProducer]:
        """Return whoever has not expired, by id."""
        return [
            ActiveProducer(
                producer_id,
                state.epoch,
                state.batches[-1].last_sequence if state.batches else NONE,
                state.last_timestamp_ms,
                state.coordinator_epoch,
                state.transaction_start,
            )
            for producer_id, state in sorted(self._states.items(), key=itemgetter(0))
            if not self._is_expired(state)
        ]

    def restore(
        self,
        producer_id: int,
        epoch: int,
        batch: SeenBatch | None,
        timestamp_ms: int,
        coordinator_epoch: int = NONE,
        transaction_start: int = NONE,
    ) -> None:
        """Take a producer and its last batch over from a snapshot; it has been idle since now."""
        if producer_id in self._states:
            return  # a snapshot names everybody once
        state = self._states[producer_id] = ProducerState(epoch)
        self._memory.used_bytes += PRODUCER_BYTES
        if batch is not None:
            state.batches = [batch]
            state.next_sequence = 0 if batch.last_sequence == MAX_SEQUENCE else batch.last_sequence + 1
        state.last_append_ms = self._clock.now_ms()
        state.last_timestamp_ms = timestamp_ms
        state.coordinator_epoch = coordinator_epoch
        if transaction_start >= 0:
            self._open_at(state, transaction_start)

    def release(self) -> None:
        """Forget all."""
        self._memory.used_bytes -= PRODUCER_BYTES * len(self._states)
        self._states.clear()
        self._open.clear()
        self.first_open_offset = NONE

    def _open_at(self, state: ProducerState, offset: int) -> None:
        state.transaction_start = offset
        insort(self._open, offset)
        self.first_open_offset = self._open[0]

    def _is_expired(self, state: ProducerState) -> bool:
        return self._clock.now_ms() - state.last_append_ms >= self._expiration_ms and state.transaction_start < 0

    def _is_forgotten(self, producer_id: int, state: ProducerState) -> bool:
        """Tell whether a producer has expired, and forget it if so."""
        expired = self._is_expired(state)
        if expired:
            self._forget(producer_id)
        return expired

    def _remember(self, producer_id: int, epoch: int) -> ProducerState:
        if len(self._states) >= self._sweep_size:
            self._sweep()
        state = self._states[producer_id] = ProducerState(epoch)
        self._memory.used_bytes += PRODUCER_BYTES
        return state

    def _forget(self, producer_id: int) -> None:
        state = self._states.pop(producer_id)
        self.forgotten_marker_offset = max(self.forgotten_marker_offset, state.marker_offset)
        self._memory.used_bytes -= PRODUCER_BYTES

    def _sweep(self) -> None:
        """Forget who has expired, then, if the table is still full, the eighth part that has been idle longest."""
        idle_since = sorted(
            (
                (state.last_append_ms, producer_id)
                for producer_id, state in self._states.items()
                if state.transaction_start < 0
            ),
            key=itemgetter(0),
        )
        expired_ms = self._clock.now_ms() - self._expiration_ms
        least = MAX_PRODUCERS // 8 if len(self._states) >= MAX_PRODUCERS else 0
        for index, (last_append_ms, producer_id) in enumerate(idle_since):
            if last_append_ms > expired_ms and index >= least:
                break
            self._forget(producer_id)
        count = len(self._states)
        # Where most are in transactions, which may not be forgotten, the next look has to wait all the same.
        most = max(MAX_PRODUCERS, count + MAX_PRODUCERS // 8) if count > MAX_PRODUCERS * 7 // 8 else MAX_PRODUCERS
        self._sweep_size = min(max(2 * count, _FIRST_SWEEP), most)


def last_sequence(first_sequence: int, last_offset_delta: int) -> int:
    """Return the sequence of a batch's last record; sequences wrap inside batches too."""
    sequence = first_sequence + last_offset_delta
    return sequence if sequence <= MAX_SEQUENCE else sequence - MAX_SEQUENCE - 1


def check_order(state: ProducerState, header: BatchHeader) -> SeenBatch | Refused | None:
    """Say what a batch is to a producer that is known; None: the next one of its epoch, or the first of a new one.

    A coordinator's batches have no sequences, and only their epoch counts.
    """
    sequence, epoch = header.base_sequence, header.producer_epoch
    if epoch < state.epoch:
        return OLD_EPOCH
    if sequence < 0:
        return None
    if epoch == state.epoch:
        return None if sequence == state.next_sequence else find_duplicate(state, header) or OUT_OF_ORDER
    return None if sequence == 0 else OUT_OF_ORDER


def find_duplicate(state: ProducerState, header: BatchHeader) -> SeenBatch | None:
    """Return the remembered batch that has the same epoch, first and last sequence."""
    first = header.base_sequence
    if first < 0 or header.producer_epoch != state.epoch:
        return None
    last = last_sequence(first, header.last_offset_delta)
    for batch in state.batches:
        if batch.first_sequence == first and batch.last_sequence == last:
            return batch
    return None
