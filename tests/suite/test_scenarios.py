"""The scenarios as they are written: what they need exists, and each says what a user relies on."""

from __future__ import annotations

import pytest

from suite.clients import read_clients
from suite.features import read_features
from suite.findings import read_findings
from suite.places import SUITE
from suite.scenario import Scenario, load
from suite.targets.security import KINDS
from suite.tools import PROGRAMS

PICKY_PLACES = set(range(1, 26))
NO_CLIENT_GOES_THERE = {
    2,  # ApiVersions beyond what is served: no client of the suite is that new; tests/differential asks by frames
    17,  # a sequence that wraps comes after two thousand million records; tests/storage holds the window to it
}


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    return load(SUITE / "scenarios")


def test_names_are_unique(scenarios: list[Scenario]) -> None:
    assert len({scenario.id for scenario in scenarios}) == len(scenarios)


def test_each_says_what_a_user_relies_on(scenarios: list[Scenario]) -> None:
    assert [each.id for each in scenarios if not each.promise.endswith(".")] == []


def test_features_and_listeners_exist(scenarios: list[Scenario]) -> None:
    features = read_features(SUITE / "suite" / "features.toml")
    assert {each.feature for each in scenarios} <= features.keys()
    assert {each.security for each in scenarios} - {None} <= KINDS.keys()


def test_every_place_where_clients_are_picky_is_visited(scenarios: list[Scenario]) -> None:
    assert {number for each in scenarios for number in each.picky} == PICKY_PLACES - NO_CLIENT_GOES_THERE


def test_clients_say_what_they_need_and_what_is_known_to_fail() -> None:
    for client in read_clients().values():
        assert set(client.needs) <= PROGRAMS.keys(), client.name
        read_findings(client.folder / "FINDINGS.md", client.name)
