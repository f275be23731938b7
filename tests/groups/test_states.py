from __future__ import annotations

from itertools import product

import pytest

from kafkacompat.groups.classic.states import TRANSITIONS, ClassicGroupState, can_rebalance, check_transition

ALLOWED = {
    ("Empty", "PreparingRebalance"),
    ("PreparingRebalance", "CompletingRebalance"),
    ("PreparingRebalance", "Empty"),
    ("CompletingRebalance", "Stable"),
    ("CompletingRebalance", "PreparingRebalance"),
    ("Stable", "PreparingRebalance"),
    ("Empty", "Dead"),
    ("PreparingRebalance", "Dead"),
    ("CompletingRebalance", "Dead"),
    ("Stable", "Dead"),
}


@pytest.mark.parametrize(("current", "target"), list(product(ClassicGroupState, ClassicGroupState)))
def test_every_pair(current: ClassicGroupState, target: ClassicGroupState) -> None:
    if (current.value, target.value) in ALLOWED:
        check_transition(current, target)
    else:
        with pytest.raises(AssertionError):
            check_transition(current, target)


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(ClassicGroupState)


def test_where_a_rebalance_may_begin() -> None:
    assert [state.value for state in ClassicGroupState if can_rebalance(state)] == [
        "Empty",
        "CompletingRebalance",
        "Stable",
    ]
