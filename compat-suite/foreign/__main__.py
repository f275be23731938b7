"""The command: prepare suites, run them on one server a target, compare, and keep what was found."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from foreign.comparing import KAFKA, OURS, Verdict, compare, in_words, page
from foreign.franz_go import FranzGo
from foreign.kafka_python import KafkaPython
from foreign.kcat import Kcat
from foreign.librdkafka import Librdkafka
from foreign.outcomes import Column, as_json, read_columns
from foreign.processes import NotPreparedError
from foreign.running import run_suite
from suite.failures import TargetError
from suite.findings import MalformedFindingsError, read_findings
from suite.places import SUITE
from suite.targets.address import Address
from suite.targets.kafka import Kafka
from suite.targets.ours import Ours
from suite.targets.server import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foreign.comparing import Row
    from foreign.outcomes import Columns
    from foreign.suites import Suite
    from suite.findings import Finding
    from suite.targets.server import Server
    from suite.targets.target import Target

SUITES: Final[tuple[Suite, ...]] = (KafkaPython(), Librdkafka(), Kcat(), FranzGo())
RESULTS: Final = SUITE / "results" / "foreign"
FINDINGS: Final = SUITE / "foreign" / "FINDINGS.md"
WRONG: Final = (Verdict.MISSING, Verdict.STALE)
CANNOT: Final = 2
KAFKA_VERSION: Final = "4.4.0"
AS_KAFKA: Final = {"node.id": "0", "advertised.listeners": "PLAINTEXT://127.0.0.1:0"}
"""What scripts/kafka tells the real one: suites know the first node by this number; port 0 is the one that opens."""


def main() -> int:
    """Run what is asked for; 0 when all is as the findings say, 1 when not, 2 when it cannot be run."""
    options = parser().parse_args()
    suites = [each for each in SUITES if not options.suites or each.name in options.suites]
    try:
        findings = read_findings(FINDINGS, "foreign")
    except MalformedFindingsError as error:
        print(f"compat-suite/foreign: {error}", file=sys.stderr)
        return CANNOT
    kept, code = [], 0
    for suite in suites:
        try:
            columns = run_on_targets(suite, options)
        except (NotPreparedError, TargetError) as error:
            print(f"compat-suite/foreign: {suite.name}: {error}", file=sys.stderr)
            code = CANNOT
            continue
        code = max(code, show(suite, columns, findings, options.record))
        kept.append(as_json(suite.name, suite.version, columns))
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="compat-suite/foreign/run",
        description="Run test suites of other projects against our server and the real Kafka, and compare.",
    )
    names = [each.name for each in SUITES]
    top.add_argument("suites", nargs="*", metavar="NAME", type=known, help=f"of {', '.join(names)} (default: all)")
    top.add_argument(
        "--target", action="append", choices=(OURS, KAFKA), help="default: both; the other column is the kept one"
    )
    top.add_argument(
        "--kafka",
        metavar="HOST:PORT",
        help=f"a Kafka {KAFKA_VERSION} that runs already, with the settings in README.md",
    )
    top.add_argument("--test", nargs="+", action="extend", metavar="GLOB", help="only these units, such as '0045'")
    top.add_argument("--jobs", type=int, default=1, help="units at the same time (default 1: suites have time limits)")
    top.add_argument("--attempts", type=int, default=2, help="how often a failing unit is run (default 2)")
    top.add_argument("--json", type=Path, metavar="FILE", help="write what was found")
    top.add_argument("--record", action="store_true", help="keep it in compat-suite/results/foreign")
    return top


def known(name: str) -> str:
    """Return the name of a suite; argparse's error if there is none."""
    if name not in {each.name for each in SUITES}:
        raise argparse.ArgumentTypeError(f"there is no suite {name!r}")
    return name


def run_on_targets(suite: Suite, options: argparse.Namespace) -> Columns:
    """Return the kept columns, with those that were run anew; a part of a suite leaves the rest as it was."""
    lacking = [program for program in suite.needs if shutil.which(program) is None]
    if lacking:
        raise NotPreparedError(f"no {' and no '.join(lacking)} on this machine")
    print(f"{suite.name} {suite.version}: preparing", file=sys.stderr)
    suite.prepare()
    units = [unit for unit in suite.units() if matches(unit, options.test)]
    columns = read_columns(RESULTS / f"{suite.name}.json")
    for target in options.target or (KAFKA, OURS):
        with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
            server = opened(suite, target, Path(folder), options.kafka)
            try:
                tests = run_suite(suite, units, server.bootstrap, options)
            finally:
                server.close()
        before = columns[target].tests if target in columns and options.test else {}
        name = f"Kafka {server.version or KAFKA_VERSION}" if target == KAFKA else f"kafkacompat {server.version}"
        columns[target] = Column(dt.datetime.now(dt.UTC).date().isoformat(), name, {**before, **tests})
    return columns


def opened(suite: Suite, target: str, folder: Path, running: str | None) -> Server:
    """Return a server with the settings that the suite expects; a Kafka that runs already is taken as it is."""
    if target == KAFKA and running:
        return Address(running).open(Wanted())
    made: Target = Kafka(folder) if target == KAFKA else Ours(folder)
    settings = {**suite.settings, **({} if target == KAFKA else AS_KAFKA)}
    return made.open(Wanted(settings=tuple(settings.items())))


def matches(unit: str, globs: Sequence[str] | None) -> bool:
    """Whether a unit is asked for."""
    return not globs or any(fnmatchcase(unit, glob) for glob in globs)


def show(suite: Suite, columns: Columns, findings: Sequence[Finding], record: bool) -> int:  # noqa: FBT001 - an option
    """Print the comparison, keep it when told to, and return the exit code."""
    rows = compare(suite.name, columns, findings)
    for row in rows:
        if row.verdict in WRONG:
            print(f"{suite.name}: {row.test}: {row.verdict}: {row.ours.reason}")
    print(f"{suite.name} {suite.version}: {in_words(rows)}")
    if record:
        keep(suite, columns, rows)
    whole = KAFKA in columns and OURS in columns
    return int(whole and any(row.verdict in WRONG for row in rows))


def keep(suite: Suite, columns: Columns, rows: Sequence[Row]) -> None:
    """Write the page and its data."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    data = as_json(suite.name, suite.version, columns)
    (RESULTS / f"{suite.name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    (RESULTS / f"{suite.name}.md").write_text(page(suite.title, suite.version, columns, rows))


if __name__ == "__main__":
    sys.exit(main())
