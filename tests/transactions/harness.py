"""A transaction coordinator over a store in memory, and fakes for what it asks of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from kafkacompat.clock.manual import ManualClock
from kafkacompat.coordination.batches import make_append
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import (
    AppendOutcomeUnknownError,
    Isolation,
    LogConfig,
    PartitionKey,
    Read,
    ReadRequest,
    Refused,
)
from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.coordinator import Ended, Initialized, Initializing, TransactionCoordinator
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.transactions.records import TransactionRecord, TransactionRecordCodec
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.pieces import joined
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.record import iterate

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from kafkacompat.storage.store import Append, Appended, Duplicate, Fence, Marker
    from kafkacompat.transactions.listing import TransactionDescription

T = TypeVar("T")

TOPIC_ID = b"transaction-logs"
ID = "payments"
P0, P1, P2 = (TopicPartition("t", index) for index in range(3))
TIMEOUT_MS = 60_000
KAFKAS = TransactionConfig()
EPOCH = 7
"""The leader epoch of `__transaction_state` while nothing else is said."""


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what does not suspend."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("it suspended")


def refusal(coroutine: Coroutine[Any, Any, Any]) -> ErrorCode:
    """Return the code by which a request is refused."""
    try:
        answer = drive(coroutine)
    except ApiError as error:
        return error.code
    raise AssertionError(f"not refused: {answer}")


class FailingStore(EphemeralStore):
    """An engine in memory whose appends a test can refuse, or whose answers it can lose; counted from 0."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock, clock)
        self.appends = 0
        self.refused: frozenset[int] = frozenset()
        self.lost: frozenset[int] = frozenset()

    async def append(
        self, appends: Sequence[Append], fence: Fence | None = None
    ) -> list[Appended | Duplicate | Refused]:
        number = self.appends
        self.appends += 1
        if number in self.refused:
            return [Refused(ErrorCode.KAFKA_STORAGE_ERROR)] * len(appends)
        answers = await super().append(appends, fence)
        if number in self.lost:
            raise AppendOutcomeUnknownError
        return answers

    def fail_next(self, *, lost: bool = False, later: int = 0) -> None:
        """Let the next append (or one so much later) come to nothing, or (lost) happen without an answer."""
        number = frozenset({self.appends + later})
        if lost:
            self.lost |= number
        else:
            self.refused |= number


class FakeMarkers:
    """The partitions of the world; those in `failing` take a marker only after so many attempts."""

    def __init__(self) -> None:
        self.writes: list[tuple[Marker, list[TopicPartition]]] = []
        self.logs: dict[TopicPartition, list[Marker]] = {}
        self.failing: dict[TopicPartition, int] = {}
        self.broken = False

    async def write(self, marker: Marker, partitions: Sequence[TopicPartition]) -> Sequence[TopicPartition]:
        self.writes.append((marker, list(partitions)))
        if self.broken:
            raise RuntimeError("markers cannot be written")
        left = []
        for partition in partitions:
            if self.failing.get(partition, 0) > 0:
                self.failing[partition] -= 1
                left.append(partition)
            else:
                self.logs.setdefault(partition, []).append(marker)
        return left


class FakeProducerIds:
    def __init__(self) -> None:
        self.last = 999
        self.none_left = False

    async def allocate(self) -> int:
        if self.none_left:
            raise ApiError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
        self.last += 1
        return self.last


class Harness:
    """One coordinator; requests are answered at once, with the defaults of an ordinary producer."""

    def __init__(
        self,
        config: TransactionConfig = KAFKAS,
        *,
        version: int = 2,
        shards: int = 1,
    ) -> None:
        self.clock = ManualClock()
        self.store = FailingStore(self.clock)
        self.markers = FakeMarkers()
        self.producer_ids = FakeProducerIds()
        self.version = version
        self.config = config
        self.shards = shards
        self.epoch = EPOCH
        for shard in range(shards):
            drive(self.store.create(PartitionKey(TOPIC_ID, shard), "__transaction_state", LogConfig()))
        self.coordinator = self.new_coordinator()
        self.start()

    def new_coordinator(self) -> TransactionCoordinator:
        return TransactionCoordinator(
            self.store, self.clock, self.config, self.markers, self.producer_ids, lambda: self.version
        )

    def start(self) -> None:
        drive(self.coordinator.start(TOPIC_ID, self.shards, [self.epoch] * self.shards))

    def restart(self) -> None:
        """Forget everything that is not in the log, and begin under the next leader epoch."""
        self.coordinator.stop()
        self.epoch += 1
        self.coordinator = self.new_coordinator()
        self.start()

    def log(self, shard: int = 0) -> list[TransactionRecord]:
        """Return all records of a shard."""
        codec = TransactionRecordCodec(lambda: self.version)
        decoded = [codec.decode(*entry) for entry in self.entries(shard)]
        return [record for record in decoded if record is not None]

    def entries(self, shard: int = 0) -> list[tuple[bytes | None, bytes | None]]:
        key = PartitionKey(TOPIC_ID, shard)
        (read,) = drive(self.store.read([ReadRequest(key, 0, 1 << 30, Isolation.READ_UNCOMMITTED)], 1 << 30))
        assert isinstance(read, Read)
        data = joined(read.pieces)
        found: list[tuple[bytes | None, bytes | None]] = []
        position = 0
        while position < len(data):
            end = position + read_header(data, position).size_bytes
            found += [(record.key, record.value) for record in iterate(memoryview(data)[position:end])]
            position = end
        return found

    def states(self) -> list[str]:
        """Return the states that the log tells of, with the epochs, in order."""
        return [
            "Dead" if transaction is None else f"{transaction.state.title} {transaction.producer_epoch}"
            for _, transaction in self.log()
        ]

    # -- requests

    async def initialize(
        self, producer_id: int = -1, producer_epoch: int = -1, *, timeout_ms: int = TIMEOUT_MS, name: str = ID
    ) -> Initialized:
        return await self.coordinator.init_producer_id(Initializing(name, timeout_ms, producer_id, producer_epoch))

    async def add(self, producer: tuple[int, int], *partitions: TopicPartition, name: str = ID) -> None:
        await self.coordinator.add_partitions(
            name, *producer, partitions or (P0, P1), client_version=2 if self.version >= 2 else 1
        )

    async def end(
        self, producer: tuple[int, int], *, commit: bool = True, version: int | None = None, name: str = ID
    ) -> Ended:
        client_version = (2 if self.version >= 2 else 1) if version is None else version
        return await self.coordinator.end(name, *producer, commit=commit, client_version=client_version)

    async def verify(self, producer: tuple[int, int], *partitions: TopicPartition) -> dict[TopicPartition, ErrorCode]:
        return await self.coordinator.verify_partitions(ID, *producer, partitions)

    def describe(self, name: str = ID) -> TransactionDescription:
        return drive(self.coordinator.describe(name))

    @property
    def state(self) -> str:
        """The state that clients see, with the epoch."""
        description = self.describe()
        return f"{description.state} {description.producer_epoch}"

    # -- whole courses

    def producer(self) -> Initialized:
        """Initialize a producer."""
        return drive(self.initialize())

    def open(self, *partitions: TopicPartition) -> Initialized:
        """Initialize a producer and begin a transaction."""
        producer = self.producer()
        drive(self.add(producer, *partitions))
        return producer

    def stuck(self, *, commit: bool = True) -> Initialized:
        """Begin a transaction and decide on its end, whose markers cannot be written for now."""
        producer = self.open()
        self.markers.failing[P1] = 1_000
        drive(self.end(producer, commit=commit))
        return producer

    def unstick(self) -> None:
        """Let markers be written, and wait for the next attempt."""
        self.markers.failing.clear()
        self.clock.advance(10_000)

    def exhaust(self) -> Initialized:
        """Bring the producer to the last epoch that it can be given: by a log that says so."""
        producer = self.producer()
        (record,) = self.log()
        assert record.transaction is not None
        self.put(record._replace(transaction=record.transaction._replace(producer_epoch=32766)))
        return Initialized(producer.producer_id, 32766)

    def put(self, record: TransactionRecord) -> None:
        """Write a record past the coordinator, and start anew from the log."""
        shard = self.coordinator.partition_for(record.transactional_id)
        self.coordinator.stop()
        entry = TransactionRecordCodec(lambda: self.version).encode(record)
        drive(self.store.append([make_append(PartitionKey(TOPIC_ID, shard), [entry], self.clock.now_ms(), self.epoch)]))
        self.coordinator = self.new_coordinator()
        self.start()
