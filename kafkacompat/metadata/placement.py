"""Which nodes hold the partitions of a new topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def place(node_ids: Sequence[int], first: int, partitions: int, replication_factor: int) -> list[list[int]]:
    """Return the replicas of each partition, the leader first.

    Nodes stand in a ring, as in Kafka's striped placement: leaders go round from the `first` on, followers stand next
    to their leader, another one first at each round, so that a lost leader's work is spread.
    Kafka starts at a random place; here the caller says where, and a replay or a test gets the same answer.
    """
    assert 1 <= replication_factor <= len(node_ids), "callers refuse what cannot be placed"
    size = len(node_ids)
    placed = []
    for partition in range(partitions):
        leader = (first + partition) % size
        turn = partition // size
        others = [(leader + 1 + (turn + step) % (size - 1)) % size for step in range(replication_factor - 1)]
        placed.append([node_ids[leader], *(node_ids[other] for other in others)])
    return placed
