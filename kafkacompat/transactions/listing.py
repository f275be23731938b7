"""Looking at transactions: DescribeTransactions and ListTransactions (KIP-664, KIP-994, KIP-1152)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kafkacompat.transactions.ports import TopicPartition


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
