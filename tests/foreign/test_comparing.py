"""Ours beside Kafka's: what the two columns of a foreign suite say together, and what is kept of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from foreign.comparing import Verdict, compare, page
from foreign.outcomes import Column, Ended, Outcome, as_json, ended, read_columns
from foreign.running import run_unit
from suite.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from foreign.outcomes import Columns

PASS, FAIL, SKIP = Ended(Outcome.PASS), Ended(Outcome.FAIL, "it broke"), Ended(Outcome.SKIP)


def columns(kafka: Ended | None, ours: Ended | None) -> Columns:
    ends = {"kafka": kafka, "ours": ours}
    return {
        target: Column("2026-01-31", f"a {target} server", {} if end is None else {"group/one": end})
        for target, end in ends.items()
    }


@pytest.mark.parametrize(
    ("kafka", "ours", "verdict"),
    [
        (PASS, PASS, Verdict.SAME),
        (PASS, FAIL, Verdict.MISSING),
        (PASS, SKIP, Verdict.MISSING),
        (PASS, None, Verdict.MISSING),
        (FAIL, FAIL, Verdict.NEITHER),
        (SKIP, FAIL, Verdict.NEITHER),
        (FAIL, PASS, Verdict.BETTER),
        (SKIP, SKIP, Verdict.SKIPPED),
        (None, PASS, Verdict.ALONE),
    ],
)
def test_two_ends_make_a_verdict(kafka: Ended | None, ours: Ended | None, verdict: Verdict) -> None:
    (row,) = compare("suite", columns(kafka, ours), [])
    assert row.verdict is verdict


def test_a_finding_excuses_what_fails_and_must_go_when_it_passes() -> None:
    finding = Finding("foreign", "suite/group/*", "no such feature")
    assert compare("suite", columns(PASS, FAIL), [finding])[0].verdict is Verdict.KNOWN
    assert compare("suite", columns(PASS, PASS), [finding])[0].verdict is Verdict.STALE
    assert compare("other", columns(PASS, FAIL), [finding])[0].verdict is Verdict.MISSING


def test_what_is_kept_can_be_read_again(tmp_path: Path) -> None:
    kept = columns(Ended(Outcome.PASS, attempt=2), FAIL)
    (tmp_path / "suite.json").write_text(json.dumps(as_json("suite", "1.0", kept)))
    assert read_columns(tmp_path / "suite.json") == kept
    assert read_columns(tmp_path / "none.json") == {}


def test_the_page_tells_later_attempts_and_reasons() -> None:
    both = columns(Ended(Outcome.PASS, attempt=2), FAIL)
    told = page("A suite", "1.0", both, compare("suite", both, []))
    assert "| group/one | pass (attempt 2) | fail | finding: it broke |" in told
    assert "a kafka server, 2026-01-31: 1 of 1 pass" in told


def test_reasons_are_free_of_the_machine() -> None:
    told = ended(Outcome.FAIL, "\x1b[31mno /home/me/x/file.c\x1b[0m at\n 127.0.0.1:43521")
    assert told.reason == "no file.c at 127.0.0.1:PORT"


class Flaky:
    """A suite whose test passes from the third time on."""

    name = title = version = "flaky"
    needs = ()

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.times = 0

    def prepare(self) -> None: ...

    def units(self) -> list[str]:
        return ["unit"]

    def run(self, unit: str, bootstrap: str, folder: Path) -> dict[str, Ended]:
        assert (unit, bootstrap, folder.is_dir()) == ("unit", "here", True)
        self.times += 1
        return {"good": PASS, "bad": PASS if self.times > 2 else FAIL}


def test_a_unit_that_fails_is_run_again_and_says_so() -> None:
    assert run_unit(Flaky(), "unit", "here", 2) == {"good": PASS, "bad": FAIL}
    assert run_unit(Flaky(), "unit", "here", 9) == {"good": PASS, "bad": Ended(Outcome.PASS, "at first: it broke", 3)}
