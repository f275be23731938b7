from __future__ import annotations

from kafkacompat.wire.errors import ErrorCode
from tests.facts.definitions import FACTS


def test_error_codes_are_those_of_kafka() -> None:
    rows = [line.split("\t") for line in (FACTS / "errors.tsv").read_text().splitlines()[1:]]
    assert {error.name: error.value for error in ErrorCode} == {row[1]: int(row[0]) for row in rows}
