"""Which differences were chosen: `accepted.toml`, beside this, has them with their reasons."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.differential.accepted import matches

if TYPE_CHECKING:
    from tests.differential.fuzzing.playing import Found

FILE: Final = Path(__file__).with_name("accepted.toml")
ANY: Final = object()


class Accepted(NamedTuple):
    """A field that may differ where all else that the entry says holds."""

    key: str
    versions: range
    asks: str
    field: str
    kafka: Any
    ours: Any
    both_fail: bool
    reason: str

    def covers(self, found: Found) -> bool:
        step, difference = found.step, found.difference
        return (
            self.key in ("*", step.name)
            and step.version in self.versions
            and matches(self.field, difference.field)
            and _is(self.kafka, difference.kafka)
            and _is(self.ours, difference.ours)
            and not (self.both_fail and 0 in (difference.kafka, difference.ours))
            and matches(f"*{self.asks}*", json.dumps(step.body))
        )


def _is(expected: Any, value: Any) -> bool:
    """Tell whether a value is what an entry says; in texts `*` stands for anything."""
    if isinstance(expected, str) and isinstance(value, str):
        return matches(expected, value)
    return expected is ANY or bool(expected == value)


@cache
def entries() -> tuple[Accepted, ...]:
    written = tomllib.loads(FILE.read_text()).get("accepted", [])
    return tuple(_entry(entry, field) for entry in written for field in entry["fields"])


def _entry(entry: dict[str, Any], field: str) -> Accepted:
    first, _, last = entry.get("versions", "0-99").partition("-")
    return Accepted(
        key=entry["key"],
        versions=range(int(first), int(last or first) + 1),
        asks=entry.get("asks", "*"),
        field=field,
        kafka=entry.get("kafka", ANY),
        ours=entry.get("ours", ANY),
        both_fail=entry.get("both_fail", False),
        reason=entry["reason"],
    )


def unexplained(found: list[Found]) -> list[Found]:
    """Return the differences that nobody has accepted."""
    return [one for one in found if not any(entry.covers(one) for entry in entries())]


def sign(found: Found) -> str:
    """Say what a difference is, whatever the session and the numbers in it: one cause has mostly one sign."""
    field = re.sub(r"\[[^]]*]|[0-9a-f]{6}-[0-9]{6}", "", found.field)
    short = [
        str(value) if isinstance(value, int | None) else "" for value in (found.difference.kafka, found.difference.ours)
    ]
    return f"{found.step.name} {field} {short[0]}/{short[1]}"
