"""Looking at transactions: DescribeTransactions and ListTransactions (KIP-664, KIP-994, KIP-1152)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.transactions.patterns import Pattern, PatternError
from kafkacompat.transactions.states import BY_TITLE
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from kafkacompat.transactions.ports import TopicPartition
    from kafkacompat.transactions.state import TransactionsState
    from kafkacompat.transactions.transaction import Transaction


class TransactionDescription(NamedTuple):
    """What is known of a transactional id; `start_ms` is -1 before its first transaction."""

    producer_id: int
    producer_epoch: int
    state: str
    timeout_ms: int
    start_ms: int
    partitions: Sequence[TopicPartition]


class TransactionListing(NamedTuple):
    """A transactional id in a list."""

    transactional_id: str
    producer_id: int
    state: str


class Filters(NamedTuple):
    """Which transactional ids are to be listed; a filter that is empty, None or (duration) negative takes all."""

    states: Collection[str] = ()
    producer_ids: Collection[int] = ()
    longer_than_ms: int = -1
    pattern: str | None = None
    """A regular expression for whole transactional ids."""


def describe(transactional_id: str) -> Callable[[TransactionsState], Decision[TransactionDescription]]:
    """Return the decider that describes a transactional id."""

    def decide(state: TransactionsState) -> Decision[TransactionDescription]:
        transaction = state.transactions.get(transactional_id)
        if transaction is None:
            raise ApiError(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
        return Decision(
            TransactionDescription(
                transaction.producer_id,
                transaction.producer_epoch,
                transaction.state.title,
                transaction.timeout_ms,
                transaction.phase.start_ms,
                sorted(transaction.phase.partitions),
            )
        )

    return decide


def list_transactions(
    filters: Filters,
) -> tuple[list[str], Callable[[TransactionsState], Decision[list[TransactionListing]]]]:
    """Return the states that do not exist, and the decider that lists the ids of a shard."""
    unknown = [title for title in filters.states if title not in BY_TITLE]
    pattern = _compile(filters.pattern) if filters.pattern else None

    def takes(transactional_id: str, transaction: Transaction, now_ms: int) -> bool:
        return (
            (not filters.producer_ids or transaction.producer_id in filters.producer_ids)
            and (not filters.states or transaction.state.title in filters.states)
            and (filters.longer_than_ms < 0 or now_ms - transaction.phase.start_ms > filters.longer_than_ms)
            and (pattern is None or pattern.fullmatch(transactional_id))
        )

    def decide(state: TransactionsState) -> Decision[list[TransactionListing]]:
        now_ms = state.now_ms()
        return Decision(
            [
                TransactionListing(transactional_id, transaction.producer_id, transaction.state.title)
                for transactional_id, transaction in state.transactions.items()
                if takes(transactional_id, transaction, now_ms)
            ]
        )

    return unknown, decide


def _compile(pattern: str) -> Pattern:
    try:
        return Pattern(pattern)
    except PatternError as error:
        message = f"Transaction ID pattern `{pattern}` is not a valid regular expression: {error}."
        raise ApiError(ErrorCode.INVALID_REGULAR_EXPRESSION, message) from error
