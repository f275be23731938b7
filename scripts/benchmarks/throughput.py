"""Rows that move many records."""

from __future__ import annotations

import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from confluent_kafka import Producer

from benchmarks import rdkafka_performance
from benchmarks.clients import client_settings
from benchmarks.places import KAFKA
from benchmarks.processes import Meter
from benchmarks.rdkafka_performance import Load
from benchmarks.samples import Sample, UnavailableError
from benchmarks.topics import WrongAnswerError, new_topic, read_back

if TYPE_CHECKING:
    from benchmarks.contenders import Contender, Running

FAN_OUT_PARTITIONS = 1_000
FAN_OUT_RECORDS = 20_000
JAVA_RECORDS = 500_000
JAVA_RECORD_BYTES = 1_000
JAVA_TIMEOUT_SECONDS = 300
JAVA_SENT = re.compile(r"(\d+) records sent, ([\d.]+) records/sec")


def produce(contender: Running, share: float, *, records: int, record_bytes: int) -> Sample:
    """Write with rdkafka_performance."""
    rdkafka_performance.program()
    with new_topic(contender.bootstrap) as topic:
        load = Load(contender.bootstrap, topic, round(records * share), record_bytes)
        with Meter(contender.pid) as meter:
            seconds = rdkafka_performance.produce(load)
        checksum = read_back(contender.bootstrap, topic, load.records)
    return Sample({"cpu": meter.cpu_seconds / load.gigabytes, "rate": load.records / seconds}, checksum)


def consume(contender: Contender, share: float, *, records: int, record_bytes: int) -> Sample:
    """Read with rdkafka_performance what it wrote before."""
    rdkafka_performance.program()
    with new_topic(contender.bootstrap) as topic:
        load = Load(contender.bootstrap, topic, round(records * share), record_bytes)
        rdkafka_performance.produce(load)
        with Meter(contender.pid) as meter:
            seconds = rdkafka_performance.consume(load)
        checksum = read_back(contender.bootstrap, topic, load.records)
    return Sample({"cpu": meter.cpu_seconds / load.gigabytes, "rate": load.records / seconds}, checksum)


produce_small = partial(produce, records=3_000_000, record_bytes=100)
produce_kibibyte = partial(produce, records=1_000_000, record_bytes=1_024)
produce_large = partial(produce, records=1_000, record_bytes=900_000)
consume_kibibyte = partial(consume, records=1_000_000, record_bytes=1_024)


def produce_from_java(contender: Contender, share: float) -> Sample:
    """Write with the load program that Kafka ships; it writes the same random records every time."""
    records = round(JAVA_RECORDS * share)
    with new_topic(contender.bootstrap) as topic:
        with Meter(contender.pid) as meter:
            rate = perform_from_java(contender.bootstrap, topic, records, JAVA_RECORD_BYTES)
        checksum = read_back(contender.bootstrap, topic, records)
    gigabytes = records * JAVA_RECORD_BYTES / 1e9
    return Sample({"cpu": meter.cpu_seconds / gigabytes, "rate": rate}, checksum)


def perform_from_java(
    bootstrap: str, topic: str, records: int, record_bytes: int, options: dict[str, str | int] | None = None
) -> float:
    """Run kafka-producer-perf-test with these options more, and return how many records a second it tells of."""
    said = {"--topic": topic, "--num-records": records, "--record-size": record_bytes, "--throughput": -1}
    command = [str(KAFKA), "tool", "kafka-producer-perf-test"]
    command += [str(word) for option in (said | (options or {})).items() for word in option]
    told = _run_java([*command, "--producer-props", f"bootstrap.servers={bootstrap}", "acks=all", "linger.ms=5"])
    found = JAVA_SENT.findall(told)
    if not found or int(found[-1][0]) != records:
        raise WrongAnswerError(f"kafka-producer-perf-test: {told[-500:]}")
    return float(found[-1][1])


def _run_java(command: list[str]) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=JAVA_TIMEOUT_SECONDS,
        check=False,
    )
    if "scripts/kafka needs" in done.stdout:
        raise UnavailableError(done.stdout.strip())
    return done.stdout


def fan_out(contender: Contender, share: float) -> Sample:
    """Write records one by one to many partitions, each a batch and so (with librdkafka) a request of its own."""
    records = round(FAN_OUT_RECORDS * share)
    settings = client_settings(contender.bootstrap, acks="all", linger_ms=0, batch_num_messages=1)
    with new_topic(contender.bootstrap, FAN_OUT_PARTITIONS) as topic:
        producer = Producer(settings)
        producer.list_topics(topic, 10)
        with Meter(contender.pid) as meter:
            for index in range(records):
                producer.produce(topic, b"record %d" % index, partition=index % FAN_OUT_PARTITIONS)
                producer.poll(0)
            if left := producer.flush(60):
                raise WrongAnswerError(f"{left} of {records} records were not acknowledged")
        checksum = read_back(contender.bootstrap, topic, records, FAN_OUT_PARTITIONS)
    rate = records / meter.wall_seconds
    return Sample({"cpu": meter.cpu_seconds / records * 1e6, "rate": rate}, checksum)
