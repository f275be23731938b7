"""Ours beside Kafka's: what a difference means, and the page that shows it."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from foreign.outcomes import Ended, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from foreign.outcomes import Columns
    from suite.findings import Finding

KAFKA: Final = "kafka"
OURS: Final = "ours"
NOT_RUN: Final = Ended(Outcome.SKIP, "not run")


class Verdict(enum.StrEnum):
    """What the two columns of a test say together."""

    SAME = "both pass"
    MISSING = "finding"
    KNOWN = "known finding"
    STALE = "passes, remove its finding"
    NEITHER = "fails on both"
    BETTER = "passes on ours only"
    SKIPPED = "skipped"
    ALONE = "run on one target only"


@dataclass(frozen=True)
class Row:
    """A test, and how it ended on both."""

    test: str
    kafka: Ended
    ours: Ended
    verdict: Verdict


def compare(suite: str, columns: Columns, findings: Sequence[Finding]) -> list[Row]:
    """Return a row for each test that both columns know or one of them."""
    kafka = columns[KAFKA].tests if KAFKA in columns else {}
    ours = columns[OURS].tests if OURS in columns else {}
    return [
        Row(
            test,
            kafka.get(test, NOT_RUN),
            ours.get(test, NOT_RUN),
            verdict(suite, test, kafka, ours, findings) if OURS in columns else Verdict.ALONE,
        )
        for test in sorted(kafka.keys() | ours.keys())
    ]


def verdict(
    suite: str, test: str, kafka: dict[str, Ended], ours: dict[str, Ended], findings: Iterable[Finding]
) -> Verdict:
    """Return what the two ends say together; a test that ours never came to has not passed."""
    if test not in kafka:
        return Verdict.ALONE
    known = any(finding.matches(f"{suite}/{test}") for finding in findings)
    theirs, mine = kafka.get(test, NOT_RUN).outcome, ours.get(test, NOT_RUN).outcome
    if theirs is Outcome.PASS and mine is not Outcome.PASS:
        return Verdict.KNOWN if known else Verdict.MISSING
    if theirs is Outcome.PASS:
        return Verdict.STALE if known else Verdict.SAME
    if mine is Outcome.PASS:
        return Verdict.BETTER
    return Verdict.NEITHER if Outcome.FAIL in (theirs, mine) else Verdict.SKIPPED


def in_words(rows: Sequence[Row]) -> str:
    """Return how many tests there are of each verdict."""
    counted = Counter(row.verdict for row in rows)
    return ", ".join(f"{counted[each]} {each}" for each in Verdict if counted[each]) or "no tests"


def page(title: str, version: str, columns: Columns, rows: Sequence[Row]) -> str:
    """Return the page of a suite, in Markdown."""
    lines = [f"# {title} {version}", ""]
    for target in (KAFKA, OURS):
        if target in columns:
            passed = sum(test.outcome is Outcome.PASS for test in columns[target].tests.values())
            column = columns[target]
            lines.append(f"- {column.server}, {column.date}: {passed} of {len(column.tests)} pass")
    lines += [f"- {in_words(rows)}", "", "| test | Kafka | ours | |", "|---|---|---|---|"]
    lines += [f"| {escaped(row.test)} | {told(row.kafka)} | {told(row.ours)} | {remark(row)} |" for row in rows]
    return "\n".join([*lines, ""])


def told(end: Ended) -> str:
    """Return a cell; a test that passed at a later attempt only says so."""
    if end is NOT_RUN:
        return "-"
    return f"{end.outcome} (attempt {end.attempt})" if end.attempt > 1 else str(end.outcome)


def remark(row: Row) -> str:
    """Return what is to be said of a row that is not as it should be, with the reason of whom it concerns."""
    if row.verdict in (Verdict.SAME, Verdict.ALONE):
        return escaped("; ".join(end.reason for end in (row.kafka, row.ours) if end.attempt > 1 and end.reason))
    end = row.kafka if row.verdict in (Verdict.BETTER, Verdict.SKIPPED, Verdict.NEITHER) else row.ours
    return escaped(f"{row.verdict}: {end.reason}" if end.reason else str(row.verdict))


def escaped(text: str) -> str:
    """Return text that breaks no table."""
    return text.replace("|", "\\|").replace("<", "&lt;")
