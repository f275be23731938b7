"""What a seeded bug is: a function that stands before and after the handlers of some requests, and answers wrongly.

@bug(HeartbeatRequest, caught_by="groups/a_newcomer_gets_its_share")
async def never_tells(call: Call) -> Any:
    '''Heartbeats never tell of a rebalance.'''
    answer = await call.proceed()
    answer.error_code = 0
    return answer
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kafkacompat.storage.store import PartitionKey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.cluster.context import Context
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.storage.store import PartitionLog

    Proceed = Callable[[Context, Any], Awaitable[Any]]
    Act = Callable[["Call"], Awaitable[Any]]

QUICK: Final = "confluent-kafka"
"""The client that meets a bug unless the bug says which: it is quick, and there wherever the tests can run."""


@dataclass
class Call:
    """One request on its way to its handler; `memory` is the bug's own for as long as the server lives."""

    cluster: Cluster
    context: Context
    request: Any
    memory: dict[Any, Any]
    _proceed: Proceed = field(repr=False)

    async def proceed(self) -> Any:
        """Return what the handler answers; None if that is nothing."""
        return await self._proceed(self.context, self.request)

    def topic(self, name: str | None, topic_id: bytes = bytes(16)) -> Topic | None:
        """Return a topic by its name, or by its id where the name is empty."""
        metadata = self.cluster.metadata
        return metadata.topic(name) if name else metadata.topic_by_id(topic_id)

    def log(self, topic: Topic | None, partition: int) -> PartitionLog | None:
        """Return a partition's log, if there is one."""
        return None if topic is None else self.cluster.store.log(PartitionKey(topic.topic_id, partition))


@dataclass(frozen=True)
class Bug:
    """A bug and where it is met.

    `caught_by` is looked at first: a scenario of the card, with this client, or, where no client can tell,
    `differential/NAME`, a scenario of the comparison with the real Kafka.
    """

    family: str
    name: str
    sentence: str
    requests: frozenset[type]
    act: Act = field(repr=False)
    caught_by: str = ""
    client: str = QUICK

    @property
    def id(self) -> str:
        """What it is called on the command line."""
        return f"{self.family}/{self.name}"


def bug(*requests: type, caught_by: str, client: str = QUICK) -> Callable[[Act], Bug]:
    """Make a bug of a function whose docstring says in one sentence what is wrong; its file is its family."""

    def decorate(act: Act) -> Bug:
        return Bug(
            family=act.__module__.rpartition(".")[2].replace("_", "-"),
            name=act.__name__,
            sentence=" ".join((inspect.getdoc(act) or "").split()),
            requests=frozenset(requests),
            act=act,
            caught_by=caught_by,
            client=client,
        )

    return decorate


async def _all_is_well(call: Call) -> Any:
    return await call.proceed()


NO_BUG: Final = Bug("none", "none", "Nothing is wrong.", frozenset(), _all_is_well)
"""What the control run seeds: the same way through the server, and no bug."""
