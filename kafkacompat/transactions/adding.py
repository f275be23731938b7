"""Partitions become part of a transaction, or are asked about: AddPartitionsToTxn, AddOffsetsToTxn (KIP-98, KIP-890).

Under the newer protocol nobody sends these: whoever writes for a producer asks in its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.transactions.states import is_ending
from kafkacompat.transactions.timeout import schedule_timeout
from kafkacompat.transactions.transaction import EPOCH_BUMP_VERSION, Ongoing, add, supports_epoch_bump
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from kafkacompat.transactions.ports import TopicPartition
    from kafkacompat.transactions.state import TransactionsState
    from kafkacompat.transactions.transaction import Transaction

_DONE: Final[Decision[None]] = Decision(None)


class Adding(NamedTuple):
    """A producer adds partitions to its transaction, which begins by it if need be."""

    transactional_id: str
    producer_id: int
    producer_epoch: int
    partitions: Collection[TopicPartition]
    client_version: int

    def decide(self, state: TransactionsState) -> Decision[None]:
        """Add them."""
        transaction = state.transactions.get(self.transactional_id)
        if transaction is None:
            raise ApiError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        if is_ending(transaction.state):
            raise ApiError(ErrorCode.CONCURRENT_TRANSACTIONS)
        check_producer(transaction, self.producer_id, self.producer_epoch)
        added = frozenset(self.partitions)
        is_open = isinstance(transaction.phase, Ongoing)
        if is_open and added <= transaction.phase.partitions:
            return _DONE
        client_version = EPOCH_BUMP_VERSION if supports_epoch_bump(self.client_version) else 0
        changed = add(transaction, added, state.now_ms(), client_version)
        if len(changed.phase.partitions) > state.around.config.max_partitions:
            raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR, "The transaction has too many partitions.")
        if not is_open:
            schedule_timeout(state, self.transactional_id, changed)
        return state.decide(self.transactional_id, changed, None)


class Verifying(NamedTuple):
    """Someone is about to write for a producer, and asks whether its transaction has these partitions."""

    transactional_id: str
    producer_id: int
    producer_epoch: int
    partitions: Collection[TopicPartition]

    def decide(self, state: TransactionsState) -> Decision[dict[TopicPartition, ErrorCode]]:
        """Answer for each; changes nothing."""
        return Decision(self.codes(state))

    def codes(self, state: TransactionsState) -> dict[TopicPartition, ErrorCode]:
        """Return the answer for each."""
        transaction = state.transactions.get(self.transactional_id)
        if transaction is None:
            raise ApiError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        check_producer(transaction, self.producer_id, self.producer_epoch)
        if is_ending(transaction.state):
            raise ApiError(ErrorCode.CONCURRENT_TRANSACTIONS)
        known = transaction.phase.partitions
        return {
            partition: ErrorCode.NONE if partition in known else ErrorCode.TRANSACTION_ABORTABLE
            for partition in self.partitions
        }


def check_producer(transaction: Transaction, producer_id: int, producer_epoch: int) -> None:
    """Refuse another producer than the current one of the transactional id."""
    if transaction.producer_id != producer_id:
        raise ApiError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    if transaction.producer_epoch != producer_epoch:
        raise ApiError(ErrorCode.PRODUCER_FENCED)
