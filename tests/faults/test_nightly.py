"""The program that makes the long runs: how long they are, what it reports, and what it leaves on its page."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "scripts" / "nightly"
PAGE = "Words.\n<!-- results -->\n<!-- end of results -->\nMore words.\n"


@pytest.fixture(scope="module")
def nightly() -> Any:
    loader = SourceFileLoader("nightly", str(PROGRAM))
    spec = spec_from_loader("nightly", loader)
    assert spec is not None
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROGRAM.parent))
        patch.setattr(sys, "dont_write_bytecode", True)
        loader.exec_module(module)
    return module


def result(nightly: Any, name: str, *findings: str) -> Any:
    return nightly.Result(name, name, "2026-11-24", "abc1234", "200 rounds, seed 1", 61.4, list(findings), "/log")


@pytest.mark.parametrize(("name", "total"), [("kill", 200), ("damage", 10_000)])
def test_a_run_has_the_rounds_it_promises_each_slice_with_a_seed_of_its_own(
    nightly: Any, name: str, total: int
) -> None:
    slices = nightly.RUNS[name].slices(7, False)
    rounds = [int(value) for part in slices for key, value in part.environment.items() if key.endswith("_ROUNDS")]
    assert sum(rounds) == total
    assert [part.environment["KAFKACOMPAT_TEST_SEED"] for part in slices] == [str(7 + n) for n in range(len(slices))]
    assert nightly.RUNS[name].work(slices, "") == f"{total:,} rounds, seeds 7 to {6 + len(slices)}"


def test_the_fuzzer_has_an_hour(nightly: Any) -> None:
    slices = nightly.RUNS["fuzz"].slices(1, False)
    log = "stat::number_of_executed_units: 700\n...\nstat::number_of_executed_units: 800\n"
    assert nightly.RUNS["fuzz"].work(slices, log) == "3,600 s, 1,500 inputs"


def test_seeded_bugs_that_were_caught_are_counted(nightly: Any) -> None:
    [part] = nightly.RUNS["seeded"].slices(1, False)
    log = "caught fetch/x\n34 of 35 bugs caught, 400 s; not caught: produce/y\n"
    assert nightly.RUNS["seeded"].work([part], log) == "34 of 35 bugs caught"
    assert nightly.RUNS["seeded"].work([part], "Traceback") == "no end"
    assert nightly.essence(log) == "34 of 35 bugs caught, 400 s; not caught: produce/y"


def test_a_result_takes_the_place_of_the_one_before_and_of_no_other(nightly: Any) -> None:
    page = nightly.written(PAGE, [result(nightly, "damage"), result(nightly, "kill", "lost", "twice")])
    page = nightly.written(page, [result(nightly, "damage", "a | b")])
    assert re.findall(r"^\| \w+ \(.*", page, re.MULTILINE) == [
        "| kill (`kill`) | 2026-11-24 | abc1234 | 200 rounds, seed 1 | 1 min 1 s | lost; twice |",
        r"| damage (`damage`) | 2026-11-24 | abc1234 | 200 rounds, seed 1 | 1 min 1 s | a \| b |",
    ]
    assert page.startswith("Words.\n<!-- results -->\n| run |")
    assert page.endswith("\n<!-- end of results -->\nMore words.\n")


def test_what_is_found_is_named_by_test_seed_and_round(nightly: Any) -> None:
    round_17 = "E   seed 5, round 17: x.log: deleted"
    failed = "FAILED tests/faults/test_damage.py::test - AssertionError: lost"
    assert nightly.essence(f"F\n{round_17}\n====\n{failed}\n1 failed") == f"{round_17}; {failed}"
    assert nightly.essence("INFO\nharm was done by inputs of records\n") == "harm was done by inputs of records"
    assert nightly.essence("") == "it ended without a word"


class TestSlice:
    def test_one_that_fails_is_told_and_all_that_it_said_is_in_the_log(self, nightly: Any, tmp_path: Path) -> None:
        part = nightly.Slice("work", [sys.executable, "-c", "print('why'); raise SystemExit(3)"], {"A": "b"}, 20)
        assert nightly.make_slice(part, tmp_path / "log", tmp_path / "kept") == "why"
        assert "A=b" in (tmp_path / "log").read_text()

    def test_one_that_does_not_end_is_ended_with_its_children(self, nightly: Any, tmp_path: Path) -> None:
        child = "import subprocess, sys; subprocess.run(['sleep', '600'])"
        part = nightly.Slice("work", [sys.executable, "-c", child], {}, 0.5)
        assert nightly.make_slice(part, tmp_path / "log", tmp_path / "kept") == "not at an end after 0.5 s"

    def test_one_that_is_just_started_when_we_are_asked_to_end_is_ended_too(
        self, nightly: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        children = []

        class AskedMeanwhile(subprocess.Popen[bytes]):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                children.append(self)
                signal.raise_signal(signal.SIGTERM)

        monkeypatch.setattr(nightly.subprocess, "Popen", AskedMeanwhile)
        usual = signal.signal(signal.SIGTERM, nightly.leave)
        try:
            with pytest.raises(SystemExit):
                nightly.make_slice(nightly.Slice("work", ["sleep", "600"], {}, 20), tmp_path / "log", tmp_path / "kept")
        finally:
            signal.signal(signal.SIGTERM, usual)
        assert [child.returncode for child in children] == [-signal.SIGTERM]

    def test_one_that_finds_nothing_leaves_no_directory(self, nightly: Any, tmp_path: Path) -> None:
        (tmp_path / "kept").mkdir()
        part = nightly.Slice("work", [sys.executable, "-c", ""], {}, 20)
        assert nightly.make_slice(part, tmp_path / "log", tmp_path / "kept") is None
        assert not (tmp_path / "kept").exists()


def test_the_page_is_one_that_the_program_can_write(nightly: Any) -> None:
    page = (ROOT / "docs" / "long-runs.md").read_text()
    assert set(dict(nightly.rows(page))) <= set(nightly.RUNS)
    assert nightly.row(result(nightly, "kill")) in nightly.written(page, [result(nightly, "kill")])


def test_quick_runs_are_no_results_for_the_page() -> None:
    done = subprocess.run([PROGRAM, "--quick", "--write"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the page tells of whole runs only" in done.stderr


def started_in(folder: Path) -> list[str]:
    """The processes whose command names the folder."""
    processes = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in processes.splitlines() if str(folder) in line]


def waited_for(what: Callable[[], object]) -> bool:
    """Whether it came true within a minute."""
    latest = time.monotonic() + 60
    while not (true := bool(what())) and time.monotonic() < latest:
        time.sleep(0.01)  # what is killed goes in the system's own time
    return true


def test_what_is_asked_to_end_ends_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    child = subprocess.Popen([PROGRAM, "--only", "damage"], stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    folder = next(Path(line.split()[-1]) for line in child.stderr if "logs are in" in line)
    assert waited_for(lambda: started_in(folder))
    child.terminate()
    assert child.wait(30) == 128 + signal.SIGTERM
    child.stderr.close()
    assert waited_for(lambda: not started_in(folder)), started_in(folder)


def test_a_quick_run_says_in_json_what_came_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = subprocess.run(
        [PROGRAM, "--quick", "--json", "--only", "damage", "--seed", "3"], capture_output=True, text=True, check=True
    )
    (run,) = json.loads(done.stdout)["runs"]
    assert (run["work"], run["findings"]) == ("40 rounds, seeds 3 to 4", [])
    assert Path(run["log"]).read_text().count("4 passed") == 2
    assert "damage 2 of 2 (20 rounds, seed 4): nothing found" in done.stderr
