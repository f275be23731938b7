"""A store of lists of batches, whose appends a test can hold up, refuse or lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import (
    ActiveProducer,
    Append,
    Appended,
    AppendOutcomeUnknownError,
    Bounds,
    Duplicate,
    EpochEnd,
    Fence,
    Isolation,
    LogConfig,
    PartitionKey,
    Read,
    ReadRequest,
    Refused,
    TimestampOffset,
    Watch,
)
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import patch, read_header

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from kafkacompat.wire.pieces import OutgoingPiece


class FakeLog:
    def __init__(self) -> None:
        self.batches: list[tuple[int, bytes]] = []
        self.end = 0

    async def bounds(self) -> Bounds:
        return Bounds(0, self.end, self.end, self.end)

    async def find_timestamp(self, timestamp_ms: int, isolation: Isolation) -> TimestampOffset | None:
        raise NotImplementedError

    async def find_max_timestamp(self) -> TimestampOffset | None:
        raise NotImplementedError

    async def find_epoch(self, leader_epoch: int) -> EpochEnd:
        raise NotImplementedError

    async def begin_epoch(self, leader_epoch: int) -> None:
        raise NotImplementedError

    async def epoch_at(self, offset: int) -> int:
        return read_header(self.batches[-1][1]).leader_epoch if self.batches else -1

    async def delete_before(self, offset: int) -> int | Refused:
        raise NotImplementedError

    async def apply_retention(self, now_ms: int, retention_ms: int, retention_bytes: int) -> int | Refused:
        raise NotImplementedError

    async def size_bytes(self) -> int:
        raise NotImplementedError

    async def transaction_guard(self, producer_id: int, producer_epoch: int, base_sequence: int = -1) -> int | None:
        raise NotImplementedError

    async def active_producers(self) -> list[ActiveProducer]:
        raise NotImplementedError


class FakeStore:
    """Answers at once, unless `held` is set; `refusal` and `lost` decide the answers of appends."""

    def __init__(self) -> None:
        self.logs: dict[PartitionKey, FakeLog] = {}
        self.epochs: dict[PartitionKey, int] = {}
        self.calls: list[list[Append]] = []
        self.held: asyncio.Event | None = None
        self.held_reads: asyncio.Event | None = None
        self.refusal: ErrorCode | None = None
        self.lost = False
        self.refused_producers: dict[int, ErrorCode] = {}
        """How the log refuses what belongs to these producers."""

    async def create(self, partition: PartitionKey, topic_name: str, config: LogConfig) -> None:
        self.logs.setdefault(partition, FakeLog())

    async def configure(self, partition: PartitionKey, config: LogConfig) -> None:
        raise NotImplementedError

    async def delete(self, partition: PartitionKey) -> None:
        raise NotImplementedError

    def log(self, partition: PartitionKey) -> FakeLog | None:
        return self.logs.get(partition)

    async def append(
        self, appends: Sequence[Append], fence: Fence | None = None
    ) -> list[Appended | Duplicate | Refused]:
        self.calls.append(list(appends))
        if self.held is not None:
            await self.held.wait()
        if fence is not None and fence.epoch != self.epochs[fence.shard]:
            return [Refused(ErrorCode.NOT_COORDINATOR)]
        if self.refusal is not None:
            return [Refused(self.refusal)]
        answers: list[Appended | Duplicate | Refused] = []
        for append in appends:
            refusal = self.refused_producers.get(append.header.producer_id)
            if refusal is not None:
                answers.append(Refused(refusal))
                continue
            log = self.logs[append.partition]
            batch = bytearray(append.batch)
            patch(batch, log.end, append.leader_epoch)
            log.batches.append((log.end, bytes(batch)))
            answers.append(Appended(log.end, 0))
            log.end += append.header.last_offset_delta + 1
        if self.lost:
            raise AppendOutcomeUnknownError
        return answers

    async def read(
        self, requests: Sequence[ReadRequest], max_bytes: int, *, whole_first: bool = True
    ) -> list[Read | Refused]:
        if self.held_reads is not None:
            await self.held_reads.wait()
        (request,) = requests
        log = self.logs[request.partition]
        piece = next((batch for base, batch in reversed(log.batches) if base <= request.offset < log.end), None)
        pieces: list[OutgoingPiece] = [] if piece is None else [piece]
        return [Read(pieces, sum(map(len, pieces)), 0, log.end, log.end, None)]

    async def wait(self, watches: Sequence[Watch], until_ms: int) -> None:
        raise NotImplementedError

    async def own(self, shard: PartitionKey) -> Fence:
        self.epochs[shard] = self.epochs.get(shard, -1) + 1
        return Fence(shard, self.epochs[shard])

    async def close(self) -> None:
        pass
