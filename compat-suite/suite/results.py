"""What came of each cell: one scenario, with one client, against one target."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Status(StrEnum):
    """`EXPECTED`: a failure with an entry in FINDINGS.md.  `STALE`: a pass though there is such an entry."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SKIP = "skip"
    EXPECTED = "expected failure"
    STALE = "unexpected pass"


BEFORE_JUDGEMENT: Final = {Status.EXPECTED: Status.FAIL, Status.STALE: Status.PASS}
BAD: Final = frozenset({Status.FAIL, Status.STALE})
LONGEST_LOG_TOLD: Final = 6000


@dataclass(frozen=True)
class Result:
    """One cell of the matrix, half of it; `unsupported` when the client said so in the middle of the scenario."""

    scenario: str
    client: str
    target: str
    status: Status
    reason: str = ""
    seconds: float = 0.0
    log: str = ""
    unsupported: bool = False
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def bad(self) -> bool:
        """Whether it turns the exit code."""
        return self.status in BAD

    @property
    def cell(self) -> tuple[str, str]:
        """Which cell of the matrix it is a half of."""
        return self.scenario, self.client


@dataclass
class Outcome:
    """A whole run: its results, and what is wrong with the suite itself."""

    results: list[Result]
    errors: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing failed."""
        return not self.errors and not any(result.bad for result in self.results)


def write_json(path: Path, outcome: Outcome) -> None:
    """Write one object for each cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed: list[dict[str, Any]] = [asdict(result) for result in outcome.results]
    path.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> list[Result]:
    """Read what `write_json` wrote, as it was before it was judged; ValueError if the file is something else."""
    listed = json.loads(path.read_text())
    try:
        results = [Result(**{**each, "status": Status(each["status"])}) for each in listed]
    except (TypeError, KeyError) as error:
        raise ValueError(f"{path} has no results of this suite: {error}") from error
    return [replace(each, status=BEFORE_JUDGEMENT.get(each.status, each.status)) for each in results]


def counts(results: Iterable[Result]) -> dict[Status, int]:
    """Count results by status."""
    found = dict.fromkeys(Status, 0)
    for result in results:
        found[result.status] += 1
    return found
