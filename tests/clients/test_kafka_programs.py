"""Kafka's own program that copies exactly once, killed while it works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

if TYPE_CHECKING:
    from collections.abc import Callable

KAFKA = Path(__file__).resolve().parent.parent.parent / "scripts" / "kafka"
RECORDS = 600
PATIENCE_S = 120
KILLED_WITH = (500, 300, 150)
"""The copier is killed when no more than so many are left."""

pytestmark = pytest.mark.client("java", "kafka")


def copier(*words: str) -> subprocess.Popen[str]:
    """Start the copier; it tells a JSON object a line."""
    command = [sys.executable, str(KAFKA), "tool", "org.apache.kafka.tools.TransactionalMessageCopier", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def left_when_ended(process: subprocess.Popen[str], killed_with: int = -1) -> int:
    """Follow what a copier tells to its end, and kill it on the way; how many records it had left."""
    assert process.stdout is not None
    left = RECORDS
    with process:
        for line in process.stdout:
            if line.startswith("{"):
                left = json.loads(line)["remaining"]
            if left <= killed_with:
                process.kill()
                break
    return left


def committed_values(bootstrap: str, topic: str) -> list[int]:
    """Return what is read under read_committed, up to the end."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": topic, "enable.partition.eof": True, "enable.auto.commit": False}
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: list[int] = []
    while (message := consumer.poll(PATIENCE_S)) is not None and message.error() is None:
        values.append(int(message.value() or b"-1"))
    consumer.close()
    return values


def test_a_copier_that_is_killed_again_and_again_copies_exactly_once(
    bootstrap: str, fresh_name: Callable[[str], str]
) -> None:
    source, sink = fresh_name("copied"), fresh_name("copy")
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for created in admin.create_topics([NewTopic(source, 1, 1), NewTopic(sink, 1, 1)]).values():
        created.result(PATIENCE_S)
    producer = Producer({"bootstrap.servers": bootstrap})
    for number in range(RECORDS):
        producer.produce(source, b"%d" % number, partition=0)
    assert producer.flush(PATIENCE_S) == 0

    words = ["--broker-list", bootstrap, "--input-topic", source, "--input-partition", "0", "--output-topic", sink]
    words += ["--consumer-group", fresh_name("group"), "--transactional-id", fresh_name("copier")]
    words += ["--transaction-size", "7", "--enable-random-aborts", "--use-group-metadata"]
    words += ["--transaction-timeout", "5000"]  # so long offsets are pending of one that was killed
    for killed_with in KILLED_WITH:
        assert left_when_ended(copier(*words), killed_with) <= killed_with
    last = copier(*words)
    assert left_when_ended(last) == 0
    assert last.returncode == 0

    assert committed_values(bootstrap, sink) == list(range(RECORDS))
