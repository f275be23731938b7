"""Play made-up sessions against this server and the real Kafka 4.4.0, and compare every answer field by field.

    compat-suite/fuzz [--sessions N] [--seed S] [--first N] [--key NAME ...] [--jobs N] [--kafka HOST:PORT]
                      [--json FILE] [--write]
    compat-suite/fuzz --replay FILE ...             play sessions that were kept
    compat-suite/fuzz --show N [--seed S]           print one session without playing it

A session is a few requests that depend on each other: a topic is made, records are produced, then fetched at that
offset; some of them are spoilt in one place.  The same seed makes the same sessions.  A difference that nobody has
accepted is looked for in two more runs of its session, made as short as it can be, printed, and kept with --keep in
the corpus, which the tests replay.  Both brokers are started here (java and mvn are needed) and anew every 1,500
sessions; --kafka names a real one that runs already.  The exit code is 1 when anything was found.
"""

# ruff: noqa: T201 - a program that a person runs, and reads
from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.differential.fuzzing.campaign import Campaign, Results
from tests.differential.fuzzing.generate import ACTIONS, generate
from tests.differential.fuzzing.pair import Pair
from tests.differential.fuzzing.reporting import as_object, finding, page, summary
from tests.differential.fuzzing.session import read, write

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parent.parent.parent.parent
PAGE: Final = ROOT / "compat-suite" / "results" / "differential-fuzzer.md"
SECONDS_BETWEEN_LINES: Final = 5
CORPUS: Final = Path(__file__).with_name("corpus")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--sessions", type=int, default=1000, metavar="N")
    made.add_argument("--seed", type=int, default=None, metavar="S")
    made.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first session")
    made.add_argument("--key", action="append", default=[], choices=sorted({key for _, key in ACTIONS.values()}))
    made.add_argument("--jobs", type=int, default=6, metavar="N", help="sessions at the same time")
    made.add_argument("--replay", nargs="+", type=Path, metavar="FILE")
    made.add_argument("--show", type=int, metavar="N")
    made.add_argument("--kafka", metavar="HOST:PORT", help="one node, 0, with the settings of scripts/kafka")
    made.add_argument("--json", type=Path, metavar="FILE", help="- for standard output")
    made.add_argument("--keep", action="store_true", help="keep the shortest sessions in the corpus")
    made.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    return made


def progress() -> Callable[[Results], None]:
    """Return what says how far it is, every few seconds, and tells what is found when it is found."""
    last, told = [0.0], set[str]()

    def tell(results: Results) -> None:
        for one in list(results.findings.values()):
            if one.is_short and one.sign not in told:
                told.add(one.sign)
                print(finding(results, one), file=sys.stderr, flush=True)
        if time.monotonic() - last[0] > SECONDS_BETWEEN_LINES:
            last[0] = time.monotonic()
            print(summary(results), file=sys.stderr, flush=True)

    return tell


def keep(results: Results) -> None:
    for one in results.findings.values():
        name = re.sub(r"[^a-z0-9]+", "-", one.sign.lower()).strip("-")
        (CORPUS / f"{name}.json").write_text(write(one.session))


def main() -> None:
    told = parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # either way the brokers end with us
    seed = int(time.time()) % 1_000_000 if told.seed is None else told.seed
    keys = tuple(told.key)
    if told.show is not None:
        print(write(generate(seed, told.show, keys)), end="")
        return
    with Pair(told.kafka) as pair:
        campaign = Campaign(pair, seed, progress(), told.jobs)
        results = campaign.results
        with suppress(KeyboardInterrupt):  # then what there is so far is told
            if told.replay:
                campaign.play_all(list(enumerate(map(read, told.replay))))
            else:
                campaign.run(range(told.first, told.first + told.sessions), keys)
    for one in results.findings.values():
        print(finding(results, one))
    for text in (*results.once, *results.broken):
        print(f"not again: {text}" if text in results.once else text)
    print(summary(results))
    if told.keep:
        keep(results)
    if told.json:
        text = json.dumps(as_object(results), indent=1)
        if str(told.json) == "-":
            print(text)
        else:
            told.json.write_text(text)
    if told.write:
        PAGE.write_text(page(results, keys))
    sys.exit(1 if results.findings or results.broken else 0)


if __name__ == "__main__":
    main()
