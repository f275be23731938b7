"""The ephemeral engine: logs in memory and, where they are large, in a private folder; gone with the process.

Every call but `wait` finishes without suspending.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.embedded import EmbeddedStore
from kafkacompat.storage.log import EphemeralLog
from kafkacompat.storage.memory import Memory
from kafkacompat.storage.producers import ProducerTable

if TYPE_CHECKING:
    from kafkacompat.clock.ports import Clock, Deadlines
    from kafkacompat.storage.spill import SpillFolder
    from kafkacompat.storage.store import LogConfig, PartitionKey

DEFAULT_MEMORY_LIMIT_BYTES: Final = 1 << 30
DEFAULT_PRODUCER_EXPIRATION_MS: Final = 86_400_000


class EphemeralStore(EmbeddedStore[EphemeralLog]):
    """A `Store` that keeps nothing.

    `clock` is the domain clock, by which producers and records expire; `real_time` is what readers wait for.  A log
    that grows large goes to files in `spill`, and so does any that grows while records and producers take
    `memory_limit_bytes`.  Without `spill`, appends are then refused with KAFKA_STORAGE_ERROR until something is
    deleted.
    """

    def __init__(
        self,
        clock: Clock,
        real_time: Deadlines,
        memory_limit_bytes: int = DEFAULT_MEMORY_LIMIT_BYTES,
        producer_expiration_ms: int = DEFAULT_PRODUCER_EXPIRATION_MS,
        spill: SpillFolder | None = None,
    ) -> None:
        super().__init__(real_time)
        self._clock = clock
        self._memory = Memory(memory_limit_bytes)
        self._spill = spill
        self._new_producers = partial(ProducerTable, clock, producer_expiration_ms, self._memory)

    @property
    def used_bytes(self) -> int:
        """How much of the memory limit is used."""
        return self._memory.used_bytes

    async def create(self, partition: PartitionKey, topic_name: str, config: LogConfig) -> None:  # noqa: ARG002 - no files
        """Create an empty log; one that exists keeps what it has, and takes the settings."""
        log = self._logs.get(partition)
        if log is not None:
            log.configure(config)
        else:
            self._logs[partition] = EphemeralLog(config, self._clock, self._memory, self._new_producers, self._spill)

    async def delete(self, partition: PartitionKey) -> None:
        """Delete a log, if there is one, and wake whoever waits for it."""
        log = self._logs.pop(partition, None)
        if log is not None:
            log.release()

    async def close(self) -> None:
        """Give back what the engine holds, and wake whoever waits."""
        for log in self._logs.values():
            log.release()
        self._logs.clear()
        if self._spill is not None:
            self._spill.close()
