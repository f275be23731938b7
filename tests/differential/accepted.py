"""The differences we chose, from `accepted.toml`: each names where it shows, and why it is right."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.differential.scenario import AT_LEVEL

if TYPE_CHECKING:
    from tests.differential.compare import Difference

FILE = Path(__file__).with_name("accepted.toml")


class Accepted(NamedTuple):
    """One field of an entry; field and exchange may hold `*` for anything."""

    scenario: str
    versions: range
    exchange: str
    field: str
    reason: str

    def applies(self, scenario: str, version: int) -> bool:
        return scenario.partition(AT_LEVEL)[0] == self.scenario and version in self.versions

    def covers(self, difference: Difference) -> bool:
        return matches(self.field, difference.field) and matches(self.exchange, difference.exchange)


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text) is not None


@cache
def entries() -> tuple[Accepted, ...]:
    written = tomllib.loads(FILE.read_text())["accepted"]
    return tuple(_entry(entry, field) for entry in written for field in entry["fields"])


def _entry(entry: dict[str, Any], field: str) -> Accepted:
    first, _, last = entry.get("versions", "0-99").partition("-")
    return Accepted(
        entry["scenario"], range(int(first), int(last or first) + 1), entry.get("exchange", "*"), field, entry["reason"]
    )
