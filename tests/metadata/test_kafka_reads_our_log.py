"""Our metadata log beside that of a real Kafka after the same actions and a restart, as Kafka's dump tool prints both.

Ids, addresses, times, offsets, how records are framed in batches, and records that only keep time are left aside.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from kafkacompat.wire.messages.create_partitions import CreatePartitionsRequest, CreatePartitionsTopic
from kafkacompat.wire.records.batch import read_header
from tests.differential.peer import Peer
from tests.differential.requests import creatable, create_topics, delete_topics, init_producer_id
from tests.differential.scenarios_settings import APPEND, BROKER, CLIENT_METRICS, DELETE, GROUP, SET, TOPIC, change

if TYPE_CHECKING:
    from collections.abc import Iterator

KAFKA: Final = str(Path(__file__).resolve().parents[2] / "scripts" / "kafka")
pytestmark = [pytest.mark.oracle]


@contextmanager
def their_broker(folder: Path) -> Iterator[str]:
    """Run the real one, with what the folder holds already; stop it in order."""
    command = [KAFKA, "start", "--dir", str(folder), "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    try:
        yield json.loads(done.stdout)["bootstrap"]
    finally:
        subprocess.run([KAFKA, "stop", "--dir", str(folder), "--keep"], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def our_broker(folder: Path) -> Iterator[str]:
    """Run ours in the same way."""
    command = [sys.executable, "-m", "kafkacompat", "serve", "--data", str(folder), "--port", "0", "--json"]
    with subprocess.Popen([*command, "--set", "node.id=0"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["bootstrap_servers"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def administrate(address: str) -> None:
    peer = Peer(address, "metadata", 0)
    wanted = [creatable("a", 2, retention_ms="1000000", cleanup_policy="compact"), creatable("b"), creatable("gone")]
    peer.quietly(create_topics(*wanted), 7)
    for name, partitions in (("a", 2), ("b", 1), ("gone", 1)):
        peer.await_topic(name, partitions)
    peer.await_that(lambda: peer.quietly(init_producer_id(), 4).error_code == 0)
    changes = [
        change(TOPIC, "a", ("retention.ms", SET, "5000"), ("cleanup.policy", APPEND, "delete"), ("x", DELETE, None)),
        change(TOPIC, "a", ("retention.ms", SET, "5000"), ("segment.ms", SET, "100000")),
        change(BROKER, "", ("log.retention.ms", SET, "5000")),
        change(BROKER, "0", ("log.cleaner.threads", SET, "2")),
        change(BROKER, "0", ("log.cleaner.threads", DELETE, None)),
        change(GROUP, "g", ("consumer.session.timeout.ms", SET, "50000")),
        change(CLIENT_METRICS, "m", ("interval.ms", SET, "50000")),
    ]
    for request in changes:
        assert [answer.error_code for answer in peer.quietly(request, 1).responses] == [0]
    more = CreatePartitionsTopic(name="b", count=3, assignments=None)
    peer.quietly(CreatePartitionsRequest(topics=[more], timeout_ms=10_000, validate_only=False), 3)
    peer.quietly(delete_topics(6, "gone"), 6)
    peer.close()


def dumped(folder: Path) -> list[dict[str, Any]]:
    """Return what Kafka's tool prints of the log in a folder: the records' kinds, versions and contents."""
    (log,) = folder.rglob("__cluster_metadata-0/00000000000000000000.log")
    command = [KAFKA, "tool", "kafka-dump-log", "--cluster-metadata-decoder", "--files", str(log)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
    found: list[dict[str, Any]] = []
    for line in printed.splitlines():
        if match := re.search(r" (payload|LeaderChange): (\{.*\})$", line):
            record = json.loads(match[2])
            found.append(record if match[1] == "payload" else {"type": "LEADER_CHANGE", "data": record})
        elif not line.startswith("| "):
            assert "isvalid: false" not in line
    return [record for record in found if record["type"] != "NO_OP_RECORD"]


def comparable(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name ids by the order in which they come, and leave aside what differs from run to run."""
    names: dict[str, str] = {}
    for record in records:
        data = record["data"]
        for field in ("incarnationId", "topicId"):
            if field in data:
                data[field] = names.setdefault(data[field], f"id {len(names)}")
        for field in ("logDirs", "directories"):
            if field in data:
                data[field] = [names.setdefault(text, f"id {len(names)}") for text in data[field]]
        for endpoint in data.get("endPoints", ()):
            del endpoint["host"], endpoint["port"]
        data.pop("brokerEpoch", None)
        if "features" in data:
            data["features"].sort(key=lambda feature: feature["name"])
    return in_order(records)


def in_order(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort changes of partitions and registrations that stand together.

    The real one goes through its topics as a hash table does, and whether a broker that starts is uncordoned before or
    after it is unfenced (and leads again) depends on which of its heartbeats comes first.
    """
    sorted_ones: list[dict[str, Any]] = []
    run: list[dict[str, Any]] = []
    for record in records:
        if record["type"] in ("PARTITION_CHANGE_RECORD", "BROKER_REGISTRATION_CHANGE_RECORD"):
            run.append(record)
            continue
        sorted_ones += [*sorted(run, key=str), record]
        run = []
    return sorted_ones + sorted(run, key=str)


def beside(folder: Path) -> tuple[Any, bytes]:
    """Return what is kept beside the log: the state of the quorum, and the first snapshot without times."""
    (state,) = folder.rglob("__cluster_metadata-0/quorum-state")
    (snapshot,) = folder.rglob("__cluster_metadata-0/*-0000000000.checkpoint")
    data = bytearray(snapshot.read_bytes())
    position = 0
    while position < len(data):
        header = read_header(data, position)
        # The checksum and two times of the header, and the time that the first record of a snapshot holds.
        data[position + 17 : position + 21] = bytes(4)
        data[position + 27 : position + 43] = bytes(16)
        if position == 0:
            data[header.size_bytes - 10 : header.size_bytes - 2] = bytes(8)
        position += header.size_bytes
    return json.loads(state.read_bytes()), bytes(data)


def test_the_records_are_the_same(tmp_path: Path) -> None:
    for name, broker in (("theirs", their_broker), ("ours", our_broker)):
        with broker(tmp_path / name) as address:
            administrate(address)
        with broker(tmp_path / name):
            pass
    theirs, ours = (comparable(dumped(tmp_path / name)) for name in ("theirs", "ours"))
    assert [record["type"] for record in ours] == [record["type"] for record in theirs]
    for our, their in zip(ours, theirs, strict=True):
        assert our == their
    assert beside(tmp_path / "ours") == beside(tmp_path / "theirs")
