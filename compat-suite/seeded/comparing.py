"""What no client can tell: a scenario of the comparison with the real Kafka, against a server with a bug."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Self

from suite.targets.server import Wanted
from suite.tools import lack
from tests.conftest import running_kafka
from tests.differential.brokers import Compared, node_id, warm_up
from tests.differential.stages import Lone
from tests.differential.test_differential import SCENARIOS, complaints

if TYPE_CHECKING:
    from types import TracebackType

    from seeded.target import Buggy


class Comparison:
    """The real Kafka, started when it is first wanted; one scenario at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._kafka = ""
        self._count = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the real Kafka."""
        self._open.close()

    def refusal(self) -> str | None:
        """Return why there is no real Kafka on this machine, or None."""
        return lack("kafka")

    def differences(self, target: Buggy, name: str) -> list[str]:
        """Run a scenario in every version against both; return how the answers differ."""
        with self._lock:
            if not self._kafka:
                self._kafka = self._open.enter_context(contextmanager(running_kafka)())
                warm_up(self._kafka)
            self._count += 1
            wanted = Wanted(settings=(("node.id", str(node_id(self._kafka))),))
            with closing(target.open(wanted)) as server:
                warm_up(server.bootstrap)
                compared = Compared(Lone(self._kafka), Lone(server.bootstrap), f"seeded-{self._count}")
                scenario = SCENARIOS[name]
                return [each for version in scenario.versions for each in complaints(compared, scenario, version)]
