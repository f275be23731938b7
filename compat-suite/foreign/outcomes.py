"""What became of tests, and how that is kept: one JSON file a suite, Kafka's column beside ours."""

from __future__ import annotations

import enum
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_REASON: Final = 200
COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
ABSOLUTE: Final = re.compile(r"(?<![\w/.])/(?:[\w.@+-]+/)+")
PORTS: Final = re.compile(r"(?<=127\.0\.0\.1:)\d+")
RANDOM: Final = re.compile(r"(?<=_rnd)[0-9a-f]{8,}")
"""Folders and ports of the machine that a test happened to run on, and librdkafka's random names of topics."""


class Outcome(enum.StrEnum):
    """How a test ended."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class Ended:
    """How one test ended, with the first words of its reason, and at which attempt."""

    outcome: Outcome
    reason: str = ""
    attempt: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return what is kept of it."""
        kept: dict[str, Any] = {"outcome": str(self.outcome)}
        if self.reason:
            kept["reason"] = self.reason
        if self.attempt > 1:
            kept["attempt"] = self.attempt
        return kept


def ended(outcome: Outcome, reason: str = "") -> Ended:
    """Return how a test ended; the reason is freed of what is this machine's alone."""
    plain = " ".join(COLOURS.sub("", reason).split())
    return Ended(outcome, RANDOM.sub("", PORTS.sub("PORT", ABSOLUTE.sub("", plain)))[:LONGEST_REASON])


@dataclass
class Column:
    """A suite on one target: when, which server, and each test's end."""

    date: str
    server: str
    tests: dict[str, Ended] = field(default_factory=dict)


Columns = dict[str, Column]
"""By the target's name."""


def read_columns(path: Path) -> Columns:
    """Return what is kept in a file, nothing when there is none."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text())["targets"]
    return {
        target: Column(
            column["date"],
            column["server"],
            {
                name: Ended(Outcome(test["outcome"]), test.get("reason", ""), test.get("attempt", 1))
                for name, test in column["tests"].items()
            },
        )
        for target, column in kept.items()
    }


def as_json(suite: str, version: str, columns: Columns) -> dict[str, Any]:
    """Return what is kept of a suite."""
    targets = {
        target: {
            "date": column.date,
            "server": column.server,
            "tests": {name: test.as_json() for name, test in sorted(column.tests.items())},
        }
        for target, column in columns.items()
    }
    return {"suite": suite, "version": version, "targets": targets}
