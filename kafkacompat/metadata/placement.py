"""Which nodes hold the partitions of a new topic."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet


def place(
    node_ids: Sequence[int],
    first: int,
    partitions: int,
    replication_factor: int,
    *,
    idle: AbstractSet[int] = frozenset(),
    racks: Mapping[int, str | None] | None = None,
) -> list[list[int]]:
    """Return the replicas of each partition, the leader first.

    Nodes stand in a ring, as in Kafka's striped placement: leaders go round from the `first` on, followers stand next
    to their leader, another one first at each round, so that a lost leader's work is spread.  Nodes that are `idle`
    lead nothing and follow only where there are not enough others; replicas are spread over the racks.
    Kafka starts at a random place; here the caller says where, and a replay or a test gets the same answer.
    """
    assert 1 <= replication_factor <= len(node_ids), "callers refuse what cannot be placed"
    ring = [node_id for node_id in node_ids if node_id not in idle]
    assert ring, "somebody can lead"
    last = [node_id for node_id in node_ids if node_id in idle]
    size = len(ring)
    placed = []
    for partition in range(partitions):
        leader = (first + partition) % size
        turn = partition // size
        followers = [ring[(leader + 1 + (turn + step) % (size - 1)) % size] for step in range(size - 1)]
        placed.append(_spread(ring[leader], followers, last, replication_factor, racks or {}))
    return placed


def _spread(
    leader: int, followers: list[int], last: list[int], replication_factor: int, racks: Mapping[int, str | None]
) -> list[int]:
    """Choose followers in order, but first those whose rack holds the fewest replicas so far."""
    if not any(racks.values()):
        return [leader, *followers, *last][:replication_factor]
    chosen = [leader]
    for candidates in (list(followers), list(last)):
        while candidates and len(chosen) < replication_factor:
            held = Counter(racks.get(node_id) for node_id in chosen)
            follower = min(candidates, key=lambda node_id: held[racks.get(node_id)])
            candidates.remove(follower)
            chosen.append(follower)
    return chosen
