"""`kill -9` under load: whatever was acknowledged is there afterwards, in order, and once.

KAFKACOMPAT_KILL_ROUNDS sets how many times (3; the long run takes 200), KAFKACOMPAT_TEST_SEED when the blows fall.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, ClassVar, Final, Self

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

if TYPE_CHECKING:
    from pathlib import Path

    from aiokafka.structs import RecordMetadata

ROUNDS: Final = int(os.environ.get("KAFKACOMPAT_KILL_ROUNDS", "3"))
SEED: Final = int(os.environ.get("KAFKACOMPAT_TEST_SEED", "1"))
ROUNDS_PER_DIRECTORY: Final = 5
"""Each round reads back everything that its directory ever got: without a limit the long run would be quadratic."""
PARTITIONS: Final = 3
ENOUGH_TO_KILL: Final = 1000
PATIENCE_SECONDS: Final = 60
MANNERS: Final[tuple[dict[str, str], ...]] = (
    # How the logs are kept, in turn: blows should fall while segments roll, and while files are flushed.
    {"log.segment.bytes": "1048576", "log.index.interval.bytes": "512"},
    {"log.flush.interval.messages": "1"},
    {},
)


class Server:
    """A server on a directory, in a process that can be killed."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        topics = [word for kind in LOADS for word in ("--topic", f"{kind}:{PARTITIONS}")]
        told = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        command = [sys.executable, "-m", "kafkacompat", "serve", "--port", "0", "--json", "--data", str(data)]
        self._child = subprocess.Popen([*command, *topics, *told], stdout=subprocess.PIPE, text=True)
        assert self._child.stdout is not None
        self.bootstrap_servers: str = json.loads(self._child.stdout.readline())["bootstrap_servers"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.returncode is None:
            self.kill()

    def kill(self) -> None:
        self._child.kill()
        self._child.communicate()

    def stop(self) -> None:
        self._child.terminate()
        self._child.communicate()
        assert self._child.returncode == 0, "the server does not stop in order"


class Load(ABC):
    """A client that sends numbered records until it is told to stop, and remembers what was acknowledged."""

    def __init__(self, kind: str, bootstrap_servers: str, first: int) -> None:
        self.kind = kind
        self.acknowledged: dict[tuple[int, int], bytes] = {}
        self.next = first
        self._bootstrap_servers = bootstrap_servers
        self._enough = threading.Event()
        self._some = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait_for_acknowledgements(self) -> None:
        assert self._some.wait(PATIENCE_SECONDS), f"only {len(self.acknowledged)} records of {self.kind} acknowledged"

    def end(self) -> None:
        """Send no more, and give up what is not acknowledged."""
        self._enough.set()
        self._thread.join()

    @abstractmethod
    def _run(self) -> None:
        """Send until it is enough."""

    def _value(self) -> bytes:
        return f"{self.kind}-{self.next}".encode()

    def _remember(self, partition: int, offset: int, value: bytes) -> None:
        self.acknowledged[partition, offset] = value
        if len(self.acknowledged) > ENOUGH_TO_KILL:
            self._some.set()


class Librdkafka(Load):
    """confluent-kafka."""

    settings: ClassVar[dict[str, str | bool | int]]

    def _run(self) -> None:
        general = {"bootstrap.servers": self._bootstrap_servers, "message.timeout.ms": 5000, "log_level": 0}
        producer = Producer(general | self.settings)
        while not self._enough.is_set():
            try:
                producer.produce(
                    self.kind, self._value(), partition=self.next % PARTITIONS, on_delivery=self._delivered
                )
                self.next += 1
            except BufferError:
                producer.poll(0.01)
            if self.next % 100 == 0:
                producer.poll(0)
        producer.purge()
        producer.flush(5)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        partition, offset, value = message.partition(), message.offset(), message.value()
        if error is None and partition is not None and offset is not None and value is not None:
            self._remember(partition, offset, value)


class Idempotent(Librdkafka):
    settings: ClassVar = {"enable.idempotence": True}


class AcknowledgedByOne(Librdkafka):
    settings: ClassVar = {"acks": "1", "linger.ms": 0, "compression.type": "lz4"}


class AcknowledgedByAll(Load):
    """aiokafka: another library, whose batches and retries are its own."""

    def _run(self) -> None:
        asyncio.run(self._send_all())

    async def _send_all(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap_servers, acks="all")
        await producer.start()
        while not self._enough.is_set():
            sending = asyncio.create_task(self._send(producer))
            while not sending.done() and not self._enough.is_set():
                await asyncio.wait([sending], timeout=0.05)
            sending.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(producer.stop(), 0.1)  # left to itself it tries to send until its requests time out
        await producer._sender.close()
        await producer.client.close()

    async def _send(self, producer: AIOKafkaProducer) -> None:
        value = self._value()
        future = await producer.send(self.kind, value, partition=self.next % PARTITIONS)
        self.next += 1
        future.add_done_callback(lambda done: self._delivered(done, value))

    def _delivered(self, done: asyncio.Future[RecordMetadata], value: bytes) -> None:
        if not done.cancelled() and done.exception() is None:
            self._remember(done.result().partition, done.result().offset, value)


LOADS: Final[dict[str, type[Load]]] = {"idempotent": Idempotent, "all": AcknowledgedByAll, "one": AcknowledgedByOne}


def stored(bootstrap_servers: str, topic: str) -> dict[tuple[int, int], bytes]:
    settings = {"group.id": "none", "enable.partition.eof": True, "fetch.wait.max.ms": 10}
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, **settings})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    records: dict[tuple[int, int], bytes] = {}
    ended: set[int | None] = set()
    while len(ended) < PARTITIONS:
        for message in consumer.consume(10_000, timeout=0.2):
            error = message.error()
            if error is not None:
                assert error.code() == KafkaError._PARTITION_EOF, error
                ended.add(message.partition())
                continue
            partition, offset, value = message.partition(), message.offset(), message.value()
            assert partition is not None
            assert offset is not None
            assert value is not None
            records[partition, offset] = value
    consumer.close()
    return records


def check(kind: str, records: dict[tuple[int, int], bytes], acknowledged: dict[tuple[int, int], bytes]) -> None:
    missing = {place: value for place, value in acknowledged.items() if records.get(place) != value}
    assert not missing, f"{len(missing)} acknowledged records of {kind} are lost, such as {next(iter(missing.items()))}"
    for partition in range(PARTITIONS):
        offsets = [offset for where, offset in records if where == partition]
        assert offsets == list(range(len(offsets)))
        numbers = [int(v.rpartition(b"-")[2]) for (where, _), v in records.items() if where == partition]
        if kind == "idempotent":
            assert numbers == sorted(set(numbers)), "a record came twice, or out of order"


def run_rounds(data: Path, settings: dict[str, str], rounds: int, delay: random.Random) -> None:
    """Load, kill, read back, and stop in order, over and over on one directory."""
    acknowledged: dict[str, dict[tuple[int, int], bytes]] = {kind: {} for kind in LOADS}
    following = dict.fromkeys(LOADS, 0)
    for _ in range(rounds):
        with Server(data, settings) as server, ExitStack() as ends:
            loads = [load(kind, server.bootstrap_servers, following[kind]) for kind, load in LOADS.items()]
            for load in loads:
                ends.callback(load.end)
            for load in loads:
                load.wait_for_acknowledgements()
            threading.Event().wait(delay.uniform(0, 0.3))
            server.kill()
        for load in loads:
            acknowledged[load.kind] |= load.acknowledged
            following[load.kind] = load.next
        with Server(data, settings) as server:
            for kind in LOADS:
                check(kind, stored(server.bootstrap_servers, kind), acknowledged[kind])
            server.stop()


@pytest.mark.parametrize("first", range(0, ROUNDS, ROUNDS_PER_DIRECTORY))
def test_what_was_acknowledged_survives_being_killed(tmp_path: Path, first: int) -> None:
    settings = MANNERS[(SEED + first // ROUNDS_PER_DIRECTORY) % len(MANNERS)]
    rounds = min(ROUNDS_PER_DIRECTORY, ROUNDS - first)
    run_rounds(tmp_path / "data", settings, rounds, random.Random(f"{SEED} {first}"))
    shutil.rmtree(tmp_path / "data")
