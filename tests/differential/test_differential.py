"""A client cannot tell us from Kafka 4.4.0: both get the same requests, and their answers are compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from kafkacompat.api.routes import ROUTES
from tests.differential import catalogue
from tests.differential.accepted import entries
from tests.differential.brokers import run
from tests.differential.scenario import WITHOUT_ORACLE, Stage

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

    from tests.differential.accepted import Accepted
    from tests.differential.brokers import Compared
    from tests.differential.scenario import Scenario
    from tests.differential.stages import Stages

SCENARIOS = {one.name: one for one in catalogue.scenarios()}
MOST_SHOWN = 50
VERSIONS_AT_ONCE = 4
"""Both brokers mostly wait, each for its own.

Not where Kafka verifies writes: it does so for several producers in one request, and all of them are then answered in
the way that is right for the client of the first.
"""


def parameter(scenario: Scenario) -> ParameterSet:
    """Let another process run what wants brokers of its own."""
    marks = [pytest.mark.xdist_group("three-nodes")] if scenario.stage is Stage.THREE_NODES else []
    return pytest.param(scenario, marks=marks, id=scenario.name)


def complaints(compared: Compared, scenario: Scenario, version: int) -> list[str]:
    """Run a scenario in one version; return what differs and is not accepted, and what is accepted and agrees."""
    found = run(compared, scenario, version)
    accepted = [entry for entry in entries() if entry.applies(scenario.name, version)]
    unexpected = [str(one) for one in found if not any(entry.covers(one) for entry in accepted)]
    gone = [f"no longer differs: {entry.field}" for entry in accepted if not any(entry.covers(one) for one in found)]
    return [f"version {version}, {complaint}" for complaint in unexpected + gone]


@pytest.mark.oracle
@pytest.mark.parametrize("scenario", [parameter(scenario) for scenario in SCENARIOS.values()])
def test_answers_are_those_of_kafka(stages: Stages, scenario: Scenario) -> None:
    compared = stages.compared(scenario.stage)
    with ThreadPoolExecutor(1 if catalogue.is_about_transactions(scenario) else VERSIONS_AT_ONCE) as threads:
        runs = [threads.submit(complaints, compared, scenario, version) for version in scenario.versions]
        found = [complaint for future in runs for complaint in future.result()]
    assert not found, "\n".join([f"{len(found)} differences", *found[:MOST_SHOWN]])


def test_every_key_and_version_is_answered_in_some_scenario() -> None:
    served = {(key, v) for key, route in ROUTES.items() for v in range(route.first_version, route.last_version + 1)}
    answered = {(one.key, version) for one in SCENARIOS.values() if one.answered for version in one.versions}
    assert served - answered == set(WITHOUT_ORACLE)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.scenario} {entry.field}")
def test_accepted_differences_name_scenarios_that_exist(entry: Accepted) -> None:
    assert any(entry.applies(entry.scenario, version) for version in SCENARIOS[entry.scenario].versions)
    assert entry.reason
