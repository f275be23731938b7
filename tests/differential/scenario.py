"""What a scenario is: a function that talks to one broker, run once a version against each broker.

@scenario(HeartbeatRequest)
def heartbeat_of_nobody(peer: Peer, version: int) -> None:
    peer.ask(HeartbeatRequest(group_id=peer.name("group"), generation_id=1, member_id="nobody"), version)
"""

from __future__ import annotations

import json
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


class Scenario(NamedTuple):
    """A function, the key it is about, the versions to run it with, and which server of ours it wants."""

    name: str
    key: int | None
    run: Run
    versions: tuple[int, ...]
    validate_records: bool


@cache
def kafka_versions() -> dict[int, range]:
    """Return what Kafka 4.4.0 advertises, by key."""
    facts = json.loads(FACTS.read_text())["api_versions"]
    return {row["key"]: range(row["min"], row["max"] + 1) for row in facts}


SCENARIOS: dict[str, Scenario] = {}
"""Filled once, as the modules of scenarios are imported."""


def served_versions(request_class: Any) -> range:
    """Return the versions that both brokers serve: ours goes lower, for old clients."""
    key = request_class.KEY
    route, known = ROUTES[key], kafka_versions()[key]
    first = max(route.first_version, known.start, FIRST_SERVED_BY_KAFKA.get(key, 0))
    return range(first, min(route.last_version + 1, known.stop))


def scenario(
    request_class: Any = None,
    *,
    versions: Iterable[int] | None = None,
    since: int = 0,
    until: int = 99,
    validate_records: bool = False,
) -> Callable[[Run], Run]:
    """Register a scenario for all versions of a request that are served (within bounds), or for those given.

    `validate_records`: ask the server of ours that looks at every record, as Kafka does.
    """
    chosen = versions or (served_versions(request_class) if request_class is not None else (0,))

    def register(run: Run) -> Run:
        name: str = run.__name__
        assert name not in SCENARIOS, f"two scenarios are called {name}"
        within = tuple(version for version in chosen if since <= version <= until)
        SCENARIOS[name] = Scenario(
            name, None if request_class is None else request_class.KEY, run, within, validate_records
        )
        return run

    return register
