"""Known failures of ours, client by client: FINDINGS.md, and what it makes of results.

An entry is a heading with the id of a scenario or a pattern of ids (`## transactions/*`) and four points: `- date:`,
`- symptom:`, `- cause:`, `- fix:` (what would fix it).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from suite.results import Result, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

POINTS: Final = ("date", "symptom", "cause", "fix")
POINT: Final = re.compile(r"- (\w+):\s*(.*)")
OURS: Final = "ours"


class MalformedFindingsError(ValueError):
    """A FINDINGS.md that does not say what it must."""


@dataclass(frozen=True)
class Finding:
    """One entry."""

    client: str
    pattern: str
    symptom: str

    def matches(self, scenario: str) -> bool:
        """Whether it is about this scenario."""
        return fnmatchcase(scenario, self.pattern)

    def __str__(self) -> str:
        """Return where it is."""
        return f"clients/{self.client}/FINDINGS.md, {self.pattern}"


def read_findings(path: Path, client: str) -> list[Finding]:
    """Read a file, which need not exist; MalformedFindingsError when an entry lacks a point."""
    return parse_findings(path.read_text(), client) if path.exists() else []


def parse_findings(text: str, client: str) -> list[Finding]:
    """Read the text of a file."""
    findings = []
    for section in re.split(r"(?m)^## +", text)[1:]:
        heading, _, body = section.partition("\n")
        points = points_of(body)
        where = f"clients/{client}/FINDINGS.md, {heading.strip()}"
        if absent := [point for point in POINTS if not points.get(point)]:
            raise MalformedFindingsError(f"{where}: it has no {' and no '.join(absent)}")
        if unknown := points.keys() - set(POINTS):
            raise MalformedFindingsError(f"{where}: what is {', '.join(sorted(unknown))}?")
        try:
            dt.date.fromisoformat(points["date"])
        except ValueError:
            raise MalformedFindingsError(f"{where}: {points['date']!r} is no date like 2026-01-31") from None
        findings.append(Finding(client, heading.strip(), points["symptom"]))
    return findings


def points_of(body: str) -> dict[str, str]:
    """Return the points of an entry; a point goes on in the indented lines below it."""
    points: dict[str, str] = {}
    name = None
    for line in body.splitlines():
        if point := POINT.match(line):
            name = point[1]
            points[name] = point[2].strip()
        elif name and line[:1].isspace() and line.strip():
            points[name] += f" {line.strip()}"
        elif line.strip():
            raise MalformedFindingsError(f"what is {line.strip()!r}?")
    return points


def judge(
    results: Iterable[Result], findings: Sequence[Finding], allowed: Callable[[str], bool], *, whole: bool
) -> tuple[list[Result], list[str]]:
    """Return the results in the light of the findings, and what is wrong with the findings.

    `allowed` tells of a scenario whether it may have a finding: not once its feature is served in full.  In a whole run
    every entry must be about some cell that was run.
    """
    used: set[Finding] = set()
    errors: dict[str, None] = {}
    judged = []
    for result in results:
        finding = next(
            (each for each in findings if each.client == result.client and each.matches(result.scenario)), None
        )
        if finding is None or result.target != OURS or not was_run(result):
            judged.append(result)
            continue
        used.add(finding)
        if not allowed(result.scenario):
            errors[f"{finding}: the feature of {result.scenario} is served in full, so no failure is expected"] = None
            judged.append(result)
        else:
            judged.append(in_the_light_of(finding, result))
    if whole:
        unused = (str(finding) for finding in findings if finding not in used)
        errors |= dict.fromkeys(f"{finding}: it is about no cell that was run" for finding in unused)
    return judged, list(errors)


def was_run(result: Result) -> bool:
    """Whether a finding may speak of it: it was run, or broken off by what the client called unsupported."""
    return result.status is not Status.SKIP or result.unsupported


def in_the_light_of(finding: Finding, result: Result) -> Result:
    """Return an expected failure, or an unexpected pass."""
    if result.status is Status.PASS:
        return replace(result, status=Status.STALE, reason=f"it passes: remove the entry {finding}")
    return replace(result, status=Status.EXPECTED, reason=f"{finding.symptom} ({result.reason})")


def columns_agree(results: Sequence[Result]) -> list[Result]:
    """Return the results, with failures where a client calls unsupported on ours what it does on another target."""
    done_elsewhere = {result.cell for result in results if result.target != OURS and result.status is Status.PASS}
    return [
        replace(result, status=Status.FAIL, reason=f"it passes elsewhere; here {result.reason}")
        if result.target == OURS and result.unsupported and result.cell in done_elsewhere
        else result
        for result in results
    ]
