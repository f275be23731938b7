"""librdkafka's tests in quick mode, from its source archive; those that need no broker say nothing about one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from foreign.debian import fetch_original
from foreign.kafka_home import kafka_home
from foreign.outcomes import Ended, Outcome, ended
from foreign.processes import build, run
from foreign.suites import FOREIGN

if TYPE_CHECKING:
    from pathlib import Path

    from foreign.suites import Suite

VERSION: Final = "2.0.2-1"
SOURCE: Final = FOREIGN / f"librdkafka-{VERSION}"
BROKER: Final = "4.4.0"
LIMIT_S: Final = 300
PATIENCE: Final = 2
"""What the tests' own time limits are multiplied by: they are made for an idle machine with a broker to itself."""
DECLARED: Final = re.compile(r"^ +_TEST\((\d{4})(\w+),\s*([\w |]+?)[,)]", re.MULTILINE)
NO_BROKER: Final = ("TEST_F_LOCAL", "TEST_F_MANUAL", "TEST_F_KNOWN_ISSUE")
STATES: Final = {"PASSED": Outcome.PASS, "SKIPPED": Outcome.SKIP}
FAILURE: Final = re.compile(r"failed at (\S+:\d+):\S* at [^\n]*\s*#*\s*([^\n]+)")


class Librdkafka:
    """All tests of one number run in one process."""

    name = "librdkafka"
    title = "librdkafka's tests, quick mode"
    version = VERSION
    settings: Final = {"num.partitions": "4"}
    needs = ("apt-get", "gcc", "g++", "make", "bash")

    def prepare(self) -> None:
        """Fetch the source and build its test program, with what this machine has of optional libraries."""
        if not SOURCE.exists():
            fetch_original("librdkafka", VERSION, SOURCE)
        if not (SOURCE / "tests" / "test-runner").exists():
            build(["./configure", "--disable-gssapi"], SOURCE)
            build(["make", "-j2", "libs"], SOURCE)
            build(["make", "-j2", "-C", "tests", "build"], SOURCE)

    def units(self) -> list[str]:
        """Name the numbers of tests that need a broker."""
        return sorted(tests_by_number())

    def run(self, unit: str, bootstrap: str, folder: Path) -> dict[str, Ended]:
        """Run the tests of a number."""
        conf, report = folder / "test.conf", folder / "report.json"
        conf.write_text(
            f"metadata.broker.list={bootstrap}\ntest.timeout.multiplier={PATIENCE}\ntest.topic.random=true\n"
        )
        environment = {
            "TESTS": unit,
            "TEST_KAFKA_VERSION": BROKER,
            "TEST_LEVEL": "2",
            "TEST_REPORT": str(report),
            "RDKAFKA_TEST_CONF": str(conf),
            "LD_LIBRARY_PATH": "../src:../src-cpp",
            "BROKERS": bootstrap,
        }
        if home := kafka_home():
            environment["KAFKA_PATH"] = str(home)
        done = run(["./test-runner", "-Q", "-L", "-K", "-p1"], SOURCE / "tests", LIMIT_S, environment)
        told = read_report(report)
        wanted = tests_by_number()[unit]
        if done.code is None or not told:
            how = (
                f"not done within {LIMIT_S} s" if done.code is None else f"it ended with {done.code} before its report"
            )
            return {name: ended(Outcome.FAIL, how) for name in wanted}
        return {name: self._one(name, told.get(name, ""), done.output) for name in wanted}

    def _one(self, name: str, state: str, output: str) -> Ended:
        outcome = STATES.get(state, Outcome.FAIL)
        if outcome is Outcome.PASS:
            return ended(outcome)
        if outcome is Outcome.SKIP:
            said = re.search(rf"\[{re.escape(name)} *\/[^\]]*\][^\n]*SKIPPING TEST: *([^\n]+)", output)
            return ended(outcome, said[1] if said else "not for such a cluster")
        said = FAILURE.search(output)
        return ended(outcome, f"{said[1]}: {said[2]}" if said else f"its state is {state or 'not told'}")


def tests_by_number() -> dict[str, list[str]]:
    """Return the tests that need a broker, from the table in the test program's own source."""
    found: dict[str, list[str]] = {}
    for number, rest, flags in DECLARED.findall((SOURCE / "tests" / "test.c").read_text()):
        if not any(flag in flags.split(" | ") for flag in NO_BROKER):
            found.setdefault(number, []).append(number + rest)
    return found


def read_report(path: Path) -> dict[str, str]:
    """Return the state of each test; nothing when the program ended before it wrote them."""
    if not path.exists():
        return {}
    try:
        tests = json.loads(path.read_text())["tests"]
    except (ValueError, KeyError):
        return {}
    return {name: test["state"] for name, test in tests.items()}


if TYPE_CHECKING:
    _is_a_suite: Suite = Librdkafka()
