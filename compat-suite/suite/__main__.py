"""The suite as a program: `compat-suite/run`.

Exit codes: 0 when nothing failed, 1 when something did, 2 with one sentence when the run cannot begin.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from suite.card import Card, write_html, write_markdown
from suite.cells import Cell, plan
from suite.clients import ClientProgram, read_clients
from suite.failures import TargetError
from suite.features import Served, ask_what_is_served, read_features
from suite.findings import OURS, Finding, MalformedFindingsError, columns_agree, judge, read_findings
from suite.options import parser
from suite.places import CACHE, SUITE
from suite.progress import Following, in_words
from suite.publishing import publish
from suite.results import Outcome, Result, Status, read_json, write_json
from suite.running import Runner
from suite.scenario import Scenario, load
from suite.targets.address import Address
from suite.targets.docker import Docker
from suite.targets.kafka import Kafka
from suite.targets.ours import Ours
from suite.targets.server import Wanted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence

    from suite.targets.target import Target

T = TypeVar("T")
EXIT_FAILED: Final = 1
EXIT_CANNOT_BEGIN: Final = 2


class CannotBeginError(Exception):
    """What is asked for cannot be run, as one sentence says."""


def main() -> None:
    """Do what the command line asks."""
    told = parser().parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        scenarios = chosen(load(SUITE / "scenarios"), told.scenario, lambda each: each.id)
        clients = {each.name: each for each in chosen(read_clients().values(), told.client, lambda each: each.name)}
        if told.list:
            list_all(scenarios, clients.values())
            return
        sys.exit(0 if run(told, scenarios, clients).good else EXIT_FAILED)
    except (CannotBeginError, TargetError, MalformedFindingsError) as error:
        print(f"compat-suite/run: {error}", file=sys.stderr)
        sys.exit(EXIT_CANNOT_BEGIN)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def interrupt(signal_number: int, frame: object) -> NoReturn:  # noqa: ARG001 - what the signal module hands over
    """End as Ctrl-C does: servers and clients are stopped on the way out."""
    raise KeyboardInterrupt


def chosen(found: Iterable[T], patterns: Sequence[str] | None, name: Callable[[T], str]) -> list[T]:
    """Return those that match a pattern, all without patterns; a pattern that matches nothing is a mistake."""
    everything = list(found)
    for pattern in patterns or ():
        if not any(fnmatchcase(name(each), pattern) for each in everything):
            names = sorted({name(each).partition("/")[0] for each in everything})
            raise CannotBeginError(f"nothing is called {pattern!r}; there are {', '.join(names)}")
    return [each for each in everything if not patterns or any(fnmatchcase(name(each), each_) for each_ in patterns)]


def list_all(scenarios: Sequence[Scenario], clients: Iterable[ClientProgram]) -> None:
    """Print the clients and the scenarios."""
    for client in clients:
        missing = client.unavailable()
        print(f"{client.name:24} {client.title} {client.version}{f' ({missing})' if missing else ''}")
    print()
    for scenario in scenarios:
        print(f"{scenario.id:60} {scenario.promise}")


def run(told: argparse.Namespace, scenarios: list[Scenario], clients: dict[str, ClientProgram]) -> Outcome:
    """Run, judge and report."""
    began = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    findings = [
        each for client in clients.values() for each in read_findings(client.folder / "FINDINGS.md", client.name)
    ]
    report: Path = told.report.resolve()
    shutil.rmtree(report / "logs", ignore_errors=True)
    shutil.rmtree(report / "stderr", ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="suite-", dir=CACHE))
    try:
        targets = [target_named(name, folder) for name in told.target or ["ours", "kafka"]]
        served = first_look(targets, told.nodes)
        known = taken_over(told.known, scenarios, clients)
        results = known + run_cells(told, scenarios, clients, targets, report, known)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    whole = not told.client and not told.scenario and OURS in {each.target for each in results}
    outcome = judged(results, findings, scenarios, served, whole=whole)
    card = Card(outcome, scenarios, clients, time.monotonic() - began)
    deliver(told, card, report)
    if told.publish:
        publish(card)
    return outcome


def target_named(name: str, folder: Path) -> Target:
    """Return a target of the command line."""
    match name:
        case "ours":
            return Ours(folder)
        case "kafka":
            return Kafka(folder)
        case "docker":
            return Docker()
        case _:
            return Address(name)


def first_look(targets: Sequence[Target], nodes: int) -> Served | None:
    """Start each target once, before anything else; return what ours serves.  TargetError if one cannot be had."""
    served = None
    for target in targets:
        if refusal := target.refusal(Wanted(nodes)):
            raise TargetError(f"--target {target.name}: {refusal}")
        with closing(target.open(Wanted(nodes))) as server:
            if target.name == OURS:
                served = ask_what_is_served(server.bootstrap)
    return served


def taken_over(files: Iterable[Path], scenarios: Iterable[Scenario], clients: Iterable[str]) -> list[Result]:
    """Read results of earlier runs, those of what is asked for; the later file counts where two have the same cell."""
    names, ids = set(clients), {scenario.id for scenario in scenarios}
    found: dict[tuple[str, str, str], Result] = {}
    for path in files:
        try:
            results = read_json(path)
        except (OSError, ValueError) as error:
            raise CannotBeginError(f"--with {path}: {error}") from error
        found |= {
            (*each.cell, each.target): replace(each, log="")
            for each in results
            if each.client in names and each.scenario in ids
        }
    return list(found.values())


def run_cells(
    told: argparse.Namespace,
    scenarios: list[Scenario],
    clients: dict[str, ClientProgram],
    targets: Sequence[Target],
    report: Path,
    known: Iterable[Result],
) -> list[Result]:
    """Build the clients and run the cells, but for those that are known."""
    unusable = {name: why for name, client in clients.items() if (why := client.unavailable())}
    broken = {}
    for name, client in clients.items():
        if name not in unusable and (why := client.build()):
            print(f"{name}: {why}", file=sys.stderr)
            broken[name] = why
    taken = {(*each.cell, each.target) for each in known}
    partners = [(each.target, each.client) for each in known if each.status is not Status.SKIP]
    cells: list[Cell] = [
        cell
        for cell in plan(scenarios, clients, targets, told.nodes, unusable)
        if (cell.scenario.id, cell.client, cell.target.name) not in taken
    ]
    with Following(len(cells)) as following:
        return Runner(clients, broken, report, partners).run(cells, told.jobs, following)


def judged(
    results: list[Result],
    findings: Sequence[Finding],
    scenarios: Sequence[Scenario],
    served: Served | None,
    *,
    whole: bool,
) -> Outcome:
    """Return the results in the light of FINDINGS.md, of what ours serves, and of the other column."""
    features = read_features(SUITE / "suite" / "features.toml")
    errors = [f"{each.id}: there is no feature {each.feature!r}" for each in scenarios if each.feature not in features]
    feature_of = {scenario.id: features.get(scenario.feature) for scenario in scenarios}

    def allowed(scenario: str) -> bool:
        feature = feature_of[scenario]
        return served is None or feature is None or not served.has(feature)

    in_their_light, mistakes = judge(results, findings, allowed, whole=whole)
    return Outcome(columns_agree(in_their_light), errors + mistakes)


def deliver(told: argparse.Namespace, card: Card, report: Path) -> None:
    """Write the card and the results, and say how it went."""
    write_markdown(report / "card.md", card)
    write_html(report / "card.html", card, report)
    write_json(report / "results.json", card.outcome)
    if told.json:
        write_json(told.json, card.outcome)
    for result in card.outcome.results:
        if result.bad:
            print(f"{result.status}: {result.scenario} · {result.client} · {result.target}: {result.reason}")
    for error in card.outcome.errors:
        print(f"error: {error}")
    for target in card.targets:
        print(f"{target}: {in_words([each for each in card.outcome.results if each.target == target])}")
    print(f"the card: {report / 'card.html'}")


if __name__ == "__main__":
    main()
