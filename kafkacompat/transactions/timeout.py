"""A transaction that stays open for too long is aborted, under an epoch that its producer does not have."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from kafkacompat.coordination.decision import Decision
from kafkacompat.transactions.transaction import NO_PRODUCER_ID, fence, next_producer_id, supports_epoch_bump

if TYPE_CHECKING:
    from kafkacompat.transactions.state import TransactionsState
    from kafkacompat.transactions.transaction import Transaction

RETRY_MS: Final = 1_000
"""How long what could not be aborted in time waits for the next attempt."""


def schedule_timeout(state: TransactionsState, transactional_id: str, transaction: Transaction) -> None:
    """Set the deadline of an open transaction, if it has one.

    It is left alone when the transaction ends in time: the next one pushes it out, which is cheaper.
    """
    deadline_ms = transaction.deadline_ms
    if deadline_ms is not None:
        state.timers.schedule(transactional_id, deadline_ms, partial(time_out, transactional_id=transactional_id))


def reschedule_timeout(state: TransactionsState, transactional_id: str, transaction: Transaction) -> None:
    """Set the deadline anew after a replay; one that is past, perhaps in vain, is not tried again at once."""
    deadline_ms = transaction.deadline_ms
    if deadline_ms is not None:
        when_ms = deadline_ms if deadline_ms > state.now_ms() else state.now_ms() + RETRY_MS
        state.timers.schedule(transactional_id, when_ms, partial(time_out, transactional_id=transactional_id))


def time_out(state: TransactionsState, transactional_id: str, spare_producer_id: int | None = None) -> Decision[None]:
    """Abort a transaction that is open, may be aborted, and is overdue."""
    transaction = state.transactions.get(transactional_id)
    if transaction is None or transaction.deadline_ms is None or transaction.deadline_ms > state.now_ms():
        return Decision(None)
    version = state.around.transaction_version()
    producer_id = next_producer_id(transaction, spare_producer_id) if supports_epoch_bump(version) else NO_PRODUCER_ID
    if producer_id is None:
        retry = partial(time_out, transactional_id=transactional_id)
        state.timers.schedule(transactional_id, state.now_ms() + RETRY_MS, retry)
        return Decision(None, after=(partial(state.around.fence, transactional_id),))
    return state.decide_to_end(transactional_id, fence(transaction, version, state.now_ms(), producer_id), None)
