"""The brokers of this folder's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.differential.scenario import Scenario
from tests.differential.stages import Stages

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def stages(request: pytest.FixtureRequest) -> Iterator[Stages]:
    """Start what the scenarios of this session want, when it is wanted or before."""
    opened = Stages(
        lambda: request.getfixturevalue("kafka_bootstrap"), lambda: request.getfixturevalue("old_kafka_bootstrap")
    )
    if not hasattr(request.config, "workerinput"):  # another worker may have what comes later
        opened.begin(scenario.stage for scenario in _scenarios(request.session.items))
    yield opened
    opened.close()


def _scenarios(items: list[pytest.Item]) -> Iterator[Scenario]:
    for item in items:
        found = item.callspec.params.get("scenario") if hasattr(item, "callspec") else None
        if isinstance(found, Scenario):
            yield found
