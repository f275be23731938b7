"""The ephemeral engine: logs in memory, gone with the process.

Every call but `wait` finishes without suspending.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.log import EphemeralLog
from kafkacompat.storage.memory import Memory
from kafkacompat.storage.producers import ProducerTable
from kafkacompat.storage.store import Fence, Refused
from kafkacompat.storage.watches import park
from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.clock.ports import Clock, Deadlines
    from kafkacompat.storage.store import (
        Append,
        Appended,
        Duplicate,
        LogConfig,
        PartitionKey,
        Read,
        ReadRequest,
        Watch,
    )

DEFAULT_MEMORY_LIMIT_BYTES: Final = 1 << 30
DEFAULT_PRODUCER_EXPIRATION_MS: Final = 86_400_000

NO_SUCH_LOG: Final = Refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
FENCED: Final = Refused(ErrorCode.NOT_COORDINATOR)


class EphemeralStore:
    """A `Store` in memory.

    `clock` is the domain clock, by which producers expire; `real_time` is what readers wait for.  Once records and
    producers take `memory_limit_bytes`, appends are refused with KAFKA_STORAGE_ERROR until something is deleted.
    """

    def __init__(
        self,
        clock: Clock,
        real_time: Deadlines,
        memory_limit_bytes: int = DEFAULT_MEMORY_LIMIT_BYTES,
        producer_expiration_ms: int = DEFAULT_PRODUCER_EXPIRATION_MS,
    ) -> None:
        self._real_time = real_time
        self._memory = Memory(memory_limit_bytes)
        self._new_producers = partial(ProducerTable, clock, producer_expiration_ms, self._memory)
        self._logs: dict[PartitionKey, EphemeralLog] = {}
        self._owners: dict[PartitionKey, int] = {}

    @property
    def used_bytes(self) -> int:
        """How much of the memory limit is used."""
        return self._memory.used_bytes

    async def create(self, partition: PartitionKey, topic_name: str, config: LogConfig) -> None:  # noqa: ARG002 - no files
        """Create an empty log; one that exists keeps what it has."""
        log = self._logs.get(partition)
        if log is not None:
            log.configure(config)
        else:
            self._logs[partition] = EphemeralLog(config, self._memory, self._new_producers)

    async def configure(self, partition: PartitionKey, config: LogConfig) -> None:
        """Change a log's settings; nothing happens if there is no such log."""
        log = self._logs.get(partition)
        if log is not None:
            log.configure(config)

    async def delete(self, partition: PartitionKey) -> None:
        """Delete a log, if there is one, and wake whoever waits for it."""
        log = self._logs.pop(partition, None)
        if log is not None:
            log.release()

    def log(self, partition: PartitionKey) -> EphemeralLog | None:
        """Return a log, or None if there is none."""
        return self._logs.get(partition)

    async def append(
        self, appends: Sequence[Append], fence: Fence | None = None
    ) -> list[Appended | Duplicate | Refused]:
        """Append batches, in order, each to its partition."""
        if fence is not None and self._owners.get(fence.shard) != fence.epoch:
            return [FENCED] * len(appends)
        logs = self._logs
        outcomes: list[Appended | Duplicate | Refused] = []
        for append in appends:
            log = logs.get(append[0])
            outcomes.append(NO_SUCH_LOG if log is None else log.append(append))
        return outcomes

    async def read(
        self, requests: Sequence[ReadRequest], max_bytes: int, *, whole_first: bool = True
    ) -> list[Read | Refused]:
        """Read partitions in the order asked, at most `max_bytes` together."""
        logs = self._logs
        answers: list[Read | Refused] = []
        for partition, offset, partition_max_bytes, isolation in requests:
            log = logs.get(partition)
            if log is None:
                answers.append(NO_SUCH_LOG)
                continue
            answer = log.read(offset, min(partition_max_bytes, max_bytes), isolation, whole_first=whole_first)
            answers.append(answer)
            if not isinstance(answer, Refused) and answer.size_bytes:
                max_bytes -= answer.size_bytes
                whole_first = False
        return answers

    async def wait(self, watches: Sequence[Watch], until_ms: int) -> None:
        """Return when a watched end has moved or its log was deleted, or at `until_ms` of real time."""
        logs = []
        for partition, seen_offset, isolation in watches:
            log = self._logs.get(partition)
            if log is None or log.readable_end(isolation) > seen_offset:
                return
            logs.append(log)
        if self._real_time.now_ms() < until_ms:
            await park(logs, until_ms, self._real_time)

    async def own(self, shard: PartitionKey) -> Fence:
        """Become the owner of a shard: always granted, and every earlier fence of it is void."""
        epoch = self._owners.get(shard, -1) + 1
        self._owners[shard] = epoch
        return Fence(shard, epoch)

    async def close(self) -> None:
        """Give back what the engine holds, and wake whoever waits."""
        for log in self._logs.values():
            log.release()
        self._logs.clear()
