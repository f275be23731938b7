"""Members of a group polled together until something has come about."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from suite.failures import ScenarioFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from suite.consumer import Consumer
    from suite.records import Partition, Received

POLL_MS: Final = 500
"""How long each turn waits: short polls cut joins off, which some clients (kafka-python 3.0) do not get over."""


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


def gather(
    members: Sequence[Consumer],
    until: Callable[[Gathered], object],
    *,
    within_s: float = 20,
    poll_ms: int = POLL_MS,
    assignments: bool = True,
) -> Gathered:
    """Poll all members again and again, all at the same time, until the condition holds; fail if it does not in time.

    `assignments=False` leaves out asking for assignments, for clients and groups that have none (share groups).
    """
    gathered = Gathered([set() for _ in members], [[] for _ in members])
    deadline = time.monotonic() + within_s

    def turn(index: int) -> None:
        gathered.polled[index] += members[index].poll(poll_ms)
        if assignments:
            gathered.assignments[index] = members[index].assignment()

    with ThreadPoolExecutor(len(members)) as threads:
        while True:
            list(threads.map(turn, range(len(members))))
            if until(gathered):
                return gathered
            if time.monotonic() > deadline:
                got = [len(records) for records in gathered.polled]
                shares = [sorted(map(tuple, assignment)) for assignment in gathered.assignments]
                raise ScenarioFailedError(
                    f"the members did not get there within {within_s:g} s: assignments {shares}, records {got}"
                )
