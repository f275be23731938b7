"""What the coordinator knows of the transactional ids in one partition of `__transaction_state`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from kafkacompat.coordination.decision import Decision
from kafkacompat.transactions.records import TransactionRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.coordination.ports import Timers
    from kafkacompat.transactions.config import TransactionConfig
    from kafkacompat.transactions.transaction import Transaction
    from kafkacompat.wire.errors import ApiError

R = TypeVar("R")


class Surroundings(NamedTuple):
    """What all shards share."""

    clock: Deadlines
    config: TransactionConfig
    transaction_version: Callable[[], int]
    """The finalized level of the feature, now."""
    end: Callable[[str], None]
    """Writes the markers of an id whose end is decided."""
    fence: Callable[[str], None]
    """Aborts an overdue transaction under a new producer id."""


class TransactionsState:
    """Hard state is `transactions`, which only `apply` changes."""

    __slots__ = ("around", "timers", "transactions")

    def __init__(self, timers: Timers[TransactionsState], around: Surroundings) -> None:
        self.timers = timers
        self.around = around
        self.transactions: dict[str, Transaction] = {}

    def now_ms(self) -> int:
        """Return the time by the domain clock."""
        return self.around.clock.now_ms()

    def decide(self, transactional_id: str, transaction: Transaction, reply: R) -> Decision[R]:
        """Return the decision that an id is so from now on."""
        return Decision(reply, (TransactionRecord(transactional_id, transaction),))

    def decide_to_end(self, transactional_id: str, transaction: Transaction, reply: R | ApiError) -> Decision[R]:
        """Return the decision to end a transaction: its markers are written once that is durable."""
        record = TransactionRecord(transactional_id, transaction)
        return Decision(reply, (record,), after=(partial(self.around.end, transactional_id),))


def apply(state: TransactionsState, record: TransactionRecord) -> None:
    """Change the hard state by one record, live and in replay."""
    if record.transaction is None:
        state.transactions.pop(record.transactional_id, None)
    else:
        state.transactions[record.transactional_id] = record.transaction
