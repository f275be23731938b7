"""Seeded bugs as a program: `compat-suite/seeded/run`.

Exit codes: 0 when every bug was caught and its scenario is green without it, 1 when not, 2 with one sentence when the
run cannot begin.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from seeded import page
from seeded.bug import QUICK
from seeded.catalogue import FAMILIES, bugs
from seeded.hunting import COMPARED, Hunt, Verdict
from seeded.target import SeededTarget
from suite.clients import read_clients
from suite.places import CACHE, SUITE
from suite.scenario import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seeded.bug import Bug
    from seeded.comparing import Comparison
    from suite.clients import ClientProgram
    from suite.scenario import Scenario

CLIENTS: Final = (QUICK, "kafka-python", "franz-go")
"""Those that look for a bug that what is known to catch it did not catch."""
EXIT_NOT_CAUGHT: Final = 1
EXIT_CANNOT_BEGIN: Final = 2


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="compat-suite/seeded/run", description="Put bugs into our server, one by one.")
    top.add_argument("--bug", nargs="+", action="extend", default=[], metavar="NAME", help="only these: FAMILY/NAME")
    top.add_argument("--family", nargs="+", action="extend", default=[], choices=FAMILIES, help="only these families")
    top.add_argument("--client", metavar="NAME", help="meet each bug with this client, where it has what is needed")
    top.add_argument("--jobs", type=int, default=2, help="bugs at the same time (default 2)")
    top.add_argument("--json", action="store_true", help="print one JSON list of objects at the end")
    top.add_argument("--list", action="store_true", help="name the bugs, and run nothing")
    top.add_argument("--report", type=Path, default=CACHE / "seeded", metavar="DIR", help="where logs are kept")
    top.add_argument("--write", action="store_true", help="put a run of all bugs into results/seeded-bugs.md")
    return top


def main() -> None:
    """Do what the command line asks."""
    told = parser().parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    chosen = [each for each in bugs() if is_chosen(each, told)]
    unknown = set(told.bug) - {each.id for each in bugs()} - {each.name for each in bugs()}
    if told.client not in {None, *read_clients()}:
        unknown = {told.client}
    if unknown or (told.write and (told.client or len(chosen) < len(bugs()))):
        names = ", ".join(sorted(map(str, unknown)))
        why = f"there is no bug or client {names}" if unknown else "the page tells of whole runs only"
        print(f"compat-suite/seeded/run: {why}", file=sys.stderr)
        sys.exit(EXIT_CANNOT_BEGIN)
    if told.list:
        for each in chosen:
            print(f"{each.id:56} {each.sentence}")
        return
    try:
        verdicts = run(told, chosen)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    sys.exit(0 if all(verdict.caught for verdict in verdicts) else EXIT_NOT_CAUGHT)


def interrupt(signal_number: int, frame: object) -> NoReturn:  # noqa: ARG001 - what the signal module hands over
    """End as Ctrl-C does: servers and clients are stopped on the way out."""
    raise KeyboardInterrupt


def is_chosen(bug: Bug, told: argparse.Namespace) -> bool:
    """Tell whether a bug is asked for; all are when none is."""
    by_name = bug.id in told.bug or bug.name in told.bug
    return by_name or bug.family in told.family or not (told.bug or told.family)


def run(told: argparse.Namespace, chosen: Sequence[Bug]) -> list[Verdict]:
    """Look for each bug, and say what came of it."""
    began = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(told.report, ignore_errors=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seeded-", dir=CACHE)))
        scenarios = {each.id: each for each in load(SUITE / "scenarios")}
        chosen = [with_client(each, told.client, scenarios) for each in chosen]
        clients = known_clients(chosen)
        report = told.report.resolve()
        hunt = Hunt(scenarios, clients, other_clients, comparison(stack), SeededTarget, folder, report)
        verdicts = hunt.all(chosen, told.jobs, say)
    seconds = time.monotonic() - began
    for verdict in verdicts:
        if not verdict.caught:
            print(f"{verdict.bug.id}: {verdict.complaint}", file=sys.stderr)
    missed = [verdict.bug.id for verdict in verdicts if not verdict.caught]
    summary = f"{len(verdicts) - len(missed)} of {len(verdicts)} bugs caught, {seconds:.0f} s"
    print(f"{summary}; not caught: {', '.join(missed)}" if missed else summary, file=sys.stderr)
    if told.json:
        print(json.dumps([plain(each) for each in verdicts], indent=1, ensure_ascii=False))
    if told.write:
        versions = {each.catch.client: each.catch.version for each in verdicts if each.catch and each.catch.client}
        page.write(verdicts, versions, seconds)
    return verdicts


def with_client(bug: Bug, name: str | None, scenarios: Mapping[str, Scenario]) -> Bug:
    """Return a bug as this client is to meet it; as it is where the client lacks something, or no client can tell."""
    scenario = scenarios.get(bug.caught_by)
    if name is None or scenario is None or scenario.lacked_by(read_clients()[name].has):
        return bug
    return replace(bug, client=name)


def known_clients(chosen: Sequence[Bug]) -> dict[str, ClientProgram]:
    """Build and return the clients by which bugs are known; end with a sentence if one cannot be had."""
    found = read_clients()
    needed = dict.fromkeys(each.client for each in chosen if not each.caught_by.startswith(COMPARED))
    for name in needed:
        if complaint := found[name].unavailable() or found[name].build():
            print(f"compat-suite/seeded/run: {name}: {complaint}", file=sys.stderr)
            sys.exit(EXIT_CANNOT_BEGIN)
    return {name: found[name] for name in needed}


@cache
def other_clients() -> dict[str, ClientProgram]:
    """Build and return those that look for what is not caught by what is known to; without what this machine lacks."""
    found = read_clients()
    return {name: found[name] for name in CLIENTS if not (found[name].unavailable() or found[name].build())}


def comparison(stack: ExitStack) -> Callable[[], Comparison]:
    """Return a way to the real Kafka, which is started when somebody goes there."""

    @cache
    def made() -> Comparison:
        from seeded.comparing import Comparison  # noqa: PLC0415 - it brings the tests of the comparison along

        return stack.enter_context(Comparison())

    return made


def say(verdict: Verdict) -> None:
    """Say what came of one bug."""
    catch = verdict.catch
    with_whom = f" with {catch.client}" if catch and catch.client else ""
    by = f"by {catch.scenario}{with_whom}: {' '.join(catch.reason.split())[:140]}" if catch else verdict.complaint
    word = "caught" if verdict.caught else "NOT CAUGHT"
    print(f"{word} {verdict.bug.id} ({verdict.seconds:.1f} s) {by}", file=sys.stderr, flush=True)


def plain(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict for machines."""
    catch = verdict.catch
    return {
        "bug": verdict.bug.id,
        "sentence": verdict.bug.sentence,
        "caught": verdict.caught,
        "by": catch.scenario if catch else None,
        "client": catch.client if catch else None,
        "reason": catch.reason if catch else None,
        "complaint": verdict.complaint,
        "seconds": verdict.seconds,
    }


if __name__ == "__main__":
    main()
