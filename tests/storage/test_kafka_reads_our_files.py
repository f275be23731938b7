"""Our files beside those of a real Kafka after the same records: the same bytes, and the same words from its tools."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from kafkacompat.storage.store import Appended, LogConfig
from kafkacompat.wire.uuids import uuid_to_text
from tests.storage.batches import NOW_MS, PARTITION, TOPIC_ID, TOPIC_NAME, put, split
from tests.storage.directories import open_directory

KAFKA: Final = str(Path(__file__).resolve().parent.parent.parent / "scripts" / "kafka")
SEGMENT_BYTES: Final = 1 << 20
COUNTS: Final = (("none", 900), ("gzip", 300), ("lz4", 300), ("none", 700))
SUFFIXES: Final = ("*.log", "*.index", "*.timeindex", "*.snapshot")
pytestmark = [pytest.mark.oracle]


def produce(address: str) -> None:
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
        produce(started["bootstrap"])
    finally:
        subprocess.run([KAFKA, "stop", "--dir", str(folder), "--keep"], check=True, stdout=subprocess.DEVNULL)
    (found,) = folder.rglob(f"{TOPIC_NAME}-0")
    return found


@pytest.fixture(scope="module")
def our_folder(their_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of ours that was given the same batches, stopped cleanly."""
    folder = tmp_path_factory.mktemp("ours")

    batches = [data for path in sorted(their_folder.glob("*.log")) for data in split([path.read_bytes()])]

    async def fill() -> None:
        store = open_directory(folder)
        await store.create(PARTITION, TOPIC_NAME, LogConfig(segment_bytes=SEGMENT_BYTES))
        for data in batches:
            assert isinstance(await put(store, data), Appended)
        await store.close()

    asyncio.run(fill())
    return folder / f"{TOPIC_NAME}-0"


def test_the_bytes_are_the_same(their_folder: Path, our_folder: Path) -> None:
    assert len([*their_folder.glob("*.log")]) > 1
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
    assert ours.count("| offset: ") == sum(count for _, count in COUNTS)
    assert ours == dump(their_folder)
