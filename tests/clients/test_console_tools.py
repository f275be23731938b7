"""Kafka's own command line tools (scripts/kafka tool), as people use them by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

KAFKA = Path(__file__).resolve().parent.parent.parent / "scripts" / "kafka"
TOOL_TIMEOUT_S = 60

pytestmark = pytest.mark.client("java", "kafka")


def tool(name: str, bootstrap: str, *words: str, said: str = "") -> str:
    """Run a tool to its end and return what it printed."""
    command = [sys.executable, str(KAFKA), "tool", name, "--bootstrap-server", bootstrap, *words]
    done = subprocess.run(
        command, input=said, capture_output=True, encoding="utf-8", timeout=TOOL_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_day_at_the_console(bootstrap: str, fresh_name: Callable[[str], str]) -> None:
    topic, group = fresh_name("console"), fresh_name("console-group")
    created = tool(
        "kafka-topics", bootstrap, "--create", "--topic", topic, "--partitions", "3", "--config", "retention.ms=60000"
    )
    assert f"Created topic {topic}." in created

    described = tool("kafka-topics", bootstrap, "--describe", "--topic", topic)
    assert "PartitionCount: 3\tReplicationFactor: 1\tConfigs: " in described
    assert "retention.ms=60000" in described
    assert described.count("Partition: ") == 3

    said = "".join(f"k{number}:value {number}\n" for number in range(30))
    options = (
        "--reader-property",
        "parse.key=true",
        "--reader-property",
        "key.separator=:",
        "--compression-codec",
        "zstd",
    )
    tool("kafka-console-producer", bootstrap, "--topic", topic, *options, said=said)
    assert (
        sum(int(line.rsplit(":", 1)[1]) for line in tool("kafka-get-offsets", bootstrap, "--topic", topic).split())
        == 30
    )

    reading = ("--topic", topic, "--group", group, "--from-beginning", "--max-messages", "30", "--timeout-ms", "20000")
    shown = tool("kafka-console-consumer", bootstrap, *reading, "--formatter-property", "print.key=true")
    assert sorted(shown.splitlines()) == sorted(f"k{number}\tvalue {number}" for number in range(30))

    rows = [
        line.split() for line in tool("kafka-consumer-groups", bootstrap, "--describe", "--group", group).splitlines()
    ]
    lags = {int(row[2]): (row[3], row[4], row[5]) for row in rows if row[:2] == [group, topic]}
    assert set(lags) == {0, 1, 2}
    assert all(committed == end and lag == "0" for committed, end, lag in lags.values())

    tool("kafka-topics", bootstrap, "--delete", "--topic", topic)


def test_a_day_of_an_administrator(bootstrap: str, fresh_name: Callable[[str], str], tmp_path: Path) -> None:
    topic = fresh_name("administered")
    tool("kafka-topics", bootstrap, "--create", "--topic", topic, "--partitions", "2")
    tool("kafka-topics", bootstrap, "--alter", "--topic", topic, "--partitions", "3")
    of_topic = ("--entity-type", "topics", "--entity-name", topic)
    changed = tool(
        "kafka-configs",
        bootstrap,
        "--alter",
        *of_topic,
        "--add-config",
        "cleanup.policy=[compact,delete],retention.ms=1",
    )
    assert f"Completed updating config for topic {topic}." in changed
    described = tool("kafka-configs", bootstrap, "--describe", *of_topic)
    assert "cleanup.policy=compact,delete sensitive=false" in described
    assert "retention.ms=1 sensitive=false" in described

    directories = tool("kafka-log-dirs", bootstrap, "--describe", "--topic-list", topic)
    assert all(f'"partition":"{topic}-{index}"' in directories for index in range(3))

    offsets = tmp_path / "offsets.json"
    offsets.write_text(f'{{"partitions":[{{"topic":"{topic}","partition":0,"offset":-1}}],"version":1}}')
    deleted = tool("kafka-delete-records", bootstrap, "--offset-json-file", str(offsets))
    assert f"partition: {topic}-0\tlow_watermark: 0" in deleted

    quorum = tool("kafka-metadata-quorum", bootstrap, "describe", "--status")
    assert "LeaderEpoch:            1" in quorum
