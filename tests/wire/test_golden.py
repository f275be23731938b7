"""Frames recorded between stock clients and Kafka 4.4.0 (scripts/record_golden.py): we read and write them the same.

The JSON beside the bytes is what Kafka's own classes made of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from kafkacompat.wire import codec, reference_codec
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.messages.headers import RequestHeader, ResponseHeader
from tests.wire.as_json import as_json
from tests.wire.catalogue import all_messages

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

GOLDEN: Final = Path(__file__).parents[1] / "golden"
PAIRS: Final = sorted(GOLDEN.glob("*/*.json"))

every_pair = pytest.mark.parametrize("path", PAIRS, ids=lambda p: f"{p.parent.name}-{p.stem}")


def sides(path: Path) -> list[tuple[type, int, type, int, dict[str, Any]]]:
    """Return header class and version, body class and version, and what was recorded, of request and response."""
    pair = json.loads(path.read_text())
    classes = {c.__name__: c for c in all_messages()}
    return [
        (header, pair[side]["header_version"], classes[pair["api"] + side.capitalize()], pair["version"], pair[side])
        for header, side in ((RequestHeader, "request"), (ResponseHeader, "response"))
    ]


def read_header(header: type, version: int, data: Piece) -> tuple[Any, int]:
    """Return the header, and where the body begins."""
    return codec.decode_from(header, version, data, 0)


def test_there_are_recordings() -> None:
    clients = {path.parent.name for path in PAIRS}
    assert clients >= {"aiokafka", "confluent-kafka", "franz-go", "java", "java-tools", "kafka-python", "kafkajs"}
    keys = {json.loads(path.read_text())["key"] for path in PAIRS}
    assert keys >= {0, 1, 2, 3, *range(8, 17), *range(18, 24), 32, 33, 35, 37, *range(42, 48), 55, 60, 61, 74, 75}


@every_pair
def test_decode_equals_what_kafka_understood(path: Path) -> None:
    for header, header_version, body, version, recorded in sides(path):
        data = memoryview(bytes.fromhex(recorded["hex"]))
        head, position = read_header(header, header_version, data)
        value: Any = codec.decode(body, version, data[position:])
        assert as_json(head, header_version) == recorded["header"]
        assert as_json(value, version) == recorded["body"]
        assert reference_codec.decode(body, version, data[position:]) == value


@every_pair
def test_encode_equals_the_bytes(path: Path) -> None:
    for header, header_version, body, version, recorded in sides(path):
        data = bytes.fromhex(recorded["hex"])
        head, position = read_header(header, header_version, data)
        value: Any = codec.decode(body, version, data[position:])
        written = b"".join([*codec.encode(head, header_version), *codec.encode(value, version)])
        assert written.hex() == recorded["hex"]
        assert reference_codec.encode(value, version) == data[position:]


@every_pair
def test_every_prefix_underflows(path: Path) -> None:
    for header, header_version, body, version, recorded in sides(path):
        data = memoryview(bytes.fromhex(recorded["hex"]))
        _, start = read_header(header, header_version, data)
        for size in range(start):
            with pytest.raises(MalformedError):
                codec.decode_from(header, header_version, data[:size], 0)
        for size in range(start, len(data)):
            with pytest.raises(MalformedError):
                codec.decode(body, version, data[start:size])
