"""A producer commits or aborts: EndTxn, in both generations of the protocol (KIP-98, KIP-890)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.transactions.adding import check_producer
from kafkacompat.transactions.initializing import Need
from kafkacompat.transactions.states import Cause, TransactionState, can_go, is_ending
from kafkacompat.transactions.transaction import (
    FENCING_EPOCH,
    LAST_PRODUCER_EPOCH,
    NO_PRODUCER_EPOCH,
    NO_PRODUCER_ID,
    next_producer_id,
    prepare,
    prepare_same_epoch,
    producer_after,
    supports_epoch_bump,
)
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from kafkacompat.transactions.state import TransactionsState
    from kafkacompat.transactions.transaction import Transaction


class Ended(NamedTuple):
    """What a producer may write its next transaction under; -1 and -1 for a client that keeps its epoch."""

    producer_id: int
    producer_epoch: int


_SAME_EPOCH = Ended(NO_PRODUCER_ID, NO_PRODUCER_EPOCH)


class Ending(NamedTuple):
    """A producer ends its transaction; `client_version` is 2 if it expects its epoch to rise (EndTxn 5 and later)."""

    transactional_id: str
    producer_id: int
    producer_epoch: int
    commit: bool
    client_version: int

    def decide(self, state: TransactionsState, spare_producer_id: int | None) -> Decision[Ended | Need]:
        """Decide on the end; the markers are written afterwards."""
        transaction = state.transactions.get(self.transactional_id)
        if transaction is None:
            raise ApiError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        if supports_epoch_bump(self.client_version):
            return self._decide_bump(state, transaction, spare_producer_id)
        return self._decide_same_epoch(state, transaction)

    @property
    def _cause(self) -> Cause:
        return Cause.COMMIT if self.commit else Cause.ABORT

    def _has_ended_so(self, transaction: Transaction) -> bool:
        """Tell whether the last transaction ended as this asks for."""
        ended = TransactionState.COMPLETE_COMMIT if self.commit else TransactionState.COMPLETE_ABORT
        return transaction.state is ended

    def _decide_same_epoch(self, state: TransactionsState, transaction: Transaction) -> Decision[Ended | Need]:
        check_producer(transaction, self.producer_id, self.producer_epoch)
        if is_ending(transaction.state):
            raise ApiError(ErrorCode.CONCURRENT_TRANSACTIONS)
        if self._has_ended_so(transaction):
            return Decision(_SAME_EPOCH)  # asked again, or nothing was written since
        if not can_go(transaction.state, self._cause):
            raise ApiError(ErrorCode.INVALID_TXN_STATE)
        prepared = prepare_same_epoch(transaction, self._cause, state.now_ms())
        return state.decide_to_end(self.transactional_id, prepared, _SAME_EPOCH)

    def _decide_bump(
        self, state: TransactionsState, transaction: Transaction, spare_producer_id: int | None
    ) -> Decision[Ended | Need]:
        if is_ending(transaction.state):
            raise ApiError(ErrorCode.CONCURRENT_TRANSACTIONS)
        is_retry = self._check_epoch(transaction)
        if is_retry:
            if not self._has_ended_so(transaction):
                raise ApiError(ErrorCode.INVALID_TXN_STATE)
            return Decision(Ended(transaction.producer_id, transaction.producer_epoch))
        cause = self._cause
        if cause is Cause.ABORT and not can_go(transaction.state, cause):
            cause = Cause.ABORT_NOTHING
        if not can_go(transaction.state, cause):
            raise ApiError(ErrorCode.INVALID_TXN_STATE)
        if self.commit and transaction.producer_epoch >= FENCING_EPOCH:
            raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)  # no epoch is left to commit under: as Kafka answers it
        producer_id = next_producer_id(transaction, spare_producer_id)
        if producer_id is None:
            return Decision(Need.PRODUCER_ID)
        prepared = prepare(transaction, cause, state.now_ms(), producer_id)
        return state.decide_to_end(self.transactional_id, prepared, Ended(*producer_after(prepared)))

    def _check_epoch(self, transaction: Transaction) -> bool:
        """Refuse another producer, and tell whether this one has not seen the answer when its transaction ended.

        Its epoch was raised then, or it has gone on to a new producer id.
        """
        is_overflow = (
            transaction.previous_producer_id == self.producer_id
            and self.producer_epoch == LAST_PRODUCER_EPOCH
            and transaction.producer_epoch == 0
        )
        if transaction.producer_id != self.producer_id and not is_overflow:
            raise ApiError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        has_ended = transaction.state in (TransactionState.COMPLETE_COMMIT, TransactionState.COMPLETE_ABORT)
        if has_ended and (is_overflow or transaction.producer_epoch == self.producer_epoch + 1):
            return True
        if transaction.producer_epoch != self.producer_epoch:
            raise ApiError(ErrorCode.PRODUCER_FENCED)
        return False
