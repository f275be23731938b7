"""The transaction coordinator: one async method for each request about transactions.

Methods raise ApiError when the whole request is refused, with the codes of the newest versions of the requests: the api
layer says PRODUCER_FENCED as INVALID_PRODUCER_EPOCH to older ones.  NOT_COORDINATOR before `start` and for a shard that
is not served, COORDINATOR_LOAD_IN_PROGRESS for one that is not served yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.storage.store import Store
    from kafkacompat.transactions.config import TransactionConfig
    from kafkacompat.transactions.listing import Filters, TransactionDescription, TransactionListing
    from kafkacompat.transactions.ports import Markers, ProducerIds, TopicPartition
    from kafkacompat.wire.errors import ErrorCode


class Initializing(NamedTuple):
    """A producer (re)starts; -1 for an id or epoch that it does not give, both or none (the api layer's to see to)."""

    transactional_id: str
    timeout_ms: int
    producer_id: int = -1
    producer_epoch: int = -1


class Initialized(NamedTuple):
    """What a producer may write under from now on."""

    producer_id: int
    producer_epoch: int


class Ended(NamedTuple):
    """What a producer may write its next transaction under."""

    producer_id: int
    producer_epoch: int


class TransactionCoordinator:
    """All transactions, sharded over the partitions of `__transaction_state`.

    `transaction_version` is the finalized level of the feature `transaction.version`, now.
    """

    def __init__(
        self,
        store: Store,
        clock: Deadlines,
        config: TransactionConfig,
        markers: Markers,
        producer_ids: ProducerIds,
        transaction_version: Callable[[], int],
    ) -> None:
        raise NotImplementedError

    async def start(self, topic_id: bytes, partitions: int, leader_epochs: Sequence[int] = ()) -> None:
        """Serve the transactions kept in `__transaction_state`, whose logs exist by now."""
        raise NotImplementedError

    async def leader_changed(self, partition: int, leader_epoch: int | None) -> None:
        """Serve a shard under its new leader, or none (None: it has no leader)."""
        raise NotImplementedError

    def stop(self) -> None:
        """Serve no transaction any more."""
        raise NotImplementedError

    @property
    def started(self) -> bool:
        """Whether `__transaction_state` is there."""
        raise NotImplementedError

    def partition_for(self, transactional_id: str) -> int:
        """Return the partition of `__transaction_state` that keeps a transactional id."""
        raise NotImplementedError

    def check_initializing(self, initializing: Initializing) -> None:
        """Refuse what Kafka refuses wherever it is asked: INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT."""
        raise NotImplementedError

    async def init_producer_id(self, initializing: Initializing) -> Initialized:
        """Begin, or begin anew, as the producer of a transactional id."""
        raise NotImplementedError

    async def add_partitions(
        self,
        transactional_id: str,
        producer_id: int,
        producer_epoch: int,
        partitions: Collection[TopicPartition],
        *,
        client_version: int = 2,
    ) -> None:
        """Make partitions part of the open transaction, or open one.

        `client_version` is what the client goes by: 2 if its requests add partitions by themselves (Produce 12,
        TxnOffsetCommit 5, AddPartitionsToTxn 4 and later), else 1.
        """
        raise NotImplementedError

    async def verify_partitions(
        self, transactional_id: str, producer_id: int, producer_epoch: int, partitions: Collection[TopicPartition]
    ) -> dict[TopicPartition, ErrorCode]:
        """Say for each partition whether it is part of the open transaction: NONE or TRANSACTION_ABORTABLE."""
        raise NotImplementedError

    async def end(
        self, transactional_id: str, producer_id: int, producer_epoch: int, *, commit: bool, client_version: int
    ) -> Ended:
        """Commit or abort; `client_version` is 2 for EndTxn 5 and later, else 1."""
        raise NotImplementedError

    async def describe(self, transactional_id: str) -> TransactionDescription:
        """Describe what is known of a transactional id; TRANSACTIONAL_ID_NOT_FOUND."""
        raise NotImplementedError

    async def list_transactions(self, filters: Filters) -> tuple[list[str], list[TransactionListing]]:
        """List transactional ids; first the states that were asked for and do not exist.

        INVALID_REGULAR_EXPRESSION; none before `start`, which is no error.
        """
        raise NotImplementedError
