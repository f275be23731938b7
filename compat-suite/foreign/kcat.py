"""kcat's shell tests, from its source archive, with the kcat that this machine has."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from foreign.debian import fetch_original
from foreign.outcomes import Ended, Outcome, ended
from foreign.processes import run
from foreign.suites import FOREIGN

if TYPE_CHECKING:
    from pathlib import Path

    from foreign.suites import Suite

VERSION: Final = "1.7.1-2"
SOURCE: Final = FOREIGN / f"kcat-{VERSION}"
LIMIT_S: Final = 120
SKIPPED: Final = "TEST SKIPPED:"
FAILED: Final = ("TEST FAILED:", "FAIL:", "ERROR:")


class Kcat:
    """A script is a test; it passes when it ends with 0."""

    name = "kcat"
    title = "kcat's shell tests"
    version = VERSION
    settings: Final = {"num.partitions": "4"}
    needs = ("apt-get", "bash", "kcat", "jq")

    def prepare(self) -> None:
        """Fetch the scripts, and put kcat where they look for it."""
        if not SOURCE.exists():
            fetch_original("kafkacat", VERSION, SOURCE)
        program = SOURCE / "kcat"
        if not program.exists():
            program.symlink_to(shutil.which("kcat") or "kcat")

    def units(self) -> list[str]:
        """Name the scripts."""
        return sorted(path.name for path in (SOURCE / "tests").glob("[0-9]*.sh"))

    def run(self, unit: str, bootstrap: str, folder: Path) -> dict[str, Ended]:  # noqa: ARG002 - scripts leave no scraps
        """Run a script."""
        # kcat without a mode produces what comes on its input, unless that is a terminal: then it consumes.
        done = run(["bash", f"./{unit}"], SOURCE / "tests", LIMIT_S, {"BROKERS": bootstrap}, terminal=True)
        lines = done.output.splitlines()
        if done.code is None:
            return {unit: ended(Outcome.FAIL, f"not done within {LIMIT_S} s")}
        if done.code:
            said = next((line for line in lines if any(word in line for word in FAILED)), lines[-1] if lines else "")
            return {unit: ended(Outcome.FAIL, f"exit code {done.code}: {said}")}
        skipped = next((line for line in lines if SKIPPED in line), None)
        if skipped is not None:
            return {unit: ended(Outcome.SKIP, skipped.partition(SKIPPED)[2])}
        return {unit: ended(Outcome.PASS)}


if TYPE_CHECKING:
    _is_a_suite: Suite = Kcat()
