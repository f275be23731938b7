"""A session of a client, as scenarios use it: its producers, its consumers, its administrator."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any, Final

from suite.consumer import Consumer
from suite.failures import ClientError, HungError, ScenarioFailedError
from suite.producer import Producer
from suite.records import Partition, Received, Record, Sent, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from suite.driver import Driver

ANSWER_S: Final = 30
"""How long a verb may take that names no time of its own: longer than the clients' own timeouts."""
POLL_MS: Final = 2000


class Client:
    """One process of the client under test, or of a partner.

    Handles are opened when they are first used and stay open to the end of the scenario.  `has` is what the client
    declares (CONTRACT.md); `seconds_left` bounds every request by what is left of the scenario.
    """

    def __init__(self, name: str, driver: Driver, has: Iterable[str], seconds_left: Callable[[], float]) -> None:
        self.name = name
        self.has = frozenset(has)
        self._driver = driver
        self._seconds_left = seconds_left
        self._numbers = itertools.count(1)
        self._senders: dict[str, Producer] = {}

    def ask(self, do: str, *, within_s: float = ANSWER_S, **arguments: Any) -> dict[str, Any]:
        """Ask for any verb of the contract and return its answer as it is; arguments that are None are left out."""
        told = {name: value for name, value in arguments.items() if value is not None}
        return self._answer(do, told, within_s)

    def _answer(self, do: str, arguments: dict[str, Any], within_s: float) -> dict[str, Any]:
        try:
            return self._driver.ask(do, arguments, min(within_s, self._seconds_left()))
        except HungError:
            self._seconds_left()  # fails by itself when it is the scenario whose time is over
            raise

    def producer(self, **settings: Any) -> Producer:
        """Return a new producer with these settings of the contract."""
        return Producer(self.ask, f"producer-{next(self._numbers)}", settings)

    def consumer(self, **settings: Any) -> Consumer:
        """Return a new consumer with these settings of the contract."""
        return Consumer(self.ask, f"consumer-{next(self._numbers)}", settings)

    def send(self, topic: str, records: Sequence[Record], *, together: bool = False, **settings: Any) -> list[Sent]:
        """Send by a producer that is kept for these settings; ClientError unless every record was acknowledged."""
        key = repr(sorted(settings.items()))
        if key not in self._senders:
            self._senders[key] = self.producer(**settings)
        return self._senders[key].send(topic, records, together=together)

    def read(
        self,
        topic: Topic | Sequence[Partition],
        count: int,
        *,
        within_s: float = 20,
        start: dict[Partition, int] | None = None,
        **settings: Any,
    ) -> list[Received]:
        """Read from all partitions, without a group, until `count` records have come; fail if they do not in time.

        From the earliest offset unless `start` says otherwise; in the order in which the client gives them.
        """
        consumer = self.consumer(**settings)
        consumer.assign(topic.partitions if isinstance(topic, Topic) else topic)
        if start:
            consumer.seek(start)
        records = read_until(consumer, count, within_s)
        consumer.close()
        return records

    def metadata(self, topics: Sequence[str] | None = None) -> dict[str, Any]:
        """Return what the client says about the cluster and these topics (all, if None)."""
        return self._answer("metadata", {"topics": topics}, ANSWER_S)

    def admin(self, call: str, *, each: bool = False, **arguments: Any) -> dict[str, Any]:
        """Return the answer of an administrative call.

        ClientError when it failed, or when an item of its answer is an error; with `each` items are left as they are.
        """
        answer = self.ask("admin", call=call, **arguments)
        error = None if each else first_error(answer)
        if error:
            raise ClientError(f"admin {call}", error["error"], str(error.get("message") or ""))
        return answer


def read_until(consumer: Consumer, count: int, within_s: float) -> list[Received]:
    """Poll until so many records have come; fail if they do not in time."""
    records: list[Received] = []
    deadline = time.monotonic() + within_s
    while len(records) < count:
        left_ms = int((deadline - time.monotonic()) * 1000)
        if left_ms <= 0:
            raise ScenarioFailedError(f"{len(records)} of {count} records came within {within_s:g} s")
        records += consumer.poll(min(left_ms, POLL_MS), count=count - len(records))
    return records


def first_error(answer: Any) -> dict[str, Any] | None:
    """Return the first error item inside an answer."""
    if isinstance(answer, dict):
        if isinstance(answer.get("error"), str) and answer.keys() <= {"error", "message"}:
            return answer
        return next(filter(None, map(first_error, answer.values())), None)
    if isinstance(answer, list):
        return next(filter(None, map(first_error, answer)), None)
    return None
