"""Transactional ids that nobody uses any more are forgotten in time (KIP-98)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.coordination.decision import Decision
from kafkacompat.transactions.records import TransactionRecord
from kafkacompat.transactions.states import Cause, can_go

if TYPE_CHECKING:
    from kafkacompat.transactions.state import TransactionsState

SWEEP_TIMER = ("expiry",)
"""No transactional id: those are strings."""


def schedule_sweep(state: TransactionsState) -> None:
    """Look for unused ids after the broker's interval."""
    when_ms = state.now_ms() + state.around.config.expired_cleanup_interval_ms
    state.timers.schedule(SWEEP_TIMER, when_ms, sweep)


def sweep(state: TransactionsState) -> Decision[None]:
    """Forget ids that have not changed for too long and have nothing open."""
    schedule_sweep(state)
    since_ms = state.now_ms() - state.around.config.id_expiration_ms
    records = [
        TransactionRecord(transactional_id, None)
        for transactional_id, transaction in state.transactions.items()
        if can_go(transaction.state, Cause.EXPIRE) and transaction.update_ms <= since_ms
    ]
    return Decision(None, records)
