"""Kafka's own classes read what we write, understand the same, and write the same bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from kafkacompat.wire.reference_codec import encode
from tests.facts.definitions import definitions
from tests.wire.as_json import as_json
from tests.wire.catalogue import all_versions
from tests.wire.filled import filled
from tests.wire.kafka_serialiser import Answer, recode
from tests.wire.strategies import values

EXAMPLES = 8


def samples(cls: type, version: int) -> list[Any]:
    """Return one value in which everything is there, and some random ones."""
    found = [filled(cls, version)]

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(values(cls, version))
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("kafka_version", "dropped"),
    [("4.4.0", False), ("3.9.1", True)],
    ids=["versions of Kafka 4.4.0", "versions that Kafka 4.0 dropped"],
)
def test_kafka_reads_and_writes_the_same_bytes(kafka_version: str, *, dropped: bool) -> None:
    of_today = definitions("messages.json")

    def is_dropped(cls: type, version: int) -> bool:
        return cls.__name__ in of_today and version < of_today[cls.__name__].versions[0]

    asked = [(cls, version) for cls, version in all_versions() if is_dropped(cls, version) == dropped]
    sent = [(cls, version, value) for cls, version in asked for value in samples(cls, version)]
    answers = recode([(cls, version, encode(value, version)) for cls, version, value in sent], kafka_version)
    assert len(answers) == len(sent)
    for (cls, version, value), answer in zip(sent, answers, strict=True):
        data = encode(value, version)
        assert answer == Answer(data, as_json(value, version)), f"{cls.__name__} version {version}: {data.hex()}"
