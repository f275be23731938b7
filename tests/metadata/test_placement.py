from __future__ import annotations

from collections import Counter

import pytest

from kafkacompat.metadata.placement import place


def test_one_node_leads_everything() -> None:
    assert place([7], 3, 3, 1) == [[7], [7], [7]]


def test_leaders_go_round() -> None:
    assert [replicas[0] for replicas in place([1, 2, 3], 1, 5, 1)] == [2, 3, 1, 2, 3]


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_replicas_are_different_nodes_and_leaders_are_even(factor: int) -> None:
    placed = place([1, 2, 3, 4], 0, 40, factor)
    assert all(len(set(replicas)) == factor for replicas in placed)
    assert set(Counter(replicas[0] for replicas in placed).values()) == {10}


def test_a_leaders_followers_are_spread() -> None:
    placed = place([1, 2, 3], 0, 6, 2)
    assert {replicas[1] for replicas in placed if replicas[0] == 1} == {2, 3}


def test_replicas_are_spread_over_racks() -> None:
    racks = {1: "a", 2: "a", 3: "b", 4: "b", 5: "c", 6: "c"}
    for replicas in place([1, 2, 3, 4, 5, 6], 0, 36, 3, racks=racks):
        assert len({racks[node_id] for node_id in replicas}) == 3
    for replicas in place([1, 2, 3, 4, 5, 6], 0, 36, 4, racks=racks):
        assert len({racks[node_id] for node_id in replicas}) == 3
        assert len(set(replicas)) == 4


def test_idle_nodes_lead_nothing_and_follow_last() -> None:
    placed = place([1, 2, 3], 0, 6, 2, idle={2})
    assert {tuple(sorted(replicas)) for replicas in placed} == {(1, 3)}
    placed = place([1, 2, 3], 0, 6, 3, idle={2})
    assert all(replicas[2] == 2 for replicas in placed)
    assert place([1, 2], 0, 2, 2, idle={1}, racks={1: "a", 2: "b"}) == [[2, 1], [2, 1]]
