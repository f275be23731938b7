"""Cells run against a server that is none, with a client program that does as it is told."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from suite.cells import plan
from suite.clients import ClientProgram
from suite.failures import TargetError
from suite.results import Result, Status
from suite.running import Runner
from suite.scenario import Scenario
from suite.targets.address import Nothing
from suite.targets.server import Server, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from suite.world import World

FAKE = (sys.executable, str(Path(__file__).parent / "fake_client.py"))


class FakeControls(Nothing):
    """Notes that the server was ended."""

    def __init__(self, ended: list[str], name: str) -> None:
        self._ended = ended
        self._name = name

    def close(self) -> None:
        self._ended.append(self._name)


class FakeTarget:
    """Starts servers that are none, and notes which."""

    def __init__(self, name: str = "ours") -> None:
        self.name = name
        self.started: list[Wanted] = []
        self.ended: list[str] = []

    def refusal(self, wanted: Wanted) -> str | None:
        return "it has no such listener" if wanted.security == "none" else None

    def open(self, wanted: Wanted) -> Server:
        if wanted.security == "broken":
            raise TargetError("our server does not start: no keys")
        self.started.append(wanted)
        return Server(self.name, f"nowhere:{len(self.started)}", "4.4.0", FakeControls(self.ended, self.name))


class Quiet:
    """Watches and says nothing."""

    def finished(self, result: Result) -> None: ...


def fake(name: str, *has: str) -> ClientProgram:
    return ClientProgram(name, Path(), "Fake", "1", ("python",), frozenset(has), FAKE)


def written(function: Callable[[World], None], **about: object) -> Scenario:
    return Scenario("made", function.__name__, "It holds.", function, **about)  # type: ignore[arg-type]


@pytest.fixture
def target() -> FakeTarget:
    return FakeTarget()


def run(tmp_path: Path, target: FakeTarget, *scenarios: Scenario, clients: int = 1) -> list[Result]:
    programs = {f"fake-{number}": fake(f"fake-{number}", "consume") for number in range(clients)}
    cells = plan(scenarios, programs, [target], 1, {})
    return Runner(programs, {}, tmp_path).run(cells, 2, Quiet())


def hangs(world: World) -> None:
    world.client.ask("hang", within_s=1)


def crashes(world: World) -> None:
    world.client.ask("crash")


def babbles(world: World) -> None:
    world.client.ask("babble")


def flies(world: World) -> None:
    world.client.ask("fly")


def echoes(world: World) -> None:
    assert world.client.ask("echo", text="ż")["said"] == "ż"


def gives_up(world: World) -> None:
    world.skip("the moon is full")


def takes_too_long(world: World) -> None:
    while True:
        world.client.ask("echo", text="again")


def waits_too_long(world: World) -> None:
    world.client.ask("hang", within_s=60)


def expects_a_refusal(world: World) -> None:
    with world.errors("TOPIC_ALREADY_EXISTS") as caught:
        world.client.ask("refuse")
    assert caught.error is not None
    assert caught.error.message == "as I said"


def expects_another_refusal(world: World) -> None:
    with world.errors("INVALID_PARTITIONS"):
        world.client.ask("refuse")


def uses_every_partner(world: World) -> None:
    names = []
    for partner in world.partners:
        names.append(partner.name)
        partner.ask("echo", text="hi")
    assert names == ["fake-0", "fake-1", "fake-2"]


def test_what_goes_wrong_in_one_cell_stays_there(tmp_path: Path, target: FakeTarget) -> None:
    results = run(tmp_path, target, *map(written, (hangs, echoes, crashes, babbles, expects_a_refusal)))
    told = {result.scenario.partition("/")[2]: result for result in results}
    assert [result.status for result in results] == [
        Status.FAIL,
        Status.PASS,
        Status.FAIL,
        Status.FAIL,
        Status.PASS,
    ]
    assert told["hangs"].reason.startswith("the client program did not answer hang within")
    assert "ended with 7" in told["crashes"].reason
    assert told["echoes"].versions == {"client": "1.2.3", "target": "4.4.0"}
    assert target.ended == ["ours"]


def test_the_log_of_a_cell_tells_what_was_said(tmp_path: Path, target: FakeTarget) -> None:
    [result] = run(tmp_path, target, written(crashes))
    log = (tmp_path / result.log).read_text()
    assert result.log == "logs/ours/fake-0/made.crashes.log"
    assert '> {"id": 2, "do": "crash"}' in log
    assert "out of cheese" in log
    assert "CrashedError" in log


def test_unmet_needs_and_refusals_are_skips_with_their_reason(tmp_path: Path, target: FakeTarget) -> None:
    results = run(
        tmp_path,
        target,
        written(echoes, needs=("headers", "gzip|consume")),
        written(echoes, security="none"),
        written(gives_up),
        written(flies),
    )
    assert {result.status for result in results} == {Status.SKIP}
    reasons = {result.reason for result in results}
    assert reasons == {
        "the client has no headers",
        "it has no such listener",
        "the moon is full",
        "the client says: fly: UNSUPPORTED: fly",
    }
    assert [result.unsupported for result in results if "fly" in result.reason] == [True]


def test_a_server_that_does_not_start_fails_its_cells_only(tmp_path: Path, target: FakeTarget) -> None:
    results = run(tmp_path, target, written(echoes), written(echoes, security="broken"))
    assert [(result.status, result.reason) for result in results] == [
        (Status.PASS, ""),
        (Status.FAIL, "our server does not start: no keys"),
    ]


def test_servers_are_shared_by_those_that_want_the_same(tmp_path: Path, target: FakeTarget) -> None:
    settings = (("num.partitions", "3"),)
    scenarios = [
        written(echoes),
        written(expects_a_refusal),
        written(echoes, settings=settings),
        written(expects_a_refusal, settings=settings),
        written(echoes, owns_server=True),
    ]
    results = run(tmp_path, target, *scenarios, clients=2)
    assert {result.status for result in results} == {Status.PASS}
    assert len(target.started) == 4
    assert sum(wanted.own is not None for wanted in target.started) == 2
    assert len(target.ended) == 4


def test_a_scenario_has_its_time(tmp_path: Path, target: FakeTarget) -> None:
    for result in run(tmp_path, target, written(takes_too_long, seconds=1), written(waits_too_long, seconds=1)):
        assert (result.status, result.reason) == (Status.FAIL, "the scenario's 1 s are over")


def test_another_error_than_the_expected_is_a_failure(tmp_path: Path, target: FakeTarget) -> None:
    [result] = run(tmp_path, target, written(expects_another_refusal))
    assert result.reason == "expected INVALID_PARTITIONS, and got refuse: TOPIC_ALREADY_EXISTS: as I said"


def test_partners_are_all_clients_of_the_run(tmp_path: Path, target: FakeTarget) -> None:
    results = run(tmp_path, target, written(uses_every_partner), clients=3)
    assert [result.status for result in results] == [Status.PASS] * 3


def test_a_program_that_cannot_be_built_fails_its_cells(tmp_path: Path, target: FakeTarget) -> None:
    programs = {"fake": fake("fake", "consume")}
    cells = plan([written(echoes)], programs, [target], 1, {})
    [result] = Runner(programs, {"fake": "its program cannot be built: no go"}, tmp_path).run(cells, 1, Quiet())
    assert (result.status, result.reason) == (Status.FAIL, "its program cannot be built: no go")
    assert target.started == []


def test_what_the_machine_lacks_is_a_skip(tmp_path: Path, target: FakeTarget) -> None:
    programs = {"fake": fake("fake", "consume")}
    cells = plan([written(echoes)], programs, [target], 1, {"fake": "no go on this machine"})
    [result] = Runner(programs, {}, tmp_path).run(cells, 1, Quiet())
    assert (result.status, result.reason) == (Status.SKIP, "no go on this machine")


def names_its_partners(world: World) -> None:
    world.skip(" ".join(partner.name for partner in world.partners))


def test_what_no_kafka_4_understands_has_no_cells_there(tmp_path: Path) -> None:
    ours, kafka = FakeTarget("ours"), FakeTarget("kafka")
    programs = {
        "new": fake("new", "consume"),
        "old": dataclasses.replace(fake("old", "consume"), refused_by_kafka_4="too old"),
    }
    cells = plan([written(names_its_partners)], programs, [ours, kafka], 1, {})
    results = Runner(programs, {}, tmp_path).run(cells, 1, Quiet())
    assert {(result.client, result.target): result.reason for result in results} == {
        ("new", "ours"): "new old",
        ("new", "kafka"): "new",
        ("old", "ours"): "new old",
        ("old", "kafka"): "too old",
    }


def test_names_are_nobody_elses(tmp_path: Path, target: FakeTarget) -> None:
    names: list[str] = []

    def takes_a_name(world: World) -> None:
        names.append(world.name("group"))

    run(tmp_path, target, *[written(takes_a_name) for _ in range(20)])
    assert len(set(names)) == len(names) == 20
