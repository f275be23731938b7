"""The transactions that one node coordinates: those whose partition of `__transaction_state` it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.cluster.transactional_writes import guard_for_offsets
from kafkacompat.metadata.topic import TRANSACTION_STATE_TOPIC
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.cluster.transactional_writes import Producer
    from kafkacompat.storage.store import PartitionKey
    from kafkacompat.transactions.coordinator import Ended, Initialized, Initializing
    from kafkacompat.transactions.listing import Filters, TransactionDescription, TransactionListing
    from kafkacompat.transactions.ports import TopicPartition


class NodeTransactions:
    """The transaction coordinator as one node offers it.

    Methods are those of `TransactionCoordinator`; about a transactional id of another node they raise
    ApiError(NOT_COORDINATOR), after the refusals that Kafka makes wherever it is asked.
    """

    __slots__ = ("_cluster", "_node_id")

    def __init__(self, cluster: Cluster, node_id: int) -> None:
        self._cluster = cluster
        self._node_id = node_id

    async def init_producer_id(self, initializing: Initializing) -> Initialized:
        """Begin, or begin anew, as the producer of a transactional id."""
        transactions = self._cluster.transactions
        transactions.check_initializing(initializing)
        self._require_here(initializing.transactional_id)
        return await transactions.init_producer_id(initializing)

    async def add_partitions(
        self,
        transactional_id: str,
        producer_id: int,
        producer_epoch: int,
        partitions: Collection[TopicPartition],
        *,
        client_version: int,
    ) -> None:
        """Make partitions part of the open transaction, or open one."""
        self._require_here_if_named(transactional_id)
        await self._cluster.transactions.add_partitions(
            transactional_id, producer_id, producer_epoch, partitions, client_version=client_version
        )

    async def verify_partitions(
        self, transactional_id: str, producer_id: int, producer_epoch: int, partitions: Collection[TopicPartition]
    ) -> dict[TopicPartition, ErrorCode]:
        """Say for each partition whether it is part of the open transaction."""
        self._require_here_if_named(transactional_id)
        return await self._cluster.transactions.verify_partitions(
            transactional_id, producer_id, producer_epoch, partitions
        )

    async def verify_offsets(
        self,
        producer: Producer,
        key: PartitionKey,
        *,
        adds: bool,
        knows_abortable: bool,
    ) -> int | None:
        """Return the guard for offsets that a producer commits, kept in a log of this node: see `guard_for_offsets`."""
        return await guard_for_offsets(self._cluster, producer, key, adds=adds, knows_abortable=knows_abortable)

    async def end(
        self, transactional_id: str, producer_id: int, producer_epoch: int, *, commit: bool, client_version: int
    ) -> Ended:
        """Commit or abort."""
        self._require_here_if_named(transactional_id)
        return await self._cluster.transactions.end(
            transactional_id, producer_id, producer_epoch, commit=commit, client_version=client_version
        )

    async def describe(self, transactional_id: str) -> TransactionDescription:
        """Describe what is known of a transactional id."""
        self._require_here_if_named(transactional_id)
        return await self._cluster.transactions.describe(transactional_id)

    async def list_transactions(self, filters: Filters) -> tuple[Sequence[str], list[TransactionListing]]:
        """List the transactions of this node; first the states that were asked for and do not exist."""
        transactions = self._cluster.transactions
        unknown, listings = await transactions.list_transactions(filters)
        return unknown, [one for one in listings if self._leads(transactions.partition_for(one.transactional_id))]

    # --

    def _require_here_if_named(self, transactional_id: str) -> None:
        """Leave an empty transactional id to the coordinator, which refuses it."""
        if transactional_id:
            self._require_here(transactional_id)

    def _require_here(self, transactional_id: str) -> None:
        transactions = self._cluster.transactions
        if transactions.started and not self._leads(transactions.partition_for(transactional_id)):
            raise ApiError(ErrorCode.NOT_COORDINATOR)

    def _leads(self, partition: int) -> bool:
        topic = self._cluster.metadata.topic(TRANSACTION_STATE_TOPIC)
        return topic is not None and topic.partitions[partition].leader == self._node_id
