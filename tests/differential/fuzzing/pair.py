"""The two brokers that sessions are played against, started anew when they hold too much or do not answer."""

from __future__ import annotations

import secrets
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final, Self

from kafkacompat.testing import Broker
from tests.differential.brokers import await_transactions, warm_up
from tests.differential.connection import Connection, Outcome
from tests.differential.fuzzing.playing import Addresses
from tests.differential.real import RealKafka

if TYPE_CHECKING:
    from types import TracebackType

SETTINGS: Final = {
    "node.id": "0",
    # The real one looks at every record; ours does when it is told to.
    "kafkacompat.validate.records": "all",
}


class Pair:
    """A real Kafka and a broker of ours; all names of a session begin with a prefix of one length."""

    def __init__(self, kafka: str | None = None) -> None:
        """Start a Kafka, or use one that runs already: one node, 0, with the settings of `scripts/kafka`."""
        self._given = kafka
        self._kafka: RealKafka | None = None
        self._ours: Broker | None = None
        self._numbers = count(1)
        self._tag = secrets.token_hex(3)
        self.starts = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        if self._given is None:
            self._kafka = RealKafka()
            self._kafka.start()
        self._ours = Broker(settings=SETTINGS, process=True)
        self._ours.start()
        self.starts += 1
        for address in self.addresses:
            warm_up(address)
            await_transactions(address)

    def stop(self) -> None:
        if self._ours is not None:
            self._ours.stop()
        if self._kafka is not None:
            self._kafka.stop()
        self._ours = self._kafka = None

    @property
    def addresses(self) -> Addresses:
        assert self._ours is not None, "it was started"
        return Addresses(self._given or self._running().addresses[0], self._ours.bootstrap_servers)

    def _running(self) -> RealKafka:
        assert self._kafka is not None, "it was started"
        return self._kafka

    def prefix(self) -> str:
        """Return what the names of one session begin with."""
        return f"{self._tag}-{next(self._numbers):06}"

    def answers(self) -> bool:
        """Tell whether both are alive."""
        return all(alive(address) for address in self.addresses)


def alive(address: str) -> bool:
    """Tell whether a broker answers at all."""
    connection = Connection(address)
    with suppress(OSError):
        connection.send_bytes(b"\0\0\0\x0a\0\x12\0\0\0\0\0\1\0\0")  # ApiVersions v0
        answer = connection.receive_bytes()
        connection.close()
        return not isinstance(answer, Outcome)
    return False
