"""Asks a real Kafka 4.4.0 how it shows settings; `python -m tests.settings.real_rows` records the answers."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kafkacompat.settings.properties import parse_properties
from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreatableTopicResult,
    CreateTopicsRequest,
    CreateTopicsResponse,
)
from kafkacompat.wire.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResponse,
    DescribeConfigsResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
RECORDED: Final = Path(__file__).with_name("recorded")

VARIANTS: Final[dict[str, dict[str, str]]] = {
    "plain": {},
    "coarse": {
        "log.retention.hours": "5",
        "log.roll.hours": "6",
        "log.roll.jitter.hours": "1",
        "log.flush.scheduler.interval.ms": "777",
        "log.preallocate": " TRUE ",
        "log.cleaner.min.cleanable.ratio": "+1",
        "log.cleanup.policy": "compact , delete ",
        "log.message.timestamp.type": "LogAppendTime",
        "message.max.bytes": "0002000000",
        "min.insync.replicas": "+2",
        "sasl.enabled.mechanisms": "PLAIN, GSSAPI",
        "ssl.keystore.password": "hidden",
        "broker.rack": "r1",
        "zookeeper.connect": "ignored",
        "group.consumer.session.timeout.ms": "46000",
        "group.streams.assignors": "sticky",
        "listener.name.plaintext.sasl.jaas.config": "hidden",
        "listener.name.plaintext.max.connections": "5",
    },
    "fine": {
        "log.retention.hours": "-1",
        "log.retention.minutes": "60",
        "log.retention.ms": "99999",
        "log.retention.bytes": "-5",
        "log.roll.ms": "70000",
        "log.roll.hours": "1",
        "log.roll.jitter.ms": "3",
        "log.flush.interval.ms": "5",
        "compression.type": "gzip",
    },
    "minutes": {"log.retention.hours": "7", "log.retention.minutes": "-1"},
}
"""What brokers are told, by the name of the recording."""

OVERRIDES: Final = {
    "segment.bytes": "+2097152",
    "segment.ms": " 5000 ",
    "retention.ms": "1000",
    "cleanup.policy": " compact , delete ",
    "compression.gzip.level": "3",
    "preallocate": " TRUE ",
    "min.cleanable.dirty.ratio": "1e-4",
    "min.insync.replicas": "2",
    "follower.replication.throttled.replicas": " 1:2 , 3:4",
    "internal.segment.bytes": "777",
}


def call(port: int, request: Any, response: type[Any], version: int) -> Any:
    body = b"".join(bytes(piece) for piece in encode(request, version))
    flexible = version >= request.FLEXIBLE
    head = struct.pack(">hhihs", request.KEY, version, 0, 1, b"t") + (b"\0" if flexible else b"")
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        with connection.makefile("rb") as stream:
            (size,) = struct.unpack(">i", stream.read(4))
            answer = stream.read(size)
    return decode(response, version, answer[5 if flexible else 4 :])


def create(
    port: int, name: str, configs: dict[str, str | None], *, validate_only: bool = False
) -> CreatableTopicResult:
    topic = CreatableTopic(
        name=name,
        num_partitions=1,
        replication_factor=1,
        assignments=[],
        configs=[CreatableTopicConfig(name=key, value=value) for key, value in configs.items()],
    )
    request = CreateTopicsRequest(topics=[topic], validate_only=validate_only)
    response: CreateTopicsResponse = call(port, request, CreateTopicsResponse, 7)
    return response.topics[0]


def describe(port: int, resource_type: int, name: str) -> DescribeConfigsResult:
    """Describe a resource, asking again while the broker has not heard of a topic that the controller just created."""
    resource = DescribeConfigsResource(resource_type=resource_type, resource_name=name, configuration_keys=None)
    request = DescribeConfigsRequest(resources=[resource], include_synonyms=True)
    give_up = time.monotonic() + 10
    while True:
        response: DescribeConfigsResponse = call(port, request, DescribeConfigsResponse, 4)
        (result,) = response.results
        if result.error_code != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION or time.monotonic() > give_up:
            assert result.error_code == ErrorCode.NONE, f"{name}: error {result.error_code} {result.error_message}"
            return result


def described_rows(result: DescribeConfigsResult) -> list[list[Any]]:
    return sorted(
        [
            row.name,
            row.value,
            row.read_only,
            row.config_source,
            row.is_sensitive,
            [[synonym.name, synonym.value, synonym.source] for synonym in row.synonyms],
            row.config_type,
        ]
        for row in result.configs
    )


def created_rows(result: CreatableTopicResult) -> list[list[Any]]:
    assert result.error_code == 0, result.error_message
    return sorted(
        [row.name, row.value, row.read_only, row.config_source, row.is_sensitive] for row in result.configs or ()
    )


def ask(port: int) -> dict[str, list[list[Any]]]:
    """Return how the broker shows what it has, a list of rows for each kind of resource."""
    return {
        "created topic": created_rows(create(port, "plain", {})),
        "created topic with overrides": created_rows(create(port, "overridden", dict(OVERRIDES))),
        "topic": described_rows(describe(port, 2, "plain")),
        "topic with overrides": described_rows(describe(port, 2, "overridden")),
        "broker": described_rows(describe(port, 4, "0")),
        "cluster": described_rows(describe(port, 4, "")),
        "group": described_rows(describe(port, 32, "g")),
        "client metrics": described_rows(describe(port, 16, "m")),
    }


@contextmanager
def running_kafka(told: dict[str, str]) -> Iterator[tuple[int, Path]]:
    """Start a real Kafka that is told this; yields its port and its folder, and stops it."""
    arguments = [part for name, value in told.items() for part in ("--set", f"{name}={value}")]
    script = [sys.executable, str(ROOT / "scripts" / "kafka")]
    started = subprocess.run([*script, "start", "--json", *arguments], check=True, capture_output=True, text=True)
    cluster = json.loads(started.stdout)
    try:
        yield int(cluster["bootstrap"].split(",")[0].rpartition(":")[2]), Path(cluster["dir"])
    finally:
        subprocess.run([*script, "stop", "--dir", cluster["dir"]], check=True, capture_output=True)


def record(told: dict[str, str]) -> dict[str, Any]:
    """Return all settings of a real Kafka that is told this, and its rows; its folder is called /kafka."""
    with running_kafka(told) as (port, folder):
        static = parse_properties(next(folder.glob("*.properties")).read_text())
        recording = json.dumps({"static": static, **ask(port)})
    neutral: dict[str, Any] = json.loads(recording.replace(str(folder), "/kafka"))
    return neutral


def written(recording: dict[str, Any]) -> str:
    """Lay a recording out with a row a line."""
    parts = []
    for part, rows in recording.items():
        if isinstance(rows, dict):
            parts.append(f"{json.dumps(part)}: {json.dumps(rows, indent=1)}")
        else:
            parts.append(f"{json.dumps(part)}: [\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    for name, told in VARIANTS.items():
        (RECORDED / f"{name}.json").write_text(written(record(told)))
