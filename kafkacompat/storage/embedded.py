"""What the engines that live in one process have in common: one table of logs, whose calls do not suspend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from kafkacompat.storage.partition_log import EmbeddedLog
from kafkacompat.storage.store import Fence, Refused
from kafkacompat.storage.watches import park
from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.clock.ports import Deadlines
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

NO_SUCH_LOG: Final = Refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
FENCED: Final = Refused(ErrorCode.NOT_COORDINATOR)

L = TypeVar("L", bound=EmbeddedLog[Any])


class EmbeddedStore(Generic[L]):
    """Logs by their keys, and whoever owns a shard; `real_time` is what readers wait for."""

    def __init__(self, real_time: Deadlines) -> None:
        self._real_time = real_time
        self._logs: dict[PartitionKey, L] = {}
        self._owners: dict[PartitionKey, int] = {}

    def log(self, partition: PartitionKey) -> L | None:
        """Return a log, or None if there is none."""
        return self._logs.get(partition)

    async def configure(self, partition: PartitionKey, config: LogConfig) -> None:
        """Change a log's settings; nothing happens if there is no such log."""
        log = self._logs.get(partition)
        if log is not None:
            log.configure(config)

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
