"""Puts what a campaign found into words, a page and an object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.differential.fuzzing.judging import entries
from tests.differential.fuzzing.session import write

if TYPE_CHECKING:
    from tests.differential.fuzzing.campaign import Finding, Results


def as_object(results: Results) -> dict[str, Any]:
    return {
        "seed": results.seed,
        "sessions": results.sessions,
        "steps": results.steps,
        "seconds": round(results.seconds, 1),
        "asked": dict(sorted(results.asked.items())),
        "accepted": dict(sorted(results.accepted.items())),
        "findings": [
            {"sign": one.sign, "session": one.number, "text": one.text, "shortest": write(one.session)}
            for one in results.findings.values()
        ],
        "seen_once": dict(results.once),
        "broken": results.broken,
    }


def summary(results: Results) -> str:
    return (
        f"{results.sessions:,} sessions, {results.steps:,} requests, seed {results.seed}, {results.seconds:.0f} s: "
        f"{len(results.findings)} unexplained, {sum(results.once.values())} seen once, {len(results.broken)} broken"
    )


def finding(results: Results, one: Finding) -> str:
    again = f"--seed {results.seed} --first {one.number} --sessions 1"
    return f"{one.sign} (session {one.number}; again with {again})\n{one.text}\n{write(one.session)}"


def page(results: Results, keys: tuple[str, ...]) -> str:
    """Return the page of a run."""
    lines = [
        "# The differential fuzzer",
        "",
        "Written by `compat-suite/fuzz --write`. Made-up sessions went as raw frames to this server and to Kafka",
        "4.4.0, one node each, and the answers were compared field by field.",
        "",
        "| | |",
        "|---|---|",
        f"| date | {datetime.now(UTC).date().isoformat()} |",
        f"| sessions | {results.sessions:,} (about {', '.join(keys) or 'every key served'}) |",
        f"| requests | {results.steps:,} |",
        f"| seed | {results.seed} |",
        f"| time | {results.seconds:.0f} s |",
        f"| unexplained differences | {len(results.findings)} |",
        f"| seen once and not again | {sum(results.once.values())} |",
        f"| sessions that broke off | {len(results.broken)} |",
        "",
        "| key | requests | accepted differences seen | unexplained |",
        "|---|---:|---:|---:|",
    ]
    for name in sorted(results.asked):
        found = sum(one.sign.split()[0] == name for one in results.findings.values())
        lines.append(f"| {name} | {results.asked[name]:,} | {results.accepted[name]:,} | {found} |")
    lines += ["", "## Accepted", ""]
    lines += sorted({f"- `{entry.key}`: {entry.reason}" for entry in entries()})
    if results.findings:
        lines += ["", "## Unexplained", ""]
        lines += [f"```\n{finding(results, one)}```" for one in results.findings.values()]
    if results.once:
        lines += ["", "## Seen once and not again", ""]
        lines += [f"- {name}" for name in sorted(results.once)]
    return "\n".join(lines) + "\n"
