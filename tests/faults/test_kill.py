"""`kill -9` under load: whatever was acknowledged is there afterwards, in order, and once.

KAFKACOMPAT_KILL_ROUNDS sets how many times (3; the long run takes 200), KAFKACOMPAT_TEST_SEED when the blows fall.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ROUNDS = int(os.environ.get("KAFKACOMPAT_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("KAFKACOMPAT_TEST_SEED", "1"))
PARTITIONS = 3
KINDS: Mapping[str, Mapping[str, str | bool | int]] = {
    "idempotent": {"enable.idempotence": True},
    "all": {"acks": "all", "linger.ms": 1},
    "one": {"acks": "1", "linger.ms": 0, "compression.type": "lz4"},
}


class Server:
    """A server on a directory, in a process that can be killed."""

    def __init__(self, data: Path) -> None:
        topics = [word for kind in KINDS for word in ("--topic", f"{kind}:{PARTITIONS}")]
        command = [sys.executable, "-m", "kafkacompat", "serve", "--port", "0", "--json", "--data", str(data), *topics]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._child.stdout is not None
        self.bootstrap_servers: str = json.loads(self._child.stdout.readline())["bootstrap_servers"]

    def kill(self) -> None:
        self._child.kill()
        self._child.communicate()

    def stop(self) -> None:
        self._child.terminate()
        self._child.communicate()


class Load:
    """A producer that sends numbered records until it is told to stop, and remembers what was acknowledged."""

    def __init__(self, kind: str, bootstrap_servers: str, first: int) -> None:
        self.kind = kind
        self.acknowledged: dict[tuple[int, int], bytes] = {}
        self.next = first
        self._enough = threading.Event()
        self._some = threading.Event()
        settings = {"bootstrap.servers": bootstrap_servers, "message.timeout.ms": 5000, "log_level": 0}
        self._producer = Producer(settings | dict(KINDS[kind]))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait_for_acknowledgements(self) -> None:
        assert self._some.wait(20), f"nothing of {self.kind} was acknowledged"

    def end(self) -> None:
        self._enough.set()
        self._thread.join()
        self._producer.purge()
        self._producer.flush(5)

    def _run(self) -> None:
        while not self._enough.is_set():
            value = f"{self.kind}-{self.next}".encode()
            try:
                self._producer.produce(self.kind, value, partition=self.next % PARTITIONS, on_delivery=self._delivered)
                self.next += 1
            except BufferError:
                self._producer.poll(0.01)
            if self.next % 100 == 0:
                self._producer.poll(0)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        partition, offset, value = message.partition(), message.offset(), message.value()
        if error is None and partition is not None and offset is not None and value is not None:
            self.acknowledged[partition, offset] = value
            if len(self.acknowledged) > 1000:
                self._some.set()


def stored(bootstrap_servers: str, topic: str) -> dict[tuple[int, int], bytes]:
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "none", "enable.partition.eof": True})
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


def test_what_was_acknowledged_survives_being_killed(tmp_path: Path) -> None:
    random_delay = random.Random(SEED)
    acknowledged: dict[str, dict[tuple[int, int], bytes]] = {kind: {} for kind in KINDS}
    following = dict.fromkeys(KINDS, 0)
    for _ in range(ROUNDS):
        server = Server(tmp_path)
        loads = [Load(kind, server.bootstrap_servers, following[kind]) for kind in KINDS]
        for load in loads:
            load.wait_for_acknowledgements()
        threading.Event().wait(random_delay.uniform(0, 0.3))
        server.kill()
        for load in loads:
            load.end()
            acknowledged[load.kind] |= load.acknowledged
            following[load.kind] = load.next
        server = Server(tmp_path)
        for kind in KINDS:
            check(kind, stored(server.bootstrap_servers, kind), acknowledged[kind])
        server.stop()
