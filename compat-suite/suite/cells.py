"""Which cells there are to run, and which are skipped before they begin."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from suite.targets.server import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from suite.clients import ClientProgram
    from suite.scenario import Scenario
    from suite.targets.target import Target


KAFKA_4: Final = frozenset({"kafka", "docker"})
"""The targets that are a real Kafka of these versions, which speak no protocol from before 2.1."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One scenario, with one client, against one target; with `skip`, not."""

    scenario: Scenario
    client: str
    target: Target
    wanted: Wanted
    skip: str | None = None


def plan(
    scenarios: Sequence[Scenario],
    clients: Mapping[str, ClientProgram],
    targets: Sequence[Target],
    nodes: int,
    unusable: Mapping[str, str],
) -> list[Cell]:
    """Return all cells, in an order that keeps few servers and each client busy.

    Scenarios on one kind of server come together, those with servers of their own last; clients take turns, and so do
    the targets.  `unusable` says of clients why they cannot be run on this machine.
    """
    cells = []
    owners = itertools.count()
    for scenario in sorted(scenarios, key=server_kind):
        for name, client in clients.items():
            for target in targets:
                own = next(owners) if scenario.owns_server else None
                wanted = Wanted(scenario.nodes or nodes, scenario.settings, scenario.security, own)
                skip = unusable.get(name) or not_there(client, target) or lacking(scenario, client)
                skip = skip or target.refusal(wanted)
                cells.append(Cell(scenario, name, target, wanted, skip))
    return cells


def server_kind(scenario: Scenario) -> tuple[object, ...]:
    """Return what scenarios on one server have in common, those that everybody can run first."""
    return (scenario.owns_server, scenario.nodes or 0, scenario.security or "", scenario.settings)


def not_there(client: ClientProgram, target: Target) -> str | None:
    """Return why the target refuses this client as a whole."""
    return client.refused_by_kafka_4 if target.name in KAFKA_4 else None


def lacking(scenario: Scenario, client: ClientProgram) -> str | None:
    """Return what the client lacks for this scenario, in words."""
    lacked = scenario.lacked_by(client.has)
    return f"the client has no {', no '.join(each.replace('|', ' or ') for each in lacked)}" if lacked else None


def server_keys(cells: Iterable[Cell]) -> list[tuple[str, Wanted]]:
    """Return the servers that these cells need, each as often as it is needed."""
    return [(cell.target.name, cell.wanted) for cell in cells if cell.skip is None]
