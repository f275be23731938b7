"""A cluster on a directory, without sockets: filled, and read as clients do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from kafkacompat.clock.manual import DEFAULT_START_MS, ManualClock
from kafkacompat.cluster.cluster import Cluster
from kafkacompat.server.data_directory import start_in, write_quorum_files
from kafkacompat.settings.settings import Settings
from kafkacompat.storage.directory.store import DirectoryStore
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteRecordsTopic,
)
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchResponse, FetchTopic, PartitionData
from kafkacompat.wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopic,
)
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
)
from kafkacompat.wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
)
from kafkacompat.wire.messages.produce import (
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from kafkacompat.wire.records.batch import CRC_START, read_header
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.checksum import crc32c
from kafkacompat.wire.records.record import Record, iterate
from tests.server.wired import LISTENER, Client, Wired
from tests.storage.directories import CLUSTER_ID, HastyFiles

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

T = TypeVar("T")

SETTINGS = {"auto.create.topics.enable": "false", "offsets.topic.num.partitions": "2"}
EARLIEST_MS = -2
PATIENCE_TURNS = 200
MAX_RECORDS = 10_000


class Written(NamedTuple):
    """A record, as it was written."""

    timestamp_ms: int
    value: bytes | None


class Reading(NamedTuple):
    """What one partition had to say: its records by offset, and the error that ended them, if any."""

    records: dict[int, Written]
    error: ErrorCode


class Kept(Wired):
    """A cluster of one node on a directory, and one client of it; `start` raises what keeps it from starting."""

    def __init__(self, root: Path, random: Random) -> None:
        self.clock = ManualClock()
        self.real_time = ManualClock()
        self.store = DirectoryStore.open(
            str(root),
            self.clock,
            self.real_time,
            random.randbytes,
            cluster_id=CLUSTER_ID,
            node_id=1,
            files=HastyFiles(),
        )
        settings = Settings.from_values(SETTINGS)
        self.cluster = Cluster(CLUSTER_ID, settings, self.store, self.clock, self.real_time, random.randbytes)
        self.node = self.cluster.add_node(1, [LISTENER])
        self.connections = set()
        self.client: Client

    async def start(self, *topics: str) -> Kept:
        try:
            await start_in(self.store.root, self.cluster)
        except BaseException:
            await self.store.close()
            raise
        self.store.set_strays_aside()
        write_quorum_files(self.store.root, self.cluster)
        self.client = self.connect()
        return self

    async def ask(self, request: Any, version: int, response: type[T]) -> T:
        client = self.client
        client.send(request, version)
        for _ in range(PATIENCE_TURNS):
            assert not client.closed, f"{request} closed the connection"
            if client.sent:
                (answer,) = client.responses(response)
                return answer
            await asyncio.sleep(0)
        raise AssertionError(f"{request} is not answered")

    # What clients do.

    async def produce(self, topic: str, partition: int, batch: bytes) -> PartitionProduceResponse:
        data = [TopicProduceData(name=topic, partition_data=[PartitionProduceData(index=partition, records=batch)])]
        answer = await self.ask(ProduceRequest(acks=-1, timeout_ms=1000, topic_data=data), 9, ProduceResponse)
        return answer.responses[0].partition_responses[0]

    async def fetch(self, topic: str, partition: int, offset: int, max_bytes: int) -> PartitionData:
        asked = FetchPartition(partition=partition, fetch_offset=offset, partition_max_bytes=max_bytes)
        topics = [FetchTopic(topic=topic, partitions=[asked])]
        answer = await self.ask(FetchRequest(max_wait_ms=0, min_bytes=0, topics=topics), 11, FetchResponse)
        return answer.responses[0].partitions[0]

    async def list_offset(self, topic: str, partition: int, timestamp_ms: int) -> ListOffsetsPartitionResponse:
        asked = ListOffsetsPartition(partition_index=partition, timestamp=timestamp_ms)
        topics = [ListOffsetsTopic(name=topic, partitions=[asked])]
        answer = await self.ask(ListOffsetsRequest(replica_id=-1, topics=topics), 5, ListOffsetsResponse)
        return answer.topics[0].partitions[0]

    async def delete_before(self, topic: str, partition: int, offset: int) -> None:
        asked = [DeleteRecordsPartition(partition_index=partition, offset=offset)]
        request = DeleteRecordsRequest(topics=[DeleteRecordsTopic(name=topic, partitions=asked)], timeout_ms=1000)
        answer = await self.ask(request, 2, DeleteRecordsResponse)
        assert answer.topics[0].partitions[0].error_code == ErrorCode.NONE

    async def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        asked = OffsetCommitRequestPartition(
            partition_index=partition, committed_offset=offset, committed_metadata=f"{group} {offset}"
        )
        request = OffsetCommitRequest(group_id=group, topics=[OffsetCommitRequestTopic(name=topic, partitions=[asked])])
        answer = await self.ask(request, 8, OffsetCommitResponse)
        assert answer.topics[0].partitions[0].error_code == ErrorCode.NONE

    async def committed(self, group: str, topic: str, partition: int) -> tuple[ErrorCode, int, str | None]:
        topics = [OffsetFetchRequestTopics(name=topic, partition_indexes=[partition])]
        request = OffsetFetchRequest(groups=[OffsetFetchRequestGroup(group_id=group, topics=topics)])
        (answer,) = (await self.ask(request, 8, OffsetFetchResponse)).groups
        if answer.error_code:
            return ErrorCode(answer.error_code), -1, None
        found = answer.topics[0].partitions[0]
        return ErrorCode(found.error_code), found.committed_offset, found.metadata

    async def read(self, topic: str, partition: int, max_bytes: int = 1 << 20) -> Reading:
        """Read all that a partition has, from the earliest offset on."""
        records: dict[int, Written] = {}
        earliest = await self.list_offset(topic, partition, EARLIEST_MS)
        if earliest.error_code:
            return Reading(records, ErrorCode(earliest.error_code))
        offset = earliest.offset
        while True:
            answer = await self.fetch(topic, partition, offset, max_bytes)
            if answer.error_code:
                return Reading(records, ErrorCode(answer.error_code))
            if not answer.records:
                assert offset == answer.high_watermark, f"{topic}-{partition} gives nothing at {offset}"
                return Reading(records, ErrorCode.NONE)
            assert isinstance(answer.records, (bytes, memoryview))
            offset = take(bytes(answer.records), offset, records)
            assert len(records) < MAX_RECORDS, "there is no end to it"


def take(data: bytes, offset: int, records: dict[int, Written]) -> int:
    """Take the records of whole batches from an offset on; return where the next batch begins."""
    position = 0
    while position < len(data):
        header = read_header(data, position)
        end = position + header.size_bytes
        batch = data[position:end]
        assert len(batch) == header.size_bytes, "a batch is cut off"
        assert crc32c(batch[CRC_START:]) == header.crc, "a batch is not what its checksum says"
        for record in iterate(batch):
            where = header.base_offset + record.offset_delta
            if where >= offset:
                assert where not in records, f"offset {where} comes twice"
                records[where] = Written(header.base_timestamp_ms + record.timestamp_delta_ms, record.value)
        assert header.last_offset >= offset, "a batch from before what was asked"
        offset = header.last_offset + 1
        position = end
    return offset


def batch_of(records: list[Written], codec: int = 0, producer_id: int = -1, sequence: int = -1) -> bytes:
    base_ms = records[0].timestamp_ms if records else DEFAULT_START_MS
    return build_batch(
        [Record(delta, record.timestamp_ms - base_ms, None, record.value) for delta, record in enumerate(records)],
        base_timestamp_ms=base_ms,
        codec=codec,
        producer_id=producer_id,
        producer_epoch=0 if producer_id >= 0 else -1,
        base_sequence=sequence,
    )
