"""Rows of transactions, and of idempotent producers beside plain ones.

librdkafka announces every partition before it writes there, and waits for the answer (the older protocol); Kafka's own
producer leaves that to the broker (the newer one, KIP-890).
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from confluent_kafka import Producer

from benchmarks import rdkafka_performance, throughput
from benchmarks.clients import client_settings
from benchmarks.files import running
from benchmarks.processes import Meter
from benchmarks.rdkafka_performance import Load
from benchmarks.samples import Sample, percentiles
from benchmarks.topics import PATIENCE_SECONDS, WrongAnswerError, new_name, new_topic, read_back, read_committed

if TYPE_CHECKING:
    from benchmarks.contenders import Contender, Running

UNCOUNTED_SHARE = 0.1
"""What is done first, while connections are made and code is warmed up."""
RECORD_AND_MARKER = 2
"""How many offsets of a partition a transaction takes that writes one record there."""
JAVA_RECORDS = 200_000
JAVA_RECORD_BYTES = 1_000
JAVA_TRANSACTION_MS = 5


def one_by_one(contender: Running, share: float, *, transactions: int, partitions: int) -> Sample:
    """Write one record to each partition and commit, again and again."""
    uncounted = max(1, round(transactions * share * UNCOUNTED_SHARE))
    count = round(transactions * share) + uncounted
    with new_topic(contender.bootstrap, partitions) as topic:
        settings = client_settings(contender.bootstrap, transactional_id=new_name(), linger_ms=0)
        producer = Producer(settings)
        producer.init_transactions(PATIENCE_SECONDS)
        seconds = [_transaction(producer, topic, partitions, number) for number in range(uncounted)]
        with Meter(contender.pid) as meter:
            seconds = [
                _transaction(producer, topic, partitions, uncounted + number) for number in range(count - uncounted)
            ]
        checksum = read_back(contender.bootstrap, topic, count * partitions, partitions, stride=RECORD_AND_MARKER)
    return Sample(percentiles(seconds) | {"cpu": meter.cpu_seconds / (count - uncounted) * 1000}, checksum)


def _transaction(producer: Producer, topic: str, partitions: int, number: int) -> float:
    """Return how many seconds it took from its begin to the end of its commit."""
    value = b"record %085d" % number
    began = time.perf_counter()
    producer.begin_transaction()
    for partition in range(partitions):
        producer.produce(topic, value, partition=partition)
    producer.commit_transaction(PATIENCE_SECONDS)
    return time.perf_counter() - began


def one_by_one_to_files(contender: Contender, share: float, *, transactions: int, partitions: int) -> Sample:
    """Do the same on a server with files; the real Kafka always has them."""
    measured = partial(one_by_one, transactions=transactions, partitions=partitions)
    if contender.keeps_files:
        return measured(contender, share)
    with running(contender) as kept:
        return measured(kept, share)


three_partitions = partial(one_by_one, transactions=1_000, partitions=3)
hundred_partitions = partial(one_by_one, transactions=60, partitions=100)
three_partitions_to_files = partial(one_by_one_to_files, transactions=1_000, partitions=3)
hundred_partitions_to_files = partial(one_by_one_to_files, transactions=60, partitions=100)


def from_java(contender: Contender, share: float) -> Sample:
    """Write with the load program that Kafka ships, which ends a transaction every few milliseconds.

    The offsets that no record has are its markers: so many transactions there were.
    """
    records = round(JAVA_RECORDS * share)
    with new_topic(contender.bootstrap) as topic:
        with Meter(contender.pid) as meter:
            rate = throughput.perform_from_java(
                contender.bootstrap,
                topic,
                records,
                JAVA_RECORD_BYTES,
                options={"--transactional-id": new_name(), "--transaction-duration-ms": JAVA_TRANSACTION_MS},
            )
        checksum, end = read_committed(contender.bootstrap, topic, records)
    transactions = end - records
    if transactions < 1:
        raise WrongAnswerError(f"{records} records were written in transactions, but the log ends at {end}")
    return Sample({"cpu": meter.cpu_seconds / transactions * 1000, "rate": rate}, checksum)


def idempotent(contender: Contender, share: float, *, records: int, record_bytes: int) -> Sample:
    """Write as an idempotent producer, and the same as a plain one right after; which is first changes nothing."""
    rdkafka_performance.program()
    spent = [_written(contender, share, records, record_bytes, idempotence=each) for each in (True, False, False, True)]
    first, plain, plain_again, last = (cpu for cpu, _, _ in spent)
    gigabytes = round(records * share) * record_bytes / 1e9
    values = {
        "cpu": (first + last) / 2 / gigabytes,
        "ratio": (first + last) / (plain + plain_again),
        "rate": (spent[0][1] + spent[3][1]) / 2,
    }
    return Sample(values, spent[0][2])


def _written(
    contender: Contender, share: float, records: int, record_bytes: int, *, idempotence: bool
) -> tuple[float, float, int]:
    """Return the server's processor seconds, records a second, and the checksum of what is there."""
    with new_topic(contender.bootstrap) as topic:
        load = Load(contender.bootstrap, topic, round(records * share), record_bytes, idempotence=idempotence)
        with Meter(contender.pid) as meter:
            seconds = rdkafka_performance.produce(load)
        checksum = read_back(contender.bootstrap, topic, load.records)
    return meter.cpu_seconds, load.records / seconds, checksum


idempotent_kibibyte = partial(idempotent, records=1_000_000, record_bytes=1_024)
