"""Our files beside those of a real Kafka after the same records: the same bytes, and the same words from its tools."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kafkacompat.storage.store import Append, Appended, LogConfig, Marker
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.control import read_end_transaction
from kafkacompat.wire.uuids import uuid_to_text
from tests.storage.batches import NOW_MS, PARTITION, TOPIC_ID, TOPIC_NAME, split
from tests.storage.directories import open_directory

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store

KAFKA: Final = str(Path(__file__).resolve().parent.parent.parent / "scripts" / "kafka")
SEGMENT_BYTES: Final = 1 << 20
COUNTS: Final = (("none", 900), ("gzip", 300), ("lz4", 300), ("none", 700))
SUFFIXES: Final = ("*.log", "*.index", "*.timeindex", "*.snapshot", "*.txnindex")
TRANSACTIONS: Final = (("abort", 400), ("commit", 20), ("abort", 20), ("abort", 400), ("commit", 400), ("abort", 3))
"""How each ends, and how many records it has; some span segments."""
OPEN_RECORDS: Final = 5
pytestmark = [pytest.mark.oracle]


def produce_in_transactions(address: str) -> Producer:
    """Return the second of two producers, whose transaction is open from the start to the end, and beyond."""
    producers = []
    for name in ("first", "second"):
        producers.append(Producer({"bootstrap.servers": address, "transactional.id": name}))
        producers[-1].init_transactions()
    ends, open_one = producers
    ends.begin_transaction()
    ends.produce(TOPIC_NAME, b"before", timestamp=NOW_MS)
    ends.flush()
    open_one.begin_transaction()
    for _ in range(OPEN_RECORDS):
        open_one.produce(TOPIC_NAME, b"open", timestamp=NOW_MS)
    open_one.flush()
    ends.commit_transaction()
    for how, count in TRANSACTIONS:
        ends.begin_transaction()
        for index in range(count):
            ends.produce(TOPIC_NAME, f"{index:010}".encode() * (index % 200), timestamp=NOW_MS + index)
        ends.flush()
        ends.abort_transaction() if how == "abort" else ends.commit_transaction()
    return open_one


def produce(address: str) -> Producer:
    topic = NewTopic(TOPIC_NAME, 1, 1, config={"segment.bytes": str(SEGMENT_BYTES)})
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([topic])[TOPIC_NAME].result()
    for codec, count in COUNTS:
        producer = Producer({"bootstrap.servers": address, "compression.type": codec, "enable.idempotence": True})
        for index in range(count):
            value = f"{index:010}".encode() * (index % 200)
            stamp = NOW_MS + index * 37 % 1_000 + index
            producer.produce(TOPIC_NAME, value, key=b"%d" % (index % 7), timestamp=stamp, headers=[("h", b"1")])
            if index % 40 == 0:
                producer.flush()
        producer.flush()
    return produce_in_transactions(address)


@pytest.fixture(scope="module")
def their_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log of the real Kafka, stopped in order."""
    folder = tmp_path_factory.mktemp("kafka") / "run"
    done = subprocess.run(
        [KAFKA, "start", "--dir", str(folder), "--port", "0", "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    started = json.loads(done.stdout)
    try:
        still_open = produce(started["bootstrap"])
    finally:
        subprocess.run([KAFKA, "stop", "--dir", str(folder), "--keep"], check=True, stdout=subprocess.DEVNULL)
    del still_open  # nobody has told Kafka of its end
    (found,) = folder.rglob(f"{TOPIC_NAME}-0")
    return found


async def as_appended(store: Store, data: bytes) -> Append:
    """Return a batch of Kafka's as whoever wrote it there would append it here."""
    header = read_header(data)
    log = store.log(PARTITION)
    assert log is not None
    guard = marker = None
    if header.is_control:
        says = read_end_transaction(data)
        assert says is not None
        marker = Marker(header.producer_id, header.producer_epoch, says.coordinator_epoch, says.commit)
    elif header.is_transactional:
        guard = await log.transaction_guard(header.producer_id, header.producer_epoch)
    return Append(PARTITION, data, header, 0, guard, marker)


@pytest.fixture(scope="module")
def our_folder(their_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of ours that was given the same batches, stopped cleanly."""
    folder = tmp_path_factory.mktemp("ours")

    batches = [data for path in sorted(their_folder.glob("*.log")) for data in split([path.read_bytes()])]

    async def fill() -> None:
        store = open_directory(folder)
        await store.create(PARTITION, TOPIC_NAME, LogConfig(segment_bytes=SEGMENT_BYTES))
        for data in batches:
            (outcome,) = await store.append([await as_appended(store, data)])
            assert isinstance(outcome, Appended)
        await store.close()

    asyncio.run(fill())
    return folder / f"{TOPIC_NAME}-0"


def test_the_bytes_are_the_same(their_folder: Path, our_folder: Path) -> None:
    assert len([*their_folder.glob("*.log")]) > 1
    assert len([*their_folder.glob("*.txnindex")]) > 1
    names = sorted(path.name for path in their_folder.iterdir())
    assert sorted(path.name for path in our_folder.iterdir()) == names
    for name in names:
        ours, theirs = (our_folder / name).read_bytes(), (their_folder / name).read_bytes()
        if name == "partition.metadata":
            theirs = theirs[:-22] + uuid_to_text(TOPIC_ID).encode()
        assert ours == theirs, name


def dump(folder: Path) -> str:
    """Return what Kafka's tool says of every file of a log."""
    files = ",".join(str(path) for pattern in SUFFIXES for path in sorted(folder.glob(pattern)))
    command = [KAFKA, "tool", "kafka-dump-log", "--deep-iteration", "--print-data-log", "--files", files]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not re.search("corrupt|invalid|not found|mismatch|error", said.stdout + said.stderr, re.IGNORECASE), said
    return said.stdout.replace(str(folder), "")


def test_kafkas_tool_says_the_same_of_both(their_folder: Path, our_folder: Path) -> None:
    ours = dump(our_folder)
    transactional = 1 + OPEN_RECORDS + sum(count + 1 for _, count in TRANSACTIONS) + 1
    assert ours.count("| offset: ") == sum(count for _, count in COUNTS) + transactional
    assert ours.count("endTxnMarker: ABORT") == 4
    assert ours.count("version: 0 producerId: ") == 4
    assert ours == dump(their_folder)
