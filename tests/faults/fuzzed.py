"""What the fuzzer hands bytes to: a whole cluster, which must take anything without anybody having to think anew."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from kafkacompat.api.routes import ROUTES
from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchResponse, FetchTopic
from kafkacompat.wire.messages.produce import (
    PartitionProduceData,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from kafkacompat.wire.records.batch import HEADER_SIZE, LENGTH_PREFIX_SIZE, MAGIC
from kafkacompat.wire.records.builder import seal
from tests.server.wired import Client, Wired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SETTINGS: Final = {
    "auto.create.topics.enable": "false",
    "kafkacompat.validate.records": "all",
    "offsets.topic.num.partitions": "1",
}
VERSIONS: Final = [(r.key, v) for r in ROUTES.values() for v in range(r.first_version, r.last_version + 1)]
INPUTS_PER_CLUSTER: Final = 200
TURNS: Final = 3
PRODUCE_VERSIONS: Final = (0, 1, 2, 3, 7, 9)
FETCH_VERSIONS: Final = (0, 2, 4, 11)


class Outcry(logging.Handler):
    """Keeps what was logged with a traceback: what nobody had thought of."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.cries: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.cries.append(logging.Formatter().format(record))


class Fuzzed:
    """A cluster that takes one input after another, and is made anew from time to time so that each can be replayed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, context: self._outcry.cries.append(str(context)))
        self._outcry = Outcry()
        self._inputs = 0
        self._wired = Wired()

    def begin(self) -> None:
        """Listen for outcries; `end` listens no more."""
        logger = logging.getLogger("kafkacompat")
        logger.addHandler(self._outcry)
        logger.setLevel(logging.ERROR)
        logger.propagate = False

    def end(self) -> None:
        logger = logging.getLogger("kafkacompat")
        logger.removeHandler(self._outcry)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
        self._loop.run_until_complete(self._wired.cluster.close() if self._inputs else asyncio.sleep(0))
        self._loop.close()

    def take(self, target: str, data: bytes) -> None:
        """Hand one input to a target; AssertionError if it did harm."""
        self._loop.run_until_complete(self._take(TARGETS[target], data))
        assert not self._outcry.cries, self._outcry.cries[0]

    async def _take(self, target: Callable[[Wired, bytes], list[Client]], data: bytes) -> None:
        if self._inputs % INPUTS_PER_CLUSTER == 0:
            if self._inputs:
                await self._wired.cluster.close()
            self._wired = await Wired(SETTINGS).start("orders")
        self._inputs += 1
        clients = target(self._wired, data)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        for client in clients:
            client.close()
        await asyncio.sleep(0)


def a_stream(wired: Wired, data: bytes) -> list[Client]:
    """Receive the bytes as they are."""
    client = wired.connect()
    client.receive(data)
    return [client]


def a_request(wired: Wired, data: bytes) -> list[Client]:
    """Receive the bytes as the body of a request; the first two say of which key and version."""
    client = wired.connect()
    key, version = VERSIONS[int.from_bytes(data[:2].ljust(2, b"\0"), "big") % len(VERSIONS)]
    frame = key.to_bytes(2, "big") + version.to_bytes(2, "big") + b"\0\0\0\1\xff\xff" + data[2:]
    client.receive(len(frame).to_bytes(4, "big") + frame)
    return [client]


def some_records(wired: Wired, data: bytes) -> list[Client]:
    """Produce the bytes, in the version that the first says, and read what was taken in every form."""
    version = PRODUCE_VERSIONS[data[0] % len(PRODUCE_VERSIONS)] if data else 9
    records = sealed(data[1:])
    producer, reader = wired.connect(), wired.connect()
    topics = [TopicProduceData(name="orders", partition_data=[PartitionProduceData(index=0, records=records)])]
    producer.send(ProduceRequest(acks=1, timeout_ms=1000, topic_data=topics), version)
    if producer.closed:
        return [producer, reader]
    (answer,) = producer.responses(ProduceResponse)
    outcome = answer.responses[0].partition_responses[0]
    if outcome.error_code == ErrorCode.NONE and outcome.base_offset >= 0:  # below: no whole message, nothing taken
        for fetch_version in FETCH_VERSIONS:
            partition = FetchPartition(partition=0, fetch_offset=outcome.base_offset, partition_max_bytes=1 << 20)
            topics_to_read = [FetchTopic(topic="orders", partitions=[partition])]
            reader.send(FetchRequest(max_wait_ms=0, min_bytes=0, topics=topics_to_read), fetch_version)
            (fetched,) = reader.responses(FetchResponse)
            code = fetched.responses[0].partitions[0].error_code
            # Readers from before zstd are told so (KIP-110).
            assert code in {ErrorCode.NONE, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE}, (
                f"what was taken is answered {ErrorCode(code).name}"
            )
    return [producer, reader]


def sealed(records: bytes) -> bytes:
    """Put the length and checksum of a single batch right, which a fuzzer would seldom guess."""
    if len(records) < HEADER_SIZE or records[16] != MAGIC:
        return records
    batch = bytearray(records)
    batch[8:LENGTH_PREFIX_SIZE] = (len(batch) - LENGTH_PREFIX_SIZE).to_bytes(4, "big")
    seal(batch)
    return bytes(batch)


def a_message(_wired: Wired, data: bytes) -> list[Client]:
    """Decode what a fetch might be answered with, and encode it again: the same value comes of it."""
    try:
        value = decode(FetchResponse, 12, data)
    except ValueError:
        return []
    assert decode(FetchResponse, 12, b"".join(encode(value, 12))) == value
    return []


TARGETS: Final[Mapping[str, Callable[[Wired, bytes], list[Client]]]] = {
    "message": a_message,
    "records": some_records,
    "request": a_request,
    "stream": a_stream,
}
