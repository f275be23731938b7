"""Asks a Kafka 3.9.1 what it makes of the cases of `legacy_sets`, and writes `legacy_recorded.json`."""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from struct import pack, unpack
from typing import Any, Final

from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
    CreateTopicsResponse,
)
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchResponse, FetchTopic
from kafkacompat.wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopic,
)
from kafkacompat.wire.messages.produce import (
    PartitionProduceData,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from tests.wire.records.legacy_sets import cases, logs

RECORDED: Final = Path(__file__).with_name("legacy_recorded.json")
LAST_VERSION: Final = 10
MAX_BYTES: Final = 1 << 22
PATIENCE_S: Final = 15


class Broker:
    """One connection, and one new topic a case."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), PATIENCE_S)
        self._incoming = self._socket.makefile("rb")
        self._stem = f"legacy-{int(time.time() * 1000)}"
        self._count = 0

    def ask(self, request: Any, response: type, version: int) -> Any:
        """Ask in a version that is not flexible."""
        body = b"".join(bytes(piece) for piece in encode(request, version))
        frame = pack(">hhih", request.KEY, version, 1, -1) + body
        self._socket.sendall(pack(">i", len(frame)) + frame)
        (size,) = unpack(">i", self._incoming.read(4))
        return decode(response, version, self._incoming.read(size)[4:])

    def create(self, settings: dict[str, str]) -> str:
        self._count += 1
        name = f"{self._stem}-{self._count}"
        configs = [CreatableTopicConfig(name=key, value=value) for key, value in settings.items()]
        topic = CreatableTopic(name=name, num_partitions=1, replication_factor=1, assignments=[], configs=configs)
        answer = self.ask(CreateTopicsRequest(topics=[topic], timeout_ms=9_000), CreateTopicsResponse, 4)
        assert answer.topics[0].error_code == ErrorCode.NONE, answer
        partition = ListOffsetsPartition(partition_index=0, timestamp=-1)
        wanted = ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name=name, partitions=[partition])])
        for _ in range(100):
            found = self.ask(wanted, ListOffsetsResponse, 1)
            if found.topics[0].partitions[0].error_code == ErrorCode.NONE:
                break
            time.sleep(0.02)
        return name

    def produce(self, topic: str, records: bytes, version: int) -> Any:
        data = [PartitionProduceData(index=0, records=records)]
        topics = [TopicProduceData(name=topic, partition_data=data)]
        answer = self.ask(ProduceRequest(acks=1, timeout_ms=9_000, topic_data=topics), ProduceResponse, version)
        return answer.responses[0].partition_responses[0]

    def fetch(self, topic: str, version: int, offset: int = 0) -> Any:
        wanted = [FetchPartition(partition=0, fetch_offset=offset, partition_max_bytes=MAX_BYTES)]
        topics = [FetchTopic(topic=topic, partitions=wanted)]
        request = FetchRequest(max_wait_ms=0, min_bytes=0, max_bytes=MAX_BYTES, topics=topics)
        return self.ask(request, FetchResponse, version).responses[0].partitions[0]

    def close(self) -> None:
        self._incoming.close()
        self._socket.close()


def produced(broker: Broker) -> dict[str, Any]:
    """Return the code of each case, and the bytes that were stored unless they are many."""
    found: dict[str, Any] = {}
    for name, case in cases().items():
        topic = broker.create(case.settings)
        answer = broker.produce(topic, case.records, 2)
        found[name] = {"code": ErrorCode(answer.error_code).name, "offset": answer.base_offset}
        data = bytes(broker.fetch(topic, LAST_VERSION).records or b"")
        if data and "log append time" not in name:
            found[name]["stored"] = data.hex()
    return found


def fetched(broker: Broker) -> list[dict[str, Any]]:
    """Return what each old version reads of the logs."""
    found = []
    for name, (batches, offsets) in logs().items():
        topic = broker.create({})
        for data in batches:
            assert broker.produce(topic, data, 7).error_code == ErrorCode.NONE
        for version in range(4):
            for offset in offsets:
                answer = broker.fetch(topic, version, offset)
                code, records = ErrorCode(answer.error_code).name, bytes(answer.records or b"").hex()
                found.append({"log": name, "version": version, "offset": offset, "code": code, "records": records})
    return found


def main() -> None:
    broker = Broker(sys.argv[1])
    recorded = {"kafka": "3.9.1", "produced": produced(broker), "fetched": fetched(broker)}
    broker.close()
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
