"""The brokers that are compared, and one run of a scenario against two of them."""

from __future__ import annotations

import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.describe_transactions import DescribeTransactionsRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.metadata import MetadataRequest
from tests.differential.compare import Difference, differences
from tests.differential.connection import PATIENCE_S
from tests.differential.peer import Exchange, Peer
from tests.differential.requests import api_versions
from tests.differential.symbols import Symbols
from tests.differential.transactional import LOWER, update_features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.differential.scenario import Scenario

MANY_IDS: Final = [f"any-{number}" for number in range(1000)]
"""Transactional ids of every partition of `__transaction_state`."""
RETRIABLE: Final = (ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.COORDINATOR_NOT_AVAILABLE)
STUCK: Final = "the scenario cannot go on"


class Cluster(Protocol):
    """Brokers of one kind that belong together."""

    @property
    def addresses(self) -> Mapping[int, str]:
        """Where each node is, by its id."""

    def stop_node(self, node: int) -> None:
        """Stop a node in order."""

    def start_node(self, node: int) -> None:
        """Start it again."""


class Compared(NamedTuple):
    """The real one and ours."""

    kafka: Cluster
    ours: Cluster
    tag: str
    """Makes the names of one session differ from those of another against the same broker."""


def node_id(address: str) -> int:
    peer = Peer(address, "", 0)
    response = peer.quietly(MetadataRequest(topics=[]), 12)
    peer.close()
    found: int = response.brokers[0].node_id
    return found


def warm_up(address: str) -> None:
    """Wait until everything works: the real broker makes internal topics and takes producer ids when first asked."""
    peer = Peer(address, "", 0)
    give_up = time.monotonic() + 4 * PATIENCE_S
    for request in (
        FindCoordinatorRequest(key="any", key_type=0),
        FindCoordinatorRequest(key="any", key_type=1),
        InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000),
    ):
        while peer.quietly(request, 3).error_code in RETRIABLE:
            assert time.monotonic() < give_up, f"{request} is not answered"
            time.sleep(0.02)
    peer.close()


def await_transactions(address: str) -> None:
    """Wait until the only node of a cluster coordinates all transactional ids."""
    peer = Peer(address, "", 0)

    def is_ready() -> bool:
        states = peer.quietly(DescribeTransactionsRequest(transactional_ids=MANY_IDS), 0).transaction_states
        return all(state.error_code == ErrorCode.TRANSACTIONAL_ID_NOT_FOUND for state in states)

    peer.await_that(is_ready)
    peer.close()


def set_transaction_level(address: str, level: int) -> None:
    """Have a cluster go to a lower level of transaction.version, or stay there, and wait until it has."""
    peer = Peer(address, "", 0)
    answer = peer.quietly(update_features(1, ("transaction.version", level, LOWER)), 1)
    assert not answer.error_code, answer

    def is_there() -> bool:
        told = peer.quietly(api_versions(4), 4).finalized_features
        levels: dict[str, int] = {one.name: one.max_version_level for one in told}
        return levels.get("transaction.version", 0) == level

    peer.await_that(is_there)
    peer.close()


def run(compared: Compared, scenario: Scenario, version: int) -> list[Difference]:
    """Run a scenario in one version against both brokers at once and compare all that they answered."""
    prefix, now_ms = f"{compared.tag}-{scenario.name}-{version}".replace("_", "-"), int(time.time() * 1000)
    with ThreadPoolExecutor(2) as threads:
        peers = [
            Peer(next(iter(cluster.addresses.values())), prefix, now_ms, cluster=cluster)
            for cluster in (compared.kafka, compared.ours)
        ]
        runs = [threads.submit(_exchanges, scenario, version, peer) for peer in peers]
        theirs, mine = (future.result() for future in runs)
    pairs = zip(theirs, mine, strict=False)
    found = [d for kafka, our in pairs for d in differences(kafka.note, kafka.answer, our.answer)]
    courses = [[e.note for e in side] for side in (theirs, mine)]
    if courses[0] != courses[1] or STUCK in courses[0]:
        ends = (next((e.answer for e in side if e.note == STUCK), f"{len(side)} steps") for side in (theirs, mine))
        found.append(Difference("the scenario", "course", *ends))
    if scenario.answered:
        found += _unanswered(scenario, version, theirs, mine)
    return found


def _unanswered(scenario: Scenario, version: int, theirs: list[Exchange], mine: list[Exchange]) -> list[Difference]:
    """Say so when nothing that the scenario is about got a response: then nothing was compared."""
    counts = [sum(e.response_to == (scenario.key, version) for e in side) for side in (theirs, mine)]
    return [] if all(counts) else [Difference("the scenario", "responses", *counts)]


def _exchanges(scenario: Scenario, version: int, peer: Peer) -> list[Exchange]:
    """Talk to one broker; a scenario that cannot go on ends with the reason, which is always a failure."""
    try:
        scenario.run(peer, version)
    except (AssertionError, AttributeError, IndexError, ValueError) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__} in {where.name}, line {where.lineno}: {error}"
        peer.exchanges.append(Exchange(STUCK, reason))
    finally:
        peer.close()
    symbols = Symbols(nodes=() if peer.cluster is None else peer.cluster.addresses)
    return [exchange._replace(answer=symbols.apply(exchange.answer)) for exchange in peer.exchanges]
