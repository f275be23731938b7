"""What a scenario is: a function that talks to one broker, run once a version against each broker.

@scenario(HeartbeatRequest)
def heartbeat_of_nobody(peer: Peer, version: int) -> None:
    peer.ask(HeartbeatRequest(group_id=peer.name("group"), generation_id=1, member_id="nobody"), version)
"""

from __future__ import annotations

import json
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.api.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.differential.peer import Peer

    Run = Callable[[Peer, int], None]

FACTS: Final = Path(__file__).parent.parent / "facts" / "api_versions.json"

FIRST_SERVED_BY_KAFKA: Final = {0: 3}
"""Kafka lists Produce from version 0 on, and closes the connection that sends less than 3 (KAFKA-18659)."""


class Stage(Enum):
    """The brokers that a scenario is run against; scenarios are run in this order."""

    ONE_NODE = "one node, warmed up"
    EVERY_RECORD = "one node; ours looks at every record, as Kafka does"
    OLD = "Kafka 3.9.1, the last that serves the oldest versions"
    TRANSACTIONS_1 = "one node at transaction.version 1"
    TRANSACTIONS_0 = "the same at transaction.version 0"
    FRESH = "one node that nothing was asked of yet"
    THREE_NODES = "three nodes"


class Scenario(NamedTuple):
    """A function, the key it is about, the versions to run it with, and against which brokers."""

    name: str
    key: int | None
    run: Run
    versions: tuple[int, ...]
    stage: Stage
    answered: bool
    """Whether one request at least, of its key and version, is answered with a response."""


@cache
def kafka_versions() -> dict[int, range]:
    """Return what Kafka 4.4.0 advertises, by key."""
    facts = json.loads(FACTS.read_text())["api_versions"]
    return {row["key"]: range(row["min"], row["max"] + 1) for row in facts}


WITHOUT_ORACLE: Final = {
    (8, 0): "kept offsets in ZooKeeper, which no Kafka has any more",
    (9, 0): "asked for offsets in ZooKeeper, which no Kafka has any more",
}
"""Keys and versions that are served here and by no Kafka that could be asked, and why."""

AT_LEVEL: Final = "_at_transaction_version_"
"""Comes before the level in the names of scenarios that are run again at another one."""

SCENARIOS: dict[str, Scenario] = {}
"""Filled once, as the modules of scenarios are imported."""


def first_served_by_kafka(key: int) -> int:
    """Return the first version that Kafka 4.4.0 really answers."""
    return max(kafka_versions()[key].start, FIRST_SERVED_BY_KAFKA.get(key, 0))


def served_versions(request_class: Any) -> range:
    """Return the versions that both brokers serve: ours goes lower, for old clients."""
    key = request_class.KEY
    route = ROUTES[key]
    first = max(route.first_version, first_served_by_kafka(key))
    return range(first, min(route.last_version + 1, kafka_versions()[key].stop))


def older_versions(key: int) -> range:
    """Return the versions that are served here, and that Kafka 4 dropped: those that Kafka 3.9.1 serves."""
    first = ROUTES[key].first_version
    while (key, first) in WITHOUT_ORACLE:
        first += 1
    return range(first, first_served_by_kafka(key))


def scenario(
    request_class: Any = None,
    *,
    versions: Iterable[int] | None = None,
    since: int = 0,
    until: int = 99,
    stage: Stage = Stage.ONE_NODE,
    answered: bool = False,
) -> Callable[[Run], Run]:
    """Register a scenario for all versions of a request that are served (within bounds), or for those given."""
    chosen = versions or (served_versions(request_class) if request_class is not None else (0,))

    def register(run: Run) -> Run:
        within = tuple(version for version in chosen if since <= version <= until)
        key = None if request_class is None else request_class.KEY
        add(Scenario(run.__name__, key, run, within, stage, answered))
        return run

    return register


def add(one: Scenario) -> None:
    """Register a scenario as it is."""
    assert one.name not in SCENARIOS, f"two scenarios are called {one.name}"
    SCENARIOS[one.name] = one
