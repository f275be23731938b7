"""Rows about logs in files: what they cost beside logs in memory, starts on a directory, and many topics."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from confluent_kafka import Producer, TopicCollection
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks import rdkafka_performance, throughput
from benchmarks.clients import client_settings
from benchmarks.processes import Meter, forget_peak, peak_bytes, resident_bytes
from benchmarks.rdkafka_performance import Load
from benchmarks.samples import Sample
from benchmarks.topics import PATIENCE_SECONDS, WrongAnswerError, new_name, new_topic, read_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from benchmarks.contenders import Contender
    from benchmarks.kept import Kept

LONG_SECONDS = 300
START_TOPICS, START_PARTITIONS_EACH = 100, 10
START_BYTES = 1_000_000_000
START_RECORD_BYTES = 1_024
START_BATCH_BYTES = 65_536
STEPS = ("created", "listed", "described", "deleted")
MANY_TOPICS, MANY_PARTITIONS_EACH = 1_000, 3
IDLE_TOPICS, IDLE_PARTITIONS_EACH = 1_000, 10
SETTLING_SECONDS = 40
"""Longer than `log.initial.task.delay.ms`: what every log is looked at for the first time is over."""
IDLE_SECONDS = 20
RECORDS_A_REQUEST = 10_000
"""How many records of the metadata log one request may write, as the real Kafka has it."""
COLD_RECORDS, COLD_RECORD_BYTES = 1_000_000, 1_024
COLD_CONSUMERS = 3


@contextmanager
def running(contender: Contender) -> Iterator[Kept]:
    """Start a server on a new directory; both are gone afterwards."""
    kept = contender.kept()
    try:
        kept.start()
        yield kept
    finally:
        kept.remove()


def produce(contender: Contender, share: float, *, records: int, record_bytes: int) -> Sample:
    """Write to files, and the same to memory at the same time of day; the real Kafka always writes to files."""
    measured = partial(throughput.produce, share=share, records=records, record_bytes=record_bytes)
    plain = measured(contender)
    if contender.keeps_files:
        return plain
    with running(contender) as kept:
        measured(kept, share=throughput_share(share))
        filed = measured(kept)
    ratio = filed.values["cpu"] / plain.values["cpu"]
    return Sample(filed.values | {"ratio": ratio}, filed.checksum)


def throughput_share(share: float) -> float:
    """Return how much is written before what counts: code warms up, as for the servers that run all the time."""
    return share * 0.2


produce_small = partial(produce, records=3_000_000, record_bytes=100)
produce_kibibyte = partial(produce, records=1_000_000, record_bytes=1_024)


def starts(contender: Contender, share: float) -> Sample:
    """Fill 1,000 partitions, and start after a kill and after a clean stop."""
    with running(contender) as kept:
        names = [new_name() for _ in range(START_TOPICS)]
        _create(_admin(kept), names, START_PARTITIONS_EACH)
        _fill(kept, names, round(START_BYTES * share))
        kept.kill()
        killed = kept.start(START_TOPICS)
        kept.stop()
        clean = kept.start(START_TOPICS)
        checksum = read_back(kept.bootstrap, names[-1], *_expected(round(START_BYTES * share)))
    return Sample({"clean": clean, "killed": killed}, checksum)


def _expected(size_bytes: int) -> tuple[int, int]:
    each = size_bytes // (START_TOPICS * START_PARTITIONS_EACH * START_RECORD_BYTES)
    return each * START_PARTITIONS_EACH, START_PARTITIONS_EACH


def _fill(kept: Kept, names: list[str], size_bytes: int) -> None:
    """Write the same number of records to every partition."""
    producer = Producer(
        client_settings(
            kept.bootstrap,
            acks="all",
            linger_ms=50,
            batch_size=START_BATCH_BYTES,
            queue_buffering_max_kbytes=262_144,
            queue_buffering_max_messages=200_000,
        )
    )
    each = size_bytes // (len(names) * START_PARTITIONS_EACH * START_RECORD_BYTES)
    value = bytes(range(256)) * (START_RECORD_BYTES // 256)
    for name in names:
        for partition in range(START_PARTITIONS_EACH):
            for _ in range(each):
                while True:
                    try:
                        producer.produce(name, value, partition=partition)
                        break
                    except BufferError:
                        producer.poll(0.1)
            producer.poll(0)
    if left := producer.flush(LONG_SECONDS):
        raise WrongAnswerError(f"{left} records were not acknowledged")


def _admin(kept: Kept) -> AdminClient:
    return AdminClient(client_settings(kept.bootstrap))


def _create(admin: AdminClient, names: list[str], partitions: int) -> None:
    """Create topics, as many in a request as a controller takes."""
    at_a_time = RECORDS_A_REQUEST // (partitions + 1)
    for first in range(0, len(names), at_a_time):
        topics = [NewTopic(name, partitions, 1) for name in names[first : first + at_a_time]]
        _all_done(admin.create_topics(topics, operation_timeout=LONG_SECONDS, request_timeout=LONG_SECONDS))


def _all_done(futures: dict[str, Future[None]]) -> None:
    for future in futures.values():
        future.result(LONG_SECONDS)


def many_topics(contender: Contender, share: float) -> Sample:
    """Create, list, describe and delete many topics, each step with as few requests as the client needs."""
    names = [new_name() for _ in range(round(MANY_TOPICS * share))]
    seconds: dict[str, float] = {}
    with running(contender) as kept:
        admin = _admin(kept)
        admin.list_topics(timeout=PATIENCE_SECONDS)
        with _timed(seconds, "created"):
            _create(admin, names, MANY_PARTITIONS_EACH)
        _await_listed(admin, names)
        with _timed(seconds, "listed"):
            admin.list_topics(timeout=PATIENCE_SECONDS)
        with _timed(seconds, "described"):
            described = admin.describe_topics(TopicCollection(names), request_timeout=LONG_SECONDS)
            found = [future.result(LONG_SECONDS) for future in described.values()]
        if any(len(topic.partitions) != MANY_PARTITIONS_EACH for topic in found):
            raise WrongAnswerError("a topic was described with another number of partitions")
        with _timed(seconds, "deleted"):
            _all_done(admin.delete_topics(names, operation_timeout=LONG_SECONDS, request_timeout=LONG_SECONDS))
    return Sample({step: taken * 1000 for step, taken in seconds.items()})


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - began


def _await_listed(admin: AdminClient, names: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not set(names) <= admin.list_topics(timeout=PATIENCE_SECONDS).topics.keys():
        if time.monotonic() > deadline:
            raise WrongAnswerError("topics that were created are not listed")
        time.sleep(0.1)


def idle(contender: Contender, share: float) -> Sample:
    """Create many partitions, wait until all is quiet, and see what doing nothing costs."""
    names = [new_name() for _ in range(round(IDLE_TOPICS * share))]
    with running(contender) as kept:
        _create(_admin(kept), names, IDLE_PARTITIONS_EACH)
        time.sleep(SETTLING_SECONDS)
        with Meter(kept.pid) as meter:
            time.sleep(IDLE_SECONDS)
        memory = resident_bytes(kept.pid)
    return Sample({"memory": memory / 1e6, "cpu": meter.cpu_seconds / meter.wall_seconds * 100})


def cold_fetch(contender: Contender, share: float) -> Sample:
    """Write a topic, drop its file from the page cache, and have three consumers read it at the same time."""
    rdkafka_performance.program()
    with running(contender) as kept, new_topic(kept.bootstrap) as topic:
        load = Load(kept.bootstrap, topic, round(COLD_RECORDS * share), COLD_RECORD_BYTES)
        rdkafka_performance.produce(load)
        _drop_from_cache(kept.directory, topic)
        forget_peak(kept.pid)
        before = peak_bytes(kept.pid)
        with Meter(kept.pid) as meter:
            rdkafka_performance.consume_together(load, COLD_CONSUMERS)
        growth = peak_bytes(kept.pid) - before
        checksum = read_back(kept.bootstrap, topic, load.records)
    cpu = meter.cpu_seconds / (load.gigabytes * COLD_CONSUMERS)
    rate = load.records * COLD_CONSUMERS / meter.wall_seconds
    return Sample({"cpu": cpu, "growth": growth / 1e6, "rate": rate}, checksum)


def _drop_from_cache(directory: Path, topic: str) -> None:
    for path in directory.rglob(f"{topic}-*/*.log"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
