"""What made-up sessions once found, each as short as it can be, and some new ones: no answer differs any more."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from kafkacompat.testing import Broker
from tests.differential.brokers import await_transactions, warm_up
from tests.differential.fuzzing.campaign import Campaign
from tests.differential.fuzzing.pair import SETTINGS
from tests.differential.fuzzing.playing import Addresses
from tests.differential.fuzzing.session import read

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS: Final = sorted((Path(__file__).parent / "fuzzing" / "corpus").glob("*.json"))
SEED: Final = 4
SESSIONS: Final = 60


class Running:
    """The brokers of the tests, which stay as they are."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self._numbers = count(1)

    def prefix(self) -> str:
        return f"c0ffee-{next(self._numbers):06}"

    def start(self) -> None:
        raise NotImplementedError

    stop = start


@pytest.fixture(scope="module")
def brokers(kafka_bootstrap: str) -> Iterator[Running]:
    with Broker(settings=SETTINGS, process=True) as ours:
        for address in (kafka_bootstrap, ours.bootstrap_servers):
            warm_up(address)
            await_transactions(address)
        yield Running(Addresses(kafka_bootstrap, ours.bootstrap_servers))


@pytest.mark.oracle
def test_what_was_found_before_is_not_found_again(brokers: Running) -> None:
    results = Campaign(brokers, SEED).play_all([(number, read(path)) for number, path in enumerate(CORPUS)])
    found = [f"{CORPUS[one.number].name}: {one.text}" for one in results.findings.values()]
    assert (found, results.broken, results.sessions) == ([], [], len(CORPUS))


@pytest.mark.oracle
def test_a_few_sessions_find_nothing(brokers: Running) -> None:
    results = Campaign(brokers, SEED).run(range(SESSIONS))
    found = [f"session {one.number}: {one.text}" for one in results.findings.values()]
    assert (found, results.broken, results.sessions) == ([], [], SESSIONS)
