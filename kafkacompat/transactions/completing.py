"""A transaction whose end is decided is carried to its end: markers in all of its partitions, then that they are there.

Whatever comes in between, a transaction in a Prepare state is brought to the state after it: what could not be written
is tried again, and whoever loads a shard takes up what is open in it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from kafkacompat.coordination.decision import Decision
from kafkacompat.coordination.drive import Driver
from kafkacompat.storage.store import Marker
from kafkacompat.transactions.transaction import PrepareAbort, PrepareCommit, complete
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafkacompat.clock.ports import Deadline, Deadlines
    from kafkacompat.transactions.ports import Markers, TopicPartition
    from kafkacompat.transactions.state import TransactionsState
    from kafkacompat.transactions.transaction import Transaction

FIRST_RETRY_MS: Final = 100
LAST_RETRY_MS: Final = 10_000
ATTEMPTS_BEFORE_LAST_RETRY: Final = 6
"""After so many, waiting twice as long each time, the wait is the longest."""

_log = logging.getLogger(__name__)


class Shards(Protocol):
    """The shard of a transactional id, as the coordinator finds it; each method raises ApiError if there is none."""

    def coordinator_epoch(self, transactional_id: str) -> int:
        """Return the leader epoch under which the shard is served."""

    def state(self, transactional_id: str) -> TransactionsState:
        """Return the shard's state, to be read."""

    async def decide(self, transactional_id: str, decider: Callable[[TransactionsState], Decision[None]]) -> None:
        """Decide in the shard."""


class _Rest(NamedTuple):
    """The partitions of a transaction that have no marker yet."""

    transaction: Transaction
    partitions: Sequence[TopicPartition]


class Completions:
    """Carries transactions to their end, one attempt at a time for each transactional id.

    An attempt that hangs keeps the next one back: its markers might otherwise arrive in a later transaction.
    """

    __slots__ = ("_attempts", "_clock", "_driver", "_markers", "_rests", "_retries", "_running", "_shards", "_wanted")

    def __init__(self, clock: Deadlines, markers: Markers, shards: Shards) -> None:
        self._clock = clock
        self._markers = markers
        self._shards = shards
        self._driver = Driver()
        self._running: set[str] = set()
        self._wanted: set[str] = set()
        self._rests: dict[str, _Rest] = {}
        self._attempts: dict[str, int] = {}
        self._retries: dict[str, Deadline] = {}

    def start(self, transactional_id: str) -> None:
        """Write markers now, if that is what the id waits for."""
        retry = self._retries.pop(transactional_id, None)
        if retry is not None:
            retry.cancel()
        if transactional_id in self._running:
            self._wanted.add(transactional_id)
            return
        self._running.add(transactional_id)
        self._driver.start(self._attempt(transactional_id), lambda result: self._ended(transactional_id, result))

    def start_later(self, transactional_id: str) -> None:
        """Write markers after a while."""
        attempts = self._attempts[transactional_id] = self._attempts.get(transactional_id, 0) + 1
        delay_ms = LAST_RETRY_MS if attempts > ATTEMPTS_BEFORE_LAST_RETRY else FIRST_RETRY_MS << (attempts - 1)
        retry = self._retries.pop(transactional_id, None)
        if retry is not None:
            retry.cancel()
        when_ms = self._clock.now_ms() + delay_ms
        self._retries[transactional_id] = self._clock.call_at(when_ms, lambda: self.start(transactional_id))

    def stop(self) -> None:
        """Forget what is to be tried again; what is under way finds that its shard is gone."""
        for retry in self._retries.values():
            retry.cancel()
        self._retries.clear()
        self._rests.clear()
        self._attempts.clear()
        self._wanted.clear()

    async def _attempt(self, transactional_id: str) -> None:
        transaction = self._shards.state(transactional_id).transactions.get(transactional_id)
        if transaction is None or not isinstance(transaction.phase, PrepareCommit | PrepareAbort):
            return
        rest = self._rests.pop(transactional_id, None)
        partitions = (
            rest.partitions if rest and rest.transaction is transaction else sorted(transaction.phase.partitions)
        )
        marker = Marker(
            transaction.producer_id,
            transaction.producer_epoch,
            self._shards.coordinator_epoch(transactional_id),
            isinstance(transaction.phase, PrepareCommit),
            transaction.client_version,
        )
        left = await self._markers.write(marker, partitions) if partitions else ()
        if left:
            self._rests[transactional_id] = _Rest(transaction, left)
            self.start_later(transactional_id)
            return
        await self._shards.decide(
            transactional_id, lambda state: _decide_complete(state, transactional_id, transaction)
        )
        self._attempts.pop(transactional_id, None)

    def _ended(self, transactional_id: str, result: BaseException | None) -> None:
        self._running.discard(transactional_id)
        if transactional_id in self._wanted:
            self._wanted.discard(transactional_id)
            self.start(transactional_id)
        elif isinstance(result, ApiError) and result.code is ErrorCode.NOT_COORDINATOR:
            pass  # whoever coordinates it now goes on
        elif result is not None:
            _log.warning("The end of transaction %r is tried again after %r", transactional_id, result)
            self.start_later(transactional_id)


def _decide_complete(state: TransactionsState, transactional_id: str, transaction: Transaction) -> Decision[None]:
    """Note that all markers are there, unless the shard was read back meanwhile: that begins anew."""
    if state.transactions.get(transactional_id) is not transaction:
        return Decision(None)
    return state.decide(transactional_id, complete(transaction, state.now_ms()), None)
