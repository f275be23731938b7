"""An engine that behaves as the worst network would, to hold callers to the whole contract of a store.

It suspends on every call, answers late, loses answers and sends the same append again under its unique key, wakes
readers early, and, if asked to, loses an append's answer for good.  What it does follows from its seed alone.
"""

from __future__ import annotations

from asyncio import get_running_loop
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.store import AppendOutcomeUnknownError, Read

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Sequence

    from kafkacompat.storage.store import (
        ActiveProducer,
        Append,
        Appended,
        Bounds,
        Duplicate,
        EpochEnd,
        Fence,
        Isolation,
        LogConfig,
        PartitionKey,
        PartitionLog,
        ReadRequest,
        Refused,
        Store,
        TimestampOffset,
        Watch,
    )

LONGEST_PAUSE: Final = 4
"""Turns of the event loop."""
LOST_ANSWERS: Final = 0.3
EARLY_WAKES: Final = 0.3
REMEMBERED_ANSWERS: Final = 1_000


class AwkwardStore:
    """Wraps a `Store`; `unknown_outcomes` is the chance that an append raises AppendOutcomeUnknownError.

    `replays` and `early_wakes` count what it did to its callers.
    """

    def __init__(self, engine: Store, seed: int, *, unknown_outcomes: float = 0.0) -> None:
        self.engine = engine
        self.seed = seed
        self.unknown_outcomes = unknown_outcomes
        self.replays = 0
        self.early_wakes = 0
        self._random = Random(seed)
        self._keys = count()
        self._answers: dict[int, list[Appended | Duplicate | Refused]] = {}

    async def pause(self) -> None:
        """Suspend for some turns of the event loop, at least one."""
        loop = get_running_loop()
        for _ in range(self._random.randint(1, LONGEST_PAUSE)):
            turn = loop.create_future()
            loop.call_soon(_let_go, turn)
            await turn

    async def create(self, partition: PartitionKey, topic_name: str, config: LogConfig) -> None:
        await self.pause()
        await self.engine.create(partition, topic_name, config)
        await self.pause()

    async def configure(self, partition: PartitionKey, config: LogConfig) -> None:
        await self.pause()
        await self.engine.configure(partition, config)
        await self.pause()

    async def delete(self, partition: PartitionKey) -> None:
        await self.pause()
        await self.engine.delete(partition)
        await self.pause()

    def log(self, partition: PartitionKey) -> AwkwardLog | None:
        log = self.engine.log(partition)
        return None if log is None else AwkwardLog(self, log)

    async def append(
        self, appends: Sequence[Append], fence: Fence | None = None
    ) -> list[Appended | Duplicate | Refused]:
        key = next(self._keys)
        # The views are good until the first suspension only.
        kept = [append._replace(batch=bytes(append.batch)) for append in appends]
        lost_for_good = self._random.random() < self.unknown_outcomes
        if lost_for_good and self._random.random() < 0.5:
            await self.pause()
            raise AppendOutcomeUnknownError
        answer = await self._send(key, kept, fence)
        while self._random.random() < LOST_ANSWERS:
            self.replays += 1
            answer = await self._send(key, kept, fence)
        if lost_for_good:
            raise AppendOutcomeUnknownError
        return answer

    async def _send(
        self, key: int, appends: Sequence[Append], fence: Fence | None
    ) -> list[Appended | Duplicate | Refused]:
        """Go over the network; what the other side has done under this key it does not do again."""
        await self.pause()
        if key not in self._answers:
            self._answers[key] = await self.engine.append(appends, fence)
            self._answers.pop(key - REMEMBERED_ANSWERS, None)
        await self.pause()
        return self._answers[key]

    async def read(
        self, requests: Sequence[ReadRequest], max_bytes: int, *, whole_first: bool = True
    ) -> list[Read | Refused]:
        await self.pause()
        answers = await self.engine.read(requests, max_bytes, whole_first=whole_first)
        answers = [
            answer._replace(pieces=[bytes(piece) for piece in answer.pieces]) if isinstance(answer, Read) else answer
            for answer in answers
        ]
        await self.pause()
        return answers

    async def wait(self, watches: Sequence[Watch], until_ms: int) -> None:
        await self.pause()
        if self._random.random() < EARLY_WAKES:
            self.early_wakes += 1
            return
        await self.engine.wait(watches, until_ms)
        await self.pause()

    async def own(self, shard: PartitionKey) -> Fence:
        await self.pause()
        fence = await self.engine.own(shard)
        await self.pause()
        return fence

    async def close(self) -> None:
        await self.engine.close()


class AwkwardLog:
    """Wraps a `PartitionLog`."""

    def __init__(self, store: AwkwardStore, log: PartitionLog) -> None:
        self._pause = store.pause
        self._log = log

    async def bounds(self) -> Bounds:
        await self._pause()
        bounds = await self._log.bounds()
        await self._pause()
        return bounds

    async def find_timestamp(self, timestamp_ms: int, isolation: Isolation) -> TimestampOffset | None:
        await self._pause()
        found = await self._log.find_timestamp(timestamp_ms, isolation)
        await self._pause()
        return found

    async def find_max_timestamp(self) -> TimestampOffset | None:
        await self._pause()
        found = await self._log.find_max_timestamp()
        await self._pause()
        return found

    async def begin_epoch(self, leader_epoch: int) -> None:
        await self._pause()
        await self._log.begin_epoch(leader_epoch)
        await self._pause()

    async def find_epoch(self, leader_epoch: int) -> EpochEnd:
        await self._pause()
        end = await self._log.find_epoch(leader_epoch)
        await self._pause()
        return end

    async def epoch_at(self, offset: int) -> int:
        await self._pause()
        epoch = await self._log.epoch_at(offset)
        await self._pause()
        return epoch

    async def delete_before(self, offset: int) -> int | Refused:
        await self._pause()
        start = await self._log.delete_before(offset)
        await self._pause()
        return start

    async def apply_retention(self, now_ms: int, retention_ms: int, retention_bytes: int) -> int | Refused:
        await self._pause()
        start = await self._log.apply_retention(now_ms, retention_ms, retention_bytes)
        await self._pause()
        return start

    async def size_bytes(self) -> int:
        await self._pause()
        size = await self._log.size_bytes()
        await self._pause()
        return size

    async def transaction_guard(self, producer_id: int, producer_epoch: int, base_sequence: int = -1) -> int | None:
        await self._pause()
        guard = await self._log.transaction_guard(producer_id, producer_epoch, base_sequence)
        await self._pause()
        return guard

    async def active_producers(self) -> list[ActiveProducer]:
        await self._pause()
        producers = await self._log.active_producers()
        await self._pause()
        return producers


def _let_go(turn: Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
