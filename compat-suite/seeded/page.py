"""The last run of all bugs, as a page of results/."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kafkacompat import __version__
from suite.places import ROOT, SUITE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seeded.hunting import Verdict

PAGE: Final = SUITE / "results" / "seeded-bugs.md"


def write(verdicts: Sequence[Verdict], versions: Mapping[str, str], seconds: float) -> None:
    """Write the page."""
    caught = sum(verdict.caught for verdict in verdicts)
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "server": f"kafkacompat {__version__}, beside Kafka 4.4.0",
        "clients": ", ".join(f"{name} {version}" for name, version in sorted(versions.items())),
        "bugs": str(len(verdicts)),
        "caught": str(caught),
        "time": f"{seconds:.0f} s",
    }
    lines = [
        "# Seeded bugs",
        "",
        "Written by `compat-suite/seeded/run --write`. Each bug was put into a server of ours, and a scenario turned",
        "red; the same scenarios were green on a server without a bug.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in about.items()),
        "",
        "| bug | what is wrong | caught by | client | seconds |",
        "|---|---|---|---|---:|",
        *(line(verdict) for verdict in verdicts),
    ]
    PAGE.write_text("\n".join(lines) + "\n")


def line(verdict: Verdict) -> str:
    """Return a bug's line."""
    bug, catch = verdict.bug, verdict.catch
    by = f"`{catch.scenario}`" if catch and verdict.caught else f"**{verdict.complaint.replace('|', ' ')}**"
    client = (catch.client or "beside Kafka 4.4.0") if catch else ""
    return f"| `{bug.id}` | {bug.sentence} | {by} | {client} | {verdict.seconds:.1f} |"


def commit() -> str:
    """Return the commit that is checked out."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
