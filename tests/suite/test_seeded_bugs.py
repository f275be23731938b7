"""Bugs that are put into our server on purpose are caught by the scenarios, and by these alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from seeded.bug import Bug, Call
from seeded.catalogue import FAMILIES, FILES, bugs
from seeded.hunting import COMPARED, Hunt, Verdict
from suite.checks import holds
from suite.clients import ClientProgram, read_clients
from suite.failures import TargetError
from suite.places import SUITE
from suite.scenario import Scenario, load
from suite.targets.address import Nothing
from suite.targets.server import Server, Wanted
from tests.differential.catalogue import scenarios as compared_scenarios
from tests.differential.scenario import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from suite.world import World

RUN_S = 600
"""Half a minute, where the machine has nothing else to do."""
ONE_OF_EACH = [
    "produce/offset_is_told_one_too_high",
    "fetch/batches_come_in_the_wrong_order",
    "list-offsets/latest_is_one_too_low",
    "metadata/trial_is_no_trial",
    "groups/fenced_is_unknown",
    "group-offsets/notes_are_lost",
    "administration/changes_have_no_effect",
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SUITE / "seeded" / "run"), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_S, check=False)


class TestTheBugs:
    def test_there_are_five_of_each_family(self) -> None:
        assert Counter(each.family for each in bugs()) == dict.fromkeys(FAMILIES, 5)
        assert sorted(FAMILIES) == [name.replace("_", "-") for name in FILES]

    def test_their_names_are_their_own(self) -> None:
        assert max(Counter(each.name for each in bugs()).values()) == 1

    @pytest.mark.parametrize("bug", bugs(), ids=lambda each: each.id)
    def test_each_says_in_a_sentence_what_is_wrong(self, bug: Bug) -> None:
        assert bug.sentence[0].isupper()
        assert bug.sentence.count(".") - bug.sentence.count("max.message.bytes") * 2 == 1
        assert bug.sentence.endswith(".")

    def test_each_is_about_requests_and_known_to_be_caught(self) -> None:
        scenarios = {each.id: each for each in load(SUITE / "scenarios")}
        clients = read_clients()
        compared = {f"{COMPARED}{each.name}" for each in compared_scenarios() if each.stage is Stage.ONE_NODE}
        for each in bugs():
            assert each.requests, each.id
            if each.caught_by.startswith(COMPARED):
                assert each.caught_by in compared, each.id
            else:
                assert not scenarios[each.caught_by].lacked_by(clients[each.client].has), each.id


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = run("--json", "--report", str(tmp_path_factory.mktemp("seeded")), "--bug", *ONE_OF_EACH)
    assert done.stdout, done.stderr
    return {each["bug"]: each for each in json.loads(done.stdout)} | {"code": done.returncode}


@pytest.mark.xdist_group("seeded-bugs")
class TestOneOfEachFamily:
    @pytest.mark.parametrize("name", ONE_OF_EACH)
    def test_is_caught_by_the_scenario_that_is_known_to(self, name: str, verdicts: dict[str, Any]) -> None:
        [bug] = [each for each in bugs() if each.id == name]
        verdict = verdicts[name]
        assert (verdict["caught"], verdict["by"], verdict["complaint"]) == (True, bug.caught_by, "")

    def test_all_are_caught(self, verdicts: dict[str, Any]) -> None:
        assert verdicts["code"] == 0


class TestTheCommand:
    def test_lists_bugs_with_what_is_wrong(self) -> None:
        done = run("--list", "--family", "fetch")
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) == 5
        assert "not woken by what is appended" in done.stdout

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--bug", "none_such"], "there is no bug or client none_such"),
            (["--client", "nobody"], "there is no bug or client nobody"),
            (["--family", "fetch", "--write"], "the page tells of whole runs only"),
        ],
    )
    def test_says_in_a_sentence_why_it_cannot_begin(self, arguments: list[str], said: str) -> None:
        done = run(*arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr


# The hunt itself, with servers that are none: their version is the name of the bug in them.


class FakeTarget:
    """Has servers with this bug; one whose bug is called `no_start` does not start."""

    name = "fake"

    def __init__(self, folder: Path, bug: Bug) -> None:
        self._bug = bug
        self.broken = "ValueError: it is broken" if bug.name == "broken" else None

    def refusal(self, wanted: Wanted) -> str | None:
        return None

    def open(self, wanted: Wanted) -> Server:
        if self._bug.name == "no_start":
            raise TargetError("our server does not start")
        return Server(self.name, "nowhere:1", self._bug.name, Nothing())


async def nothing(call: Call) -> Any:
    return await call.proceed()


def made(name: str, caught_by: str) -> Bug:
    return Bug("groups", name, "Something is wrong.", frozenset(), nothing, caught_by, "fake")


def red_with(*names: str) -> Any:
    def scenario(world: World) -> None:
        holds(world.server.version not in names, "it does not hold")

    return scenario


def hunt(tmp_path: Path, bug: Bug, **scenarios: Any) -> Verdict:
    written = {f"groups/{name}": Scenario("groups", name, "It holds.", run) for name, run in scenarios.items()}
    clients = {"fake": ClientProgram("fake", tmp_path, "Fake", "1", ("python",), frozenset({"consume"}), ("true",))}

    def no_comparison() -> Any:
        raise AssertionError("no bug here is for it")

    found = Hunt(written, clients, lambda: clients, no_comparison, FakeTarget, tmp_path, tmp_path / "report")
    [verdict] = found.all([bug], 1, lambda _: None)
    return verdict


class TestTheHunt:
    def test_what_is_known_to_catch_a_bug_is_looked_at_first(self, tmp_path: Path) -> None:
        verdict = hunt(tmp_path, made("bad", "groups/b"), a=red_with("bad"), b=red_with("bad"))
        assert verdict.catch is not None
        assert (verdict.caught, verdict.catch.scenario, verdict.tried) == (True, "groups/b", 1)
        assert "it does not hold" in verdict.catch.reason

    def test_then_all_of_the_family(self, tmp_path: Path) -> None:
        verdict = hunt(tmp_path, made("bad", "groups/a"), a=red_with(), b=red_with("bad"))
        assert verdict.catch is not None
        assert (verdict.caught, verdict.catch.scenario) == (True, "groups/b")

    def test_a_bug_that_nothing_catches_is_told(self, tmp_path: Path) -> None:
        verdict = hunt(tmp_path, made("bad", "groups/a"), a=red_with(), b=red_with())
        assert (verdict.caught, verdict.complaint) == (False, "nothing catches it: 3 scenarios are green")

    def test_a_scenario_that_is_red_without_the_bug_too_proves_nothing(self, tmp_path: Path) -> None:
        verdict = hunt(tmp_path, made("bad", "groups/a"), a=red_with("bad", "none"))
        assert not verdict.caught
        assert verdict.complaint == "groups/a is not green without the bug either: fail: it does not hold"

    def test_a_server_that_does_not_start_proves_nothing(self, tmp_path: Path) -> None:
        verdict = hunt(tmp_path, made("no_start", "groups/a"), a=red_with())
        assert (verdict.caught, verdict.complaint) == (False, "our server does not start")

    def test_a_bug_that_breaks_down_itself_proves_nothing(self, tmp_path: Path) -> None:
        verdict = hunt(tmp_path, made("broken", "groups/a"), a=red_with("broken"))
        assert not verdict.caught
        assert verdict.complaint == "the bug itself broke down: ValueError: it is broken"
