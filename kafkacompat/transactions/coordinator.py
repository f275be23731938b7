"""The transaction coordinator: one async method for each request about transactions.

Methods raise ApiError when the whole request is refused, with the codes of the newest versions of the requests: the api
layer says PRODUCER_FENCED as INVALID_PRODUCER_EPOCH to older ones.  NOT_COORDINATOR before `start` and for a shard that
is not served, COORDINATOR_LOAD_IN_PROGRESS for one that is not served yet.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeVar

from kafkacompat.coordination.drive import Driver
from kafkacompat.coordination.partitioner import partition_for
from kafkacompat.coordination.runtime import Runtime
from kafkacompat.storage.store import PartitionKey
from kafkacompat.transactions import listing
from kafkacompat.transactions.adding import Adding, Verifying
from kafkacompat.transactions.completing import Completions
from kafkacompat.transactions.ending import Ended, Ending
from kafkacompat.transactions.expiry import schedule_sweep
from kafkacompat.transactions.initializing import Initialized, Initializing, Need
from kafkacompat.transactions.records import TransactionRecordCodec
from kafkacompat.transactions.state import Surroundings, TransactionsState, apply
from kafkacompat.transactions.states import is_ending
from kafkacompat.transactions.timeout import reschedule_timeout, time_out
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.coordination.decision import Decision
    from kafkacompat.storage.store import Store
    from kafkacompat.transactions.config import TransactionConfig
    from kafkacompat.transactions.listing import Filters, TransactionDescription, TransactionListing
    from kafkacompat.transactions.ports import Markers, ProducerIds, TopicPartition
    from kafkacompat.transactions.transaction import Transaction

__all__ = ["Ended", "Initialized", "Initializing", "TransactionCoordinator"]

_log = logging.getLogger(__name__)

R = TypeVar("R")

PLACED_IDS: Final = 1_000


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
        self._config = config
        self._producer_ids = producer_ids
        self._completions = Completions(clock, markers, self)
        around = Surroundings(clock, config, transaction_version, self._completions.start, self._fence)
        self._runtime: Runtime[TransactionsState] = Runtime(
            store,
            clock,
            TransactionRecordCodec(transaction_version),
            lambda timers: TransactionsState(timers, around),
            apply,
            loaded=self._loaded,
        )
        self._driver = Driver()
        self._shards: list[PartitionKey] = []
        self._placed: dict[str, PartitionKey] = {}
        """The shards of some transactional ids: which it is costs more than to look it up."""
        self._leader_epochs: dict[int, int | None] = {}

    # -- owning shards

    async def start(self, topic_id: bytes, partitions: int, leader_epochs: Sequence[int] = ()) -> None:
        """Serve the transactions kept in `__transaction_state`, whose logs exist by now.

        Leader epochs are 0 unless told.  Transactions whose end was decided are brought to it.
        """
        self._placed = {}
        self._shards = [PartitionKey(topic_id, partition) for partition in range(partitions)]
        for shard, leader_epoch in zip(self._shards, leader_epochs or [0] * partitions, strict=True):
            await self._load(shard, leader_epoch)

    async def leader_changed(self, partition: int, leader_epoch: int | None) -> None:
        """Serve a shard under its new leader, or none (None: it has no leader); who waits gets NOT_COORDINATOR.

        Being told of the same leader again changes nothing.
        """
        shard = self._shards[partition]
        if leader_epoch is None:
            self._leader_epochs[partition] = None
            self._runtime.unload(shard)
        elif self._leader_epochs.get(partition) != leader_epoch:
            await self._load(shard, leader_epoch)

    async def _load(self, shard: PartitionKey, leader_epoch: int) -> None:
        """Serve a shard; one whose log cannot be read answers NOT_COORDINATOR, and no other suffers."""
        self._leader_epochs[shard.partition] = leader_epoch
        try:
            await self._runtime.load(shard, leader_epoch)
            transactions = self._runtime.state(shard).transactions
        except ApiError as error:
            _log.warning("The transactions of shard %d are not served: %s", shard.partition, error.code.name)
            return
        for transactional_id in _ending(transactions.items()):
            self._completions.start(transactional_id)

    def _loaded(self, state: TransactionsState) -> None:
        """Set the deadlines of what is open; what is about to end does so a little later, unless begun before."""
        for transactional_id, transaction in state.transactions.items():
            reschedule_timeout(state, transactional_id, transaction)
        for transactional_id in _ending(state.transactions.items()):
            self._completions.start_later(transactional_id)
        schedule_sweep(state)

    def stop(self) -> None:
        """Serve no transaction any more; whoever waits gets NOT_COORDINATOR."""
        for shard in self._shards:
            self._runtime.unload(shard)
        self._completions.stop()
        self._shards = []
        self._placed = {}
        self._leader_epochs = {}

    @property
    def started(self) -> bool:
        """Whether `__transaction_state` is there."""
        return bool(self._shards)

    def partition_for(self, transactional_id: str) -> int:
        """Return the partition of `__transaction_state` that keeps a transactional id."""
        return self._shard(transactional_id).partition

    def coordinator_epoch(self, transactional_id: str) -> int:
        """Return the leader epoch under which a transactional id is coordinated."""
        leader_epoch = self._leader_epochs[self.partition_for(transactional_id)]
        if leader_epoch is None:
            raise ApiError(ErrorCode.NOT_COORDINATOR)
        return leader_epoch

    def state(self, transactional_id: str) -> TransactionsState:
        """Return the state of a transactional id's shard, to be read."""
        return self._runtime.state(self._shard(transactional_id))

    async def decide(self, transactional_id: str, decider: Callable[[TransactionsState], Decision[R]]) -> R:
        """Decide in the shard of a transactional id."""
        return await self._runtime.decide(self._shard(transactional_id), decider)

    # -- requests

    def check_initializing(self, initializing: Initializing) -> None:
        """Refuse what Kafka refuses wherever it is asked: INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT."""
        initializing.check(self._config)

    async def init_producer_id(self, initializing: Initializing) -> Initialized:
        """Begin, or begin anew, as the producer of a transactional id.

        PRODUCER_FENCED; CONCURRENT_TRANSACTIONS while the last transaction comes to its end, which this brings about.
        """
        initializing.check(self._config)
        return await self._decide_with_producer_id(initializing.transactional_id, initializing.decide)

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
        INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED; CONCURRENT_TRANSACTIONS while the last one comes to its end.
        """
        _require_id(transactional_id)
        adding = Adding(transactional_id, producer_id, producer_epoch, partitions, client_version)
        await self.decide(transactional_id, adding.decide)

    async def verify_partitions(
        self, transactional_id: str, producer_id: int, producer_epoch: int, partitions: Collection[TopicPartition]
    ) -> dict[TopicPartition, ErrorCode]:
        """Say for each partition whether it is part of the open transaction: NONE or TRANSACTION_ABORTABLE.

        Raises as `add_partitions`.
        """
        _require_id(transactional_id)
        verifying = Verifying(transactional_id, producer_id, producer_epoch, partitions)
        state = self._runtime.settled(self._shard(transactional_id))
        if state is not None:
            return verifying.codes(state)  # every write of a transaction asks this: nothing else is done for it
        return await self.decide(transactional_id, verifying.decide)

    async def end(
        self, transactional_id: str, producer_id: int, producer_epoch: int, *, commit: bool, client_version: int
    ) -> Ended:
        """Commit or abort; `client_version` is 2 for EndTxn 5 and later, else 1.

        The end is decided for good when this returns; markers are there already if the store does not suspend.
        INVALID_TXN_STATE, and as `add_partitions`.
        """
        _require_id(transactional_id)
        ending = Ending(transactional_id, producer_id, producer_epoch, commit, client_version)
        return await self._decide_with_producer_id(transactional_id, ending.decide)

    async def describe(self, transactional_id: str) -> TransactionDescription:
        """Describe what is known of a transactional id; TRANSACTIONAL_ID_NOT_FOUND."""
        _require_id(transactional_id)
        return await self.decide(transactional_id, listing.describe(transactional_id))

    async def list_transactions(self, filters: Filters) -> tuple[list[str], list[TransactionListing]]:
        """List transactional ids; first the states that were asked for and do not exist.

        INVALID_REGULAR_EXPRESSION, COORDINATOR_LOAD_IN_PROGRESS; none before `start`, which is no error.
        """
        shards = [shard for shard in self._shards if self._is_served(shard)]
        unknown, decider = listing.list_transactions(filters)
        of_shards = [await self._runtime.decide(shard, decider) for shard in shards]
        return unknown, [one for listings in of_shards for one in listings]

    # --

    def _shard(self, transactional_id: str) -> PartitionKey:
        shard = self._placed.get(transactional_id)
        if shard is None:
            if not self._shards:
                raise ApiError(ErrorCode.NOT_COORDINATOR)
            if len(self._placed) >= PLACED_IDS:
                self._placed.clear()
            shard = self._shards[partition_for(transactional_id, len(self._shards))]
            self._placed[transactional_id] = shard
        return shard

    def _is_served(self, shard: PartitionKey) -> bool:
        """Tell whether a shard is served; COORDINATOR_LOAD_IN_PROGRESS if it is not yet."""
        try:
            self._runtime.state(shard)
        except ApiError as error:
            if error.code is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
                raise
            return False
        return True

    async def _decide_with_producer_id(
        self, transactional_id: str, decider: Callable[[TransactionsState, int | None], Decision[R | Need]]
    ) -> R:
        """Decide, with a new producer id if it turns out that one is needed."""
        reply = await self.decide(transactional_id, lambda state: decider(state, None))
        if isinstance(reply, Need):
            producer_id = await self._producer_ids.allocate()
            reply = await self.decide(transactional_id, lambda state: decider(state, producer_id))
        assert not isinstance(reply, Need)
        return reply

    def _fence(self, transactional_id: str) -> None:
        """Abort an overdue transaction under a new producer id; its deadline is set anew, in case this fails."""
        self._driver.start(self._time_out(transactional_id), _report)

    async def _time_out(self, transactional_id: str) -> None:
        producer_id = await self._producer_ids.allocate()
        await self.decide(transactional_id, lambda state: time_out(state, transactional_id, producer_id))


def _ending(transactions: Iterable[tuple[str, Transaction]]) -> list[str]:
    return [transactional_id for transactional_id, transaction in transactions if is_ending(transaction.state)]


def _report(result: BaseException | None) -> None:
    if result is not None:
        _log.warning("A transaction that is overdue could not be aborted yet: %r", result)


def _require_id(transactional_id: str) -> None:
    if not transactional_id:
        raise ApiError(ErrorCode.INVALID_REQUEST)
