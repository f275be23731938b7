"""Units of a suite, one after the other or a few at a time; a unit that fails is run again, and says that it was."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from foreign.outcomes import Ended, Outcome

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from foreign.suites import Suite


def run_suite(suite: Suite, units: Sequence[str], bootstrap: str, options: argparse.Namespace) -> dict[str, Ended]:
    """Run units against one server, and return how each test ended."""
    ends: dict[str, Ended] = {}
    lock = threading.Lock()

    def run(unit: str) -> None:
        began = time.monotonic()
        told = run_unit(suite, unit, bootstrap, options.attempts)
        with lock:
            ends.update(told)
            print(
                f"{suite.name} {unit}: {in_words(told)} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True
            )

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(run, units))
    return ends


def run_unit(suite: Suite, unit: str, bootstrap: str, attempts: int) -> dict[str, Ended]:
    """Run a unit until nothing in it fails, at most so often; what passed later says what it failed of at first."""
    ends: dict[str, Ended] = {}
    for attempt in range(1, attempts + 1):
        with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
            told = suite.run(unit, bootstrap, Path(folder))
        for test, end in told.items():
            before = ends.get(test)
            if before is None:
                ends[test] = replace(end, attempt=attempt)
            elif before.outcome is Outcome.FAIL and end.outcome is Outcome.PASS:
                ends[test] = replace(end, reason=f"at first: {before.reason}", attempt=attempt)
        if all(end.outcome is not Outcome.FAIL for end in ends.values()):
            break
    return ends


def in_words(ends: dict[str, Ended]) -> str:
    """Return what became of a unit in a few words, and its first complaint."""
    counted = [(sum(end.outcome is outcome for end in ends.values()), outcome) for outcome in Outcome]
    complaint = next((f": {end.reason}" for end in ends.values() if end.outcome is Outcome.FAIL and end.reason), "")
    return ", ".join(f"{number} {outcome}" for number, outcome in counted if number) + complaint
