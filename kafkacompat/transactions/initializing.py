"""A producer begins, or begins anew: InitProducerId with a transactional id (KIP-98, KIP-360, KIP-890)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.transactions.states import TransactionState, is_ending
from kafkacompat.transactions.transaction import (
    LAST_PRODUCER_EPOCH,
    NO_PRODUCER_EPOCH,
    NO_PRODUCER_ID,
    Empty,
    Transaction,
    fence,
    initialize,
    next_producer_id,
    supports_epoch_bump,
)
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.primitives import MAX_STRING_SIZE

if TYPE_CHECKING:
    from kafkacompat.transactions.config import TransactionConfig
    from kafkacompat.transactions.state import TransactionsState


class Need(Enum):
    """What a decision lacks; it is asked for again with it."""

    PRODUCER_ID = "a producer id that nobody was ever given"


class Initialized(NamedTuple):
    """What a producer may write under from now on."""

    producer_id: int
    producer_epoch: int


class Initializing(NamedTuple):
    """A producer (re)starts; -1 for an id or epoch that it does not give, both or none (the api layer's to see to)."""

    transactional_id: str
    timeout_ms: int
    producer_id: int = NO_PRODUCER_ID
    producer_epoch: int = NO_PRODUCER_EPOCH

    def check(self, config: TransactionConfig) -> None:
        """Refuse what is refused whatever the id is."""
        if not self.transactional_id:
            raise ApiError(ErrorCode.INVALID_REQUEST)
        if not 0 < self.timeout_ms <= config.max_timeout_ms:
            raise ApiError(ErrorCode.INVALID_TRANSACTION_TIMEOUT)
        if len(self.transactional_id.encode()) > MAX_STRING_SIZE:
            raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)  # it could not be recorded

    def decide(self, state: TransactionsState, spare_producer_id: int | None) -> Decision[Initialized | Need]:
        """Give the producer an epoch, or a new id; what another producer has open is aborted first."""
        transaction = state.transactions.get(self.transactional_id)
        if transaction is None:
            return self._decide_new(state, spare_producer_id)
        if is_ending(transaction.state):
            raise ApiError(ErrorCode.CONCURRENT_TRANSACTIONS)
        if not self._may_be(transaction):
            raise ApiError(ErrorCode.PRODUCER_FENCED)
        if transaction.state is TransactionState.ONGOING:
            return self._decide_fence(state, transaction, spare_producer_id)
        return self._decide_again(state, transaction, spare_producer_id)

    @property
    def _is_known(self) -> bool:
        """Whether the producer says who it was."""
        return self.producer_id != NO_PRODUCER_ID

    def _may_be(self, transaction: Transaction) -> bool:
        """Tell whether it may be who it says: the current one, or one that has not heard of its new producer id."""
        return (
            not self._is_known
            or self.producer_id == transaction.producer_id
            or (self.producer_id == transaction.previous_producer_id and self.producer_epoch >= LAST_PRODUCER_EPOCH)
        )

    def _decide_new(self, state: TransactionsState, spare_producer_id: int | None) -> Decision[Initialized | Need]:
        if len(state.transactions) >= state.around.config.max_ids:
            raise ApiError(ErrorCode.COORDINATOR_NOT_AVAILABLE, "There are too many transactional ids.")
        if spare_producer_id is None:
            return Decision(Need.PRODUCER_ID)
        transaction = Transaction(
            producer_id=spare_producer_id,
            producer_epoch=0,
            previous_producer_id=spare_producer_id,
            last_producer_epoch=NO_PRODUCER_EPOCH,
            timeout_ms=self.timeout_ms,
            update_ms=state.now_ms(),
            client_version=0,
            phase=Empty(),
        )
        return state.decide(self.transactional_id, transaction, Initialized(spare_producer_id, 0))

    def _decide_fence(
        self, state: TransactionsState, transaction: Transaction, spare_producer_id: int | None
    ) -> Decision[Initialized | Need]:
        """Abort what is open, under an epoch that is given to nobody: who asks again gets the one after it."""
        version = state.around.transaction_version()
        producer_id = (
            next_producer_id(transaction, spare_producer_id) if supports_epoch_bump(version) else NO_PRODUCER_ID
        )
        if producer_id is None:
            return Decision(Need.PRODUCER_ID)
        fenced = fence(transaction, version, state.now_ms(), producer_id)
        return state.decide_to_end(self.transactional_id, fenced, ApiError(ErrorCode.CONCURRENT_TRANSACTIONS))

    def _decide_again(
        self, state: TransactionsState, transaction: Transaction, spare_producer_id: int | None
    ) -> Decision[Initialized | Need]:
        current = transaction.producer_epoch
        producer_id = transaction.producer_id
        if transaction.is_epoch_exhausted and (not self._is_known or self.producer_epoch == current):
            if spare_producer_id is None:
                return Decision(Need.PRODUCER_ID)
            producer_id, epoch = spare_producer_id, 0
            last = current if self._is_known else NO_PRODUCER_EPOCH
        elif transaction.is_epoch_exhausted:
            raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)  # neither current nor a retry: as Kafka answers it
        elif not self._is_known:
            epoch, last = current + 1, NO_PRODUCER_EPOCH
        elif self.producer_epoch == current:
            epoch, last = current + 1, current
        elif self.producer_epoch == transaction.last_producer_epoch:  # it has not seen the answer
            epoch, last = current, self.producer_epoch
        else:
            raise ApiError(ErrorCode.PRODUCER_FENCED)
        initialized = initialize(transaction, producer_id, epoch, last, self.timeout_ms, state.now_ms())
        return state.decide(self.transactional_id, initialized, Initialized(producer_id, epoch))
