"""The tests of franz-go's package kgo, from the Go module; those that make no client say nothing about a broker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from foreign.outcomes import Ended, Outcome, ended
from foreign.processes import NotPreparedError, build, run
from foreign.suites import FOREIGN

if TYPE_CHECKING:
    from foreign.suites import Suite

VERSION: Final = "v1.22.2"
MODULE: Final = f"github.com/twmb/franz-go@{VERSION}"
HOME: Final = FOREIGN / f"franz-go-{VERSION}"
PROGRAM: Final = HOME / "kgo.test"
LIMIT_S: Final = 300
RECORDS: Final = 20_000
"""Of 500,000 that the tests move when nothing is told: enough for many batches in every partition."""
PARTITIONS: Final = 11
MAKES_A_CLIENT: Final = re.compile(r"\b(?:newTestClient|testClientOpts|getSeedBrokers|tmpTopic\w*)\(")
TEST: Final = re.compile(r"^func (Test\w+)\(", re.MULTILINE)
ENDED: Final = re.compile(r"^ *--- (PASS|FAIL|SKIP): (\S+) \(", re.MULTILINE)
SAID: Final = re.compile(r"^ +\w+_test\.go:\d+: (.+)$", re.MULTILINE)
OUTCOMES: Final = {"PASS": Outcome.PASS, "FAIL": Outcome.FAIL, "SKIP": Outcome.SKIP}


class FranzGo:
    """A top-level test is run in a process of its own, and tells of its subtests."""

    name = "franz-go"
    title = "franz-go's kgo tests"
    version = VERSION
    settings: Final = {"num.partitions": "4"}
    needs = ("go",)

    def prepare(self) -> None:
        """Download the module, and compile its test program."""
        if PROGRAM.exists():
            return
        HOME.mkdir(parents=True, exist_ok=True)
        build(["go", "test", "-c", "-o", str(PROGRAM), "./pkg/kgo"], module_folder())

    def units(self) -> list[str]:
        """Name the tests of files that make clients."""
        files = (path.read_text() for path in sorted((module_folder() / "pkg" / "kgo").glob("*_test.go")))
        return [name for text in files if MAKES_A_CLIENT.search(text) for name in needing_a_broker(text)]

    def run(self, unit: str, bootstrap: str, folder: Path) -> dict[str, Ended]:  # noqa: ARG002 - nothing is left behind
        """Run a test."""
        environment = {
            "KGO_SEEDS": bootstrap,
            "KGO_TEST_RF": "1",
            "KGO_TEST_RECORDS": str(RECORDS),
            "KGO_TEST_MAX_TOPIC_PARTS": str(PARTITIONS),
            "KGO_LOG_LEVEL": "none",
        }
        command = [str(PROGRAM), "-test.v", f"-test.run=^{unit}$", f"-test.timeout={LIMIT_S}s"]
        done = run(command, module_folder() / "pkg" / "kgo", LIMIT_S + 10, environment)
        told = {name: OUTCOMES[how] for how, name in ENDED.findall(done.output)}
        ends = {name: ended(how, "" if how is Outcome.PASS else reason_of(done.output)) for name, how in told.items()}
        if unit not in ends:
            lines = [line for line in done.output.splitlines() if line.startswith(("panic:", "fatal error:"))]
            ends[unit] = ended(Outcome.FAIL, lines[0] if lines else f"it ended with {done.code} and told nothing")
        return ends


def needing_a_broker(text: str) -> list[str]:
    """Return the tests in a file whose own body, or what it calls in the file, makes a client."""
    bodies = {
        found[1]: body_at(text, found.start())
        for found in re.finditer(r"^func (?:\([^)]*\) )?(\w+)\(", text, re.MULTILINE)
    }
    makers = {name for name, body in bodies.items() if MAKES_A_CLIENT.search(body)}
    while more := {
        name
        for name, body in bodies.items()
        if name not in makers and any(re.search(rf"\b{each}\(", body) for each in makers)
    }:
        makers |= more
    return [name for name in TEST.findall(text) if name in makers]


def body_at(text: str, start: int) -> str:
    """Return a top-level function of formatted Go: up to the brace at the start of a line."""
    end = text.find("\n}\n", start)
    return text[start : end if end >= 0 else len(text)]


def reason_of(output: str) -> str:
    """Return what a test complained of first."""
    said = SAID.search(output)
    return said[1] if said else ""


def module_folder() -> Path:
    """Return where Go keeps the module."""
    HOME.mkdir(parents=True, exist_ok=True)
    told = build(["go", "mod", "download", "-json", MODULE], HOME)
    try:
        return Path(json.loads(told[told.index("{") :])["Dir"])
    except (ValueError, KeyError):
        raise NotPreparedError(f"go mod download told no folder of {MODULE}") from None


if TYPE_CHECKING:
    _is_a_suite: Suite = FranzGo()
