"""Producer state: what makes a producer's batches arrive once and in order (KIP-98, KIP-360, KIP-679).

Behaviour of Kafka 4.4, for each partition: the last five batches of every producer id are remembered.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.store import ActiveProducer, Refused
from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.clock.ports import Clock
    from kafkacompat.storage.memory import Memory
    from kafkacompat.wire.records.batch import BatchHeader

REMEMBERED_BATCHES: Final = 5
MAX_SEQUENCE: Final = (1 << 31) - 1
"""After this sequence comes 0."""
MAX_PRODUCERS: Final = 100_000
"""How many producers one log remembers; beyond it the longest idle are forgotten."""
PRODUCER_BYTES: Final = 700
"""What one producer with five batches takes, about; counted in the engine's memory."""
_FIRST_SWEEP: Final = 1_000

OLD_EPOCH: Final = Refused(ErrorCode.INVALID_PRODUCER_EPOCH)
OUT_OF_ORDER: Final = Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)


class SeenBatch(NamedTuple):
    """One batch that a producer has appended."""

    first_sequence: int
    last_sequence: int
    base_offset: int
    max_timestamp_ms: int


class ProducerState:
    """What is known of one producer in one log."""

    __slots__ = ("batches", "epoch", "last_append_ms", "next_sequence")

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.batches: list[SeenBatch] = []
        self.next_sequence = 0
        self.last_append_ms = 0


def last_sequence(first_sequence: int, last_offset_delta: int) -> int:
    """Return the sequence of a batch's last record; sequences wrap inside batches too."""
    sequence = first_sequence + last_offset_delta
    return sequence if sequence <= MAX_SEQUENCE else sequence - MAX_SEQUENCE - 1


class ProducerTable:
    """The producers of one log.

    `check` decides, and `record` follows once the batch is in the log.  A producer that has appended nothing for the
    expiration time is forgotten: when it comes back, or when the table has doubled.
    """

    __slots__ = ("_clock", "_expiration_ms", "_memory", "_states", "_sweep_size")

    def __init__(self, clock: Clock, expiration_ms: int, memory: Memory) -> None:
        self._clock = clock
        self._expiration_ms = expiration_ms
        self._memory = memory
        self._states: dict[int, ProducerState] = {}
        self._sweep_size = _FIRST_SWEEP

    def __len__(self) -> int:
        return len(self._states)

    def check(self, header: BatchHeader) -> SeenBatch | Refused | None:
        """Say what a batch is: None to append, one seen before, or refused.

        A producer without state may start at any sequence; one with a new epoch starts at 0.
        """
        state = self._states.get(header.producer_id)
        if state is None:
            return None
        if self._clock.now_ms() - state.last_append_ms >= self._expiration_ms:
            self._forget(header.producer_id)
            return None
        sequence, epoch = header.base_sequence, header.producer_epoch
        if epoch == state.epoch:
            # The next in sequence is the common case, and no duplicate: five batches do not span all sequences.
            return None if sequence == state.next_sequence else _duplicate(state, header) or OUT_OF_ORDER
        if epoch < state.epoch:
            return OLD_EPOCH
        return None if sequence == 0 else OUT_OF_ORDER

    def record(self, header: BatchHeader, base_offset: int) -> None:
        """Remember a batch that `check` let through and that is now at `base_offset`."""
        state = self._states.get(header.producer_id)
        if state is None:
            state = self._remember(header)
        elif state.epoch != header.producer_epoch:
            state.epoch = header.producer_epoch
            state.batches.clear()
        first = header.base_sequence
        last = last_sequence(first, header.last_offset_delta)
        batches = state.batches
        if len(batches) == REMEMBERED_BATCHES:
            del batches[0]
        batches.append(SeenBatch(first, last, base_offset, header.max_timestamp_ms))
        state.next_sequence = 0 if last == MAX_SEQUENCE else last + 1
        state.last_append_ms = self._clock.now_ms()

    def last_batches(self) -> Iterator[tuple[int, int, SeenBatch]]:
        """Return every producer's id, epoch and last batch, as a snapshot keeps them."""
        for producer_id, state in self._states.items():
            if state.batches:
                yield producer_id, state.epoch, state.batches[-1]

    def active(self) -> list[ActiveProducer]:
        """Return whoever has not expired, by id."""
        expired_ms = self._clock.now_ms() - self._expiration_ms
        return [
            ActiveProducer(
                producer_id, state.epoch, state.batches[-1].last_sequence, state.batches[-1].max_timestamp_ms
            )
            for producer_id, state in sorted(self._states.items())
            if state.batches and state.last_append_ms > expired_ms
        ]

    def restore(self, producer_id: int, epoch: int, batch: SeenBatch) -> None:
        """Take a producer and its last batch over from a snapshot; it has been idle since now."""
        state = self._states.get(producer_id)
        if state is None:
            state = self._states[producer_id] = ProducerState(epoch)
            self._memory.used_bytes += PRODUCER_BYTES
        state.epoch = epoch
        state.batches = [batch]
        state.next_sequence = 0 if batch.last_sequence == MAX_SEQUENCE else batch.last_sequence + 1
        state.last_append_ms = self._clock.now_ms()

    def release(self) -> None:
        """Forget all."""
        self._memory.used_bytes -= PRODUCER_BYTES * len(self._states)
        self._states.clear()

    def _remember(self, header: BatchHeader) -> ProducerState:
        if len(self._states) >= self._sweep_size:
            self._sweep()
        state = self._states[header.producer_id] = ProducerState(header.producer_epoch)
        self._memory.used_bytes += PRODUCER_BYTES
        return state

    def _forget(self, producer_id: int) -> None:
        del self._states[producer_id]
        self._memory.used_bytes -= PRODUCER_BYTES

    def _sweep(self) -> None:
        """Forget who has expired, then, if the table is still full, the eighth part that has been idle longest."""
        idle_since = sorted(((state.last_append_ms, key) for key, state in self._states.items()), key=itemgetter(0))
        expired_ms = self._clock.now_ms() - self._expiration_ms
        least = MAX_PRODUCERS // 8 if len(idle_since) >= MAX_PRODUCERS else 0
        for index, (last_append_ms, producer_id) in enumerate(idle_since):
            if last_append_ms > expired_ms and index >= least:
                break
            self._forget(producer_id)
        self._sweep_size = min(max(2 * len(self._states), _FIRST_SWEEP), MAX_PRODUCERS)


def _duplicate(state: ProducerState, header: BatchHeader) -> SeenBatch | None:
    """Return the remembered batch that has the same first and last sequence (the epoch is the same already)."""
    first = header.base_sequence
    last = last_sequence(first, header.last_offset_delta)
    for batch in state.batches:
        if batch.first_sequence == first and batch.last_sequence == last:
            return batch
    return None
