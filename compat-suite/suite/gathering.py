"""Members of a group polled together until something has come about."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from suite.failures import ScenarioFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from suite.consumer import Consumer
    from suite.records import Partition, Received

POLL_MS: Final = 500
"""How long each turn waits: short polls cut joins off, which some clients (kafka-python 3.0) do not get over."""

LOOK_AGAIN_S: Final = 0.2


@dataclass
class Gathered:
    """What the members have: `assignments` as each tells now, `polled` what each got in this gathering."""

    assignments: list[set[Partition]]
    polled: list[list[Received]]

    @property
    def records(self) -> list[Received]:
        """All that was got, member by member."""
        return [record for records in self.polled for record in records]

    @property
    def sizes(self) -> list[int]:
        """How many partitions each member has."""
        return [len(assignment) for assignment in self.assignments]

    @property
    def owned(self) -> set[Partition]:
        """The partitions that some member has."""
        return set().union(*self.assignments)

    def shared_out(self, partitions: Sequence[Partition]) -> bool:
        """Whether these partitions, and no others, are owned, each by one member."""
        return self.owned == set(partitions) and sum(self.sizes) == len(partitions)

    def __str__(self) -> str:
        """Say what each has."""
        shares = [sorted(map(tuple, assignment)) for assignment in self.assignments]
        return f"assignments {shares}, records {[len(records) for records in self.polled]}"


def gather(
    members: Sequence[Consumer],
    until: Callable[[Gathered], object],
    *,
    within_s: float = 20,
    poll_ms: int = POLL_MS,
    assignments: bool = True,
) -> Gathered:
    """Poll all members again and again, each for itself, until the condition holds; fail if it does not in time.

    No member waits for another's poll: in some clients (kafka-python 2.0) that lasts until the group is complete, for
    which the others must be polled.  `assignments=False` leaves out asking for assignments, for clients and groups that
    have none (share groups).
    """
    gathered = Gathered([set() for _ in members], [[] for _ in members])
    deadline = time.monotonic() + within_s
    polled = [False for _ in members]
    changed = threading.Condition()
    over = threading.Event()

    def follow(index: int) -> None:
        while not over.is_set():
            records = members[index].poll(poll_ms)
            assignment = members[index].assignment() if assignments else set()
            with changed:
                gathered.polled[index] += records
                gathered.assignments[index] = assignment
                polled[index] = True
                changed.notify()

    with ThreadPoolExecutor(len(members)) as threads:
        following = [threads.submit(follow, index) for index in range(len(members))]
        try:
            with changed:
                while not (all(polled) and until(gathered)):
                    raise_first(following)
                    if time.monotonic() > deadline:
                        raise ScenarioFailedError(f"the members did not get there within {within_s:g} s: {gathered}")
                    changed.wait(LOOK_AGAIN_S)
        finally:
            over.set()
    raise_first(following)
    return gathered


def raise_first(following: Sequence[Future[None]]) -> None:
    """Raise the first error among members that are followed no more."""
    for each in following:
        if each.done():
            each.result()
