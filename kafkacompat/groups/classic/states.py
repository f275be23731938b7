"""The states of a classic group, and the transitions between them."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ClassicGroupState(Enum):
    """A state, with the name that clients read."""

    EMPTY = "Empty"
    """No members; perhaps offsets, perhaps members-to-be that were told to come back with an id."""
    PREPARING_REBALANCE = "PreparingRebalance"
    """Members are asked to rejoin; those that have are parked."""
    COMPLETING_REBALANCE = "CompletingRebalance"
    """A new generation, whose leader has not sent assignments yet."""
    STABLE = "Stable"
    """Everyone has, or may fetch, an assignment."""
    DEAD = "Dead"
    """Deleted."""


TRANSITIONS: Final[dict[ClassicGroupState, frozenset[ClassicGroupState]]] = {
    ClassicGroupState.EMPTY: frozenset({ClassicGroupState.PREPARING_REBALANCE, ClassicGroupState.DEAD}),
    ClassicGroupState.PREPARING_REBALANCE: frozenset(
        {ClassicGroupState.EMPTY, ClassicGroupState.COMPLETING_REBALANCE, ClassicGroupState.DEAD}
    ),
    ClassicGroupState.COMPLETING_REBALANCE: frozenset(
        {ClassicGroupState.PREPARING_REBALANCE, ClassicGroupState.STABLE, ClassicGroupState.DEAD}
    ),
    ClassicGroupState.STABLE: frozenset({ClassicGroupState.PREPARING_REBALANCE, ClassicGroupState.DEAD}),
    ClassicGroupState.DEAD: frozenset(),
}
"""From each state, where a group may go."""


def check_transition(current: ClassicGroupState, target: ClassicGroupState) -> None:
    """Assert that a group may go from `current` to `target`."""
    assert target in TRANSITIONS[current], f"a group cannot go from {current.value} to {target.value}"


def can_rebalance(current: ClassicGroupState) -> bool:
    """Tell whether a rebalance may begin now."""
    return ClassicGroupState.PREPARING_REBALANCE in TRANSITIONS[current]
