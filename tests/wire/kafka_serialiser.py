"""Kafka's own generated classes, asked over one JVM: bytes in, the bytes and the JSON that Kafka makes of them out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).parents[2]
RECODE: Final = Path(__file__).parent / "java" / "Recode.java"
TIMEOUT_S: Final = 300


class Answer(NamedTuple):
    """What Kafka made of one message; `refused` is the text of its exception."""

    data: bytes = b""
    json: Any = None
    left_over: int = 0
    refused: str | None = None


def java_class(cls: type) -> str:
    """Return the name of Kafka's class for one of ours."""
    match cls.__module__.rpartition(".")[2]:
        case "group_records":
            return f"org.apache.kafka.coordinator.group.generated.{cls.__name__}"
        case "transaction_records":
            return f"org.apache.kafka.coordinator.transaction.generated.{cls.__name__}"
        case "metadata_records" if cls.__name__ == "LeaderChangeMessage":
            return f"org.apache.kafka.common.message.{cls.__name__}"
        case "metadata_records":
            return f"org.apache.kafka.common.metadata.{cls.__name__}"
        case "consumer_protocol":
            return f"org.apache.kafka.common.message.{cls.__name__}"
        case _:
            return f"org.apache.kafka.common.message.{cls.__name__}Data"


def kafka_jars(kafka_version: str) -> Path:
    """Return the folder of the broker's jars, which are fetched if they are not there yet."""
    command = [sys.executable, str(ROOT / "scripts" / "kafka"), "libs", "broker", "--version", kafka_version]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True, timeout=TIMEOUT_S).stdout.strip())


def recode(messages: Sequence[tuple[type, int, bytes]], kafka_version: str) -> list[Answer]:
    """Ask a Kafka to read each message (class, version, bytes) and to write it again."""
    lines = "".join(f"{java_class(cls)} {version} {data.hex()}\n" for cls, version, data in messages)
    command = ["java", "-XX:+UseSerialGC", "-Xmx512m", "-cp", f"{kafka_jars(kafka_version)}/*", str(RECODE)]
    done = subprocess.run(command, input=lines, check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
    # Not splitlines: text in JSON may hold what Python takes for the end of a line.
    return [_answer(line) for line in done.stdout.split("\n")[:-1]]


def _answer(line: str) -> Answer:
    if line.startswith("!"):
        return Answer(refused=line[1:])
    data, text, left_over = line.split("\t")
    return Answer(bytes.fromhex(data), json.loads(text), int(left_over))
