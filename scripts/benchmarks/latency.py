"""Rows that do one thing at a time and ask how long it takes, with confluent-kafka.

Of the stock Python clients it adds the least of its own: what it waits for is the server's answer.
"""

from __future__ import annotations

import time
import zlib
from statistics import median
from typing import TYPE_CHECKING

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.clients import client_settings
from benchmarks.processes import Meter
from benchmarks.samples import Sample, percentiles
from benchmarks.topics import PATIENCE_SECONDS, WrongAnswerError, new_name, new_topic, read_back

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message

    from benchmarks.contenders import Contender

STARTS = 3
PRODUCED_RECORDS = 3_000
CONSUMED_RECORDS = 2_000
COMMITS = 2_000
CYCLES = 15
CYCLE_RECORDS = 10
UNCOUNTED = 100
"""What is done first, while connections are made and code is warmed up."""


def start(contender: Contender, share: float) -> Sample:
    """Start another server and wait for its first Metadata answer, a few times; the medians."""
    starts = [contender.time_a_start() for _ in range(max(1, round(STARTS * share)))]
    seconds, resident = zip(*starts, strict=True)
    return Sample({"time": median(seconds) * 1000, "memory": median(resident) / 1e6})


class _OneAtATime:
    """A producer that waits for each acknowledgement, and knows which offset comes next."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._producer = Producer(client_settings(bootstrap, acks="all", linger_ms=0))
        self._topic = topic
        self._acknowledged_at = 0.0
        self._next_offset = 0

    def send(self, value: bytes) -> float:
        """Write a record; seconds until its acknowledgement."""
        began = time.perf_counter()
        self._acknowledged_at = 0.0
        self._producer.produce(self._topic, value, partition=0, on_delivery=self._delivered)
        while not self._acknowledged_at:
            self._producer.poll(1)
        return self._acknowledged_at - began

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None or message.offset() != self._next_offset:
            raise WrongAnswerError(f"offset {message.offset()}, not {self._next_offset} ({error})")
        self._next_offset += 1
        self._acknowledged_at = time.perf_counter()


def acknowledge(contender: Contender, share: float) -> Sample:
    """Write records one at a time."""
    records = round(PRODUCED_RECORDS * share) + UNCOUNTED
    with new_topic(contender.bootstrap) as topic:
        producer = _OneAtATime(contender.bootstrap, topic)
        with Meter(contender.pid) as meter:
            seconds = [producer.send(b"record %085d" % index) for index in range(records)]
        checksum = read_back(contender.bootstrap, topic, records)
    return Sample(percentiles(seconds[UNCOUNTED:]) | {"cpu": meter.cpu_seconds / records * 1e6}, checksum)


def produce_to_consume(contender: Contender, share: float) -> Sample:
    """Write records one at a time, and wait until a consumer that waits for each has got it."""
    records = round(CONSUMED_RECORDS * share) + UNCOUNTED
    with new_topic(contender.bootstrap) as topic:
        producer = Producer(client_settings(contender.bootstrap, acks="all", linger_ms=0))
        consumer = _waiting_consumer(contender.bootstrap, topic)
        seconds: list[float] = []
        with Meter(contender.pid) as meter:
            for index in range(records):
                began = time.perf_counter()
                producer.produce(topic, b"record %085d" % index, partition=0)
                message = consumer.poll(PATIENCE_SECONDS)
                seconds.append(time.perf_counter() - began)
                if message is None or message.error() or message.offset() != index:
                    raise WrongAnswerError(f"record {index} was written, {message and message.offset()} came")
                producer.poll(0)
        consumer.close()
        checksum = read_back(contender.bootstrap, topic, records)
    return Sample(percentiles(seconds[UNCOUNTED:]) | {"cpu": meter.cpu_seconds / records * 1e6}, checksum)


def _waiting_consumer(bootstrap: str, topic: str) -> Consumer:
    consumer = Consumer(client_settings(bootstrap, group_id=topic, enable_auto_commit=False))
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    consumer.poll(0.5)  # its first fetch waits at the server by then
    return consumer


def commit(contender: Contender, share: float) -> Sample:
    """Commit offsets one at a time, as a member of a group."""
    commits = round(COMMITS * share) + UNCOUNTED
    with new_topic(contender.bootstrap) as topic:
        consumer = _new_member(contender.bootstrap, topic)
        _await_assignment(consumer)
        seconds: list[float] = []
        with Meter(contender.pid) as meter:
            for offset in range(commits):
                began = time.perf_counter()
                consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
                seconds.append(time.perf_counter() - began)
        committed = consumer.committed([TopicPartition(topic, 0)], PATIENCE_SECONDS)[0].offset
        consumer.close()
    if committed != commits - 1:
        raise WrongAnswerError(f"offset {commits - 1} was committed, {committed} is told")
    return Sample(percentiles(seconds[UNCOUNTED:]) | {"cpu": meter.cpu_seconds / commits * 1e6}, committed)


def _new_member(bootstrap: str, topic: str) -> Consumer:
    settings = client_settings(bootstrap, group_id=new_name(), auto_offset_reset="earliest", enable_auto_commit=False)
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    return consumer


def _await_assignment(consumer: Consumer) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not consumer.assignment():
        consumer.poll(0.05)
        if time.monotonic() > deadline:
            raise WrongAnswerError("the group gave its only member nothing")


def test_cycle(contender: Contender, share: float) -> Sample:
    """Do what a test does, from creating its topic to deleting it, several times; the median of one round's cycles."""
    cycles = max(3, round(CYCLES * share))
    with Meter(contender.pid) as meter:
        outcomes = [_cycle(contender.bootstrap) for _ in range(cycles)]
    checksums = {checksum for _, checksum in outcomes}
    if len(checksums) != 1:
        raise WrongAnswerError("cycles that wrote the same records read different ones")
    seconds = median(spent for spent, _ in outcomes)
    return Sample({"time": seconds * 1000, "cpu": meter.cpu_seconds / cycles * 1000}, checksums.pop())


def _cycle(bootstrap: str) -> tuple[float, int]:
    began = time.perf_counter()
    topic = new_name()
    admin = AdminClient(client_settings(bootstrap))
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(PATIENCE_SECONDS)
    producer = Producer(client_settings(bootstrap))
    for index in range(CYCLE_RECORDS):
        producer.produce(topic, b"record %d" % index)
    producer.flush(PATIENCE_SECONDS)
    consumer = _new_member(bootstrap, topic)
    checksum = _take_all(consumer)
    consumer.commit(asynchronous=False)
    consumer.close()
    admin.delete_topics([topic])[topic].result(PATIENCE_SECONDS)
    return time.perf_counter() - began, checksum


def _take_all(consumer: Consumer) -> int:
    checksum = 0
    for index in range(CYCLE_RECORDS):
        message = consumer.poll(PATIENCE_SECONDS)
        if message is None or message.error() or message.offset() != index:
            raise WrongAnswerError(f"record {index} did not come: {message and (message.error() or message.offset())}")
        checksum = zlib.crc32(message.value() or b"", checksum)
    return checksum
