"""The brokers of this folder's tests."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from kafkacompat.testing import Broker
from tests.differential.brokers import Brokers, node_id, warm_up

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def brokers(kafka_bootstrap: str) -> Iterator[Brokers]:
    """Our servers take the real one's number, so that it need not be told apart."""
    settings = {"node.id": str(node_id(kafka_bootstrap))}
    everything = settings | {"kafkacompat.validate.records": "all"}
    with Broker(settings=settings, process=True) as ours, Broker(settings=everything, process=True) as validating:
        compared = Brokers(kafka_bootstrap, ours.bootstrap_servers, validating.bootstrap_servers, secrets.token_hex(3))
        for address in compared[:3]:
            warm_up(address)
        yield compared
