"""The command line of the bench, and the order of its rounds."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from benchmarks import page
from benchmarks.contenders import Contender, Kafka, Ours
from benchmarks.rows import ROWS
from benchmarks.samples import Results, Row, Sample, UnavailableError
from benchmarks.topics import WrongAnswerError

QUICK_SHARE = 0.1
WARM_UP_SHARE = 0.2


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    names = "\n".join(f"  {row.name:20}{row.title}" for row in ROWS)
    top = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures this server side by side with the real Kafka.",
        epilog=f"rows:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--row", nargs="+", action="extend", choices=[row.name for row in ROWS], metavar="NAME")
    top.add_argument("--only", choices=["ours", "kafka"], help="run against one server only")
    top.add_argument("--rounds", type=_count, default=3, help="how often each row is run; medians are told (default 3)")
    top.add_argument("--quick", action="store_true", help="one round of a tenth of the work, to see that all runs")
    top.add_argument("--full", action="store_true", help="10 GB instead of 1 GB in the row `start-on-data`")
    top.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    top.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return top


def _count(text: str) -> int:
    if (value := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def main() -> None:
    """Run the rows, tell the table."""
    args = parser().parse_args()
    if args.write and (args.row or args.only or args.quick):
        sys.exit("scripts/bench: --write wants the whole table: without --row, --only and --quick")
    rows = tuple(row for row in ROWS if not args.row or row.name in args.row)
    rounds = 1 if args.quick else args.rounds
    signal.signal(signal.SIGTERM, _leave)
    results = Results(os.getloadavg()[0])
    if results.load_before > (os.cpu_count() or 1) / 2:
        tell(f"others use this machine (load average {results.load_before:.1f}): times will look worse than they are")
    with ExitStack() as running:
        contenders: list[Contender] = [kind() for kind in (Kafka, Ours) if args.only in (None, kind.name)]
        for contender in contenders:
            running.callback(contender.stop)
            contender.start()
        try:
            for row in rows:
                share = QUICK_SHARE if args.quick else row.full_share if args.full else 1
                run_row(row, contenders, 1 if row.single else rounds, results, share)
        except WrongAnswerError as error:
            sys.exit(f"scripts/bench: wrong answer: {error}")
    print(page.table(rows, results))
    if args.json:
        args.json.write_text(json.dumps(as_json(results, rounds), indent=2) + "\n")
    if args.write:
        page.write(rows, results, rounds)


def _leave(signum: int, _: object) -> NoReturn:
    sys.exit(128 + signum)


def run_row(row: Row, contenders: list[Contender], rounds: int, results: Results, share: float) -> None:
    """Run a row `rounds` times against each contender in turn, now this one first and now that one."""
    try:
        if share != QUICK_SHARE and not row.single:
            for contender in contenders:
                row.measure(contender, WARM_UP_SHARE)
        for number in range(rounds):
            for contender in contenders if number % 2 == 0 else reversed(contenders):
                sample = row.measure(contender, share)
                results.add(row, contender.name, sample)
                tell(f"{row.name:20}round {number + 1}/{rounds}  {contender.name:6}{told(row, sample)}")
    except UnavailableError as error:
        results.skipped[row.name] = str(error)
        tell(f"{row.name:20}skipped: {error}")
    if len(results.checksums(row)) > 1:
        raise WrongAnswerError(f"{row.name}: the same records were written, different ones read back")


def told(row: Row, sample: Sample) -> str:
    """Return a sample in words."""
    figures = [figure for figure in row.figures if figure.name in sample.values]
    return ", ".join(f"{page.number(sample.values[figure.name])} {figure.unit}" for figure in figures)


def tell(line: str) -> None:
    """Say how far we are."""
    print(line, file=sys.stderr, flush=True)


def as_json(results: Results, rounds: int) -> dict[str, object]:
    """Return every sample, and the machine."""
    samples = {
        row: {name: [dataclasses.asdict(sample) for sample in taken] for name, taken in by_name.items()}
        for row, by_name in results.samples.items()
    }
    return {
        "machine": page.machine(),
        "load_before": results.load_before,
        "rounds": rounds,
        "samples": samples,
        "skipped": results.skipped,
    }


if __name__ == "__main__":
    main()
