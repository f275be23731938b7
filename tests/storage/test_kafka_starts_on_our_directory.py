"""The real Kafka on a directory of ours, and we on what it left: each finds all that the other acknowledged."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

if TYPE_CHECKING:
    from collections.abc import Iterator

KAFKA: Final = str(Path(__file__).resolve().parent.parent.parent / "scripts" / "kafka")
PATIENCE_S: Final = 60
TOPICS: Final = {"plain": (3, {}), "once": (1, {"cleanup.policy": "compact", "retention.ms": "-1"})}
RECORDS: Final = 100
IDEMPOTENT: Final = {"plain": False, "once": True}

pytestmark = [pytest.mark.oracle]


@contextmanager
def ours(directory: Path, how: int = signal.SIGTERM) -> Iterator[str]:
    """Have our server on a directory, stopped by a signal at the end."""
    command = [sys.executable, "-m", "kafkacompat", "serve", "--port", "0", "--json", "--set", "node.id=0"]
    with subprocess.Popen([*command, "--data", str(directory)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["bootstrap_servers"]
        finally:
            process.send_signal(how)
            process.wait(PATIENCE_S)


@contextmanager
def theirs(folder: Path) -> Iterator[str]:
    """Have the real Kafka on `data-0` in a folder, stopped in order."""
    command = [KAFKA, "start", "--dir", str(folder), "--port", "0", "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    try:
        yield json.loads(done.stdout)["bootstrap"]
    finally:
        subprocess.run([KAFKA, "stop", "--dir", str(folder), "--keep"], check=True, stdout=subprocess.DEVNULL)


class Kept:
    """What was acknowledged, whoever did so."""

    def __init__(self) -> None:
        self.records: dict[str, list[bytes]] = {topic: [] for topic in TOPICS}
        self.committed = 0

    def write(self, bootstrap: str, who: str) -> None:
        """Write records to every topic, and commit an offset."""
        for topic, values in self.records.items():
            settings = {"bootstrap.servers": bootstrap, "enable.idempotence": IDEMPOTENT[topic], "linger.ms": 0}
            producer = Producer(settings)
            for index in range(RECORDS):
                producer.produce(topic, f"{who} {index}".encode(), key=f"{who} {index}".encode())
                values.append(f"{who} {index}".encode())
                if index % 10 == 0:
                    producer.flush(PATIENCE_S)
            assert producer.flush(PATIENCE_S) == 0
        self.committed += 7
        consumer = self.consumer(bootstrap)
        consumer.commit(offsets=[TopicPartition("plain", 1, self.committed)], asynchronous=False)
        consumer.close()

    def check(self, bootstrap: str) -> None:
        """Find the topics, every record, and the offset."""
        found = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=PATIENCE_S).topics
        partitions = {topic: len(found[topic].partitions) for topic in found if topic != "__consumer_offsets"}
        assert partitions == {topic: count for topic, (count, _) in TOPICS.items()}
        consumer = self.consumer(bootstrap)
        for topic, values in self.records.items():
            assert sorted(read(consumer, topic, partitions[topic], len(values))) == sorted(values)
        (offset,) = consumer.committed([TopicPartition("plain", 1)], timeout=PATIENCE_S)
        assert offset.offset == self.committed
        consumer.close()

    def consumer(self, bootstrap: str) -> Consumer:
        return Consumer({"bootstrap.servers": bootstrap, "group.id": "g", "enable.auto.commit": False})


def read(consumer: Consumer, topic: str, partitions: int, count: int) -> list[bytes]:
    consumer.assign([TopicPartition(topic, index, 0) for index in range(partitions)])
    values: list[bytes] = []
    while len(values) < count:
        message = consumer.poll(PATIENCE_S)
        assert message is not None, f"{topic} has only {len(values)} of {count} records"
        assert message.error() is None, message.error()
        values.append(message.value() or b"")
    ends = [
        consumer.get_watermark_offsets(TopicPartition(topic, index), timeout=PATIENCE_S) for index in range(partitions)
    ]
    assert sum(high for _, high in ends) == count
    return values


def complaints(log: Path) -> str:
    """Return what Kafka says, save that its broker may ask its controller a moment before that is active."""
    entries = re.split(r"^(?=\[)", log.read_text(), flags=re.MULTILINE)
    return "".join(entry for entry in entries if "NotControllerException" not in entry)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_kafka_goes_on_where_we_were_and_we_where_kafka_was(tmp_path: Path, how: int) -> None:
    directory, kept = tmp_path / "data-0", Kept()
    with ours(directory, how) as bootstrap:
        admin = AdminClient({"bootstrap.servers": bootstrap})
        wanted = [NewTopic(topic, count, 1, config=config) for topic, (count, config) in TOPICS.items()]
        for future in admin.create_topics([*wanted, NewTopic("gone", 2, 1)]).values():
            future.result(PATIENCE_S)
        kept.write(bootstrap, "ours")
        admin.delete_topics(["gone"])["gone"].result(PATIENCE_S)
    (directory / f"being-made-0.{'0' * 32}-delete").mkdir()  # as a kill may leave a folder that is being made
    with theirs(tmp_path) as bootstrap:
        kept.check(bootstrap)
        kept.write(bootstrap, "theirs")
    said = complaints(tmp_path / "node-0.log")
    assert not re.search("corrupt|stray|offline|exception", said, re.IGNORECASE), said
    with ours(directory) as bootstrap:
        kept.check(bootstrap)
        kept.write(bootstrap, "ours again")
    with theirs(tmp_path) as bootstrap:
        kept.check(bootstrap)
