"""ListGroups: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.messages.list_groups import ListedGroup, ListGroupsRequest, ListGroupsResponse
from tests.groups.fake_node import FakeNode, joining


def node_with_groups() -> FakeNode:
    node = FakeNode()
    node.stable("steady")
    node.stable("workers", "connect")
    node.ask(joining("starting"), 3)
    node.ask(joining("pending"), 9)
    return node


def test_all() -> None:
    found = node_with_groups().ask(ListGroupsRequest(), 5).groups
    assert sorted(found, key=lambda group: str(group.group_id)) == [
        ListedGroup(group_id="pending", protocol_type="", group_state="Empty", group_type="classic"),
        ListedGroup(
            group_id="starting", protocol_type="consumer", group_state="CompletingRebalance", group_type="classic"
        ),
        ListedGroup(group_id="steady", protocol_type="consumer", group_state="Stable", group_type="classic"),
        ListedGroup(group_id="workers", protocol_type="connect", group_state="Stable", group_type="classic"),
    ]


@pytest.mark.parametrize(
    ("states", "types", "expected"),
    [
        (["sTaBle"], [], {"steady", "workers"}),
        (["Empty", "CompletingRebalance"], [], {"pending", "starting"}),
        (["bogus"], [], set()),
        ([], ["CLASSIC"], {"pending", "starting", "steady", "workers"}),
        ([], ["bogus"], set()),
        ([], ["bogus", "classic"], {"pending", "starting", "steady", "workers"}),
        ([], ["consumer"], set()),
        (["Stable"], ["classic"], {"steady", "workers"}),
    ],
)
def test_filters(states: list[str], types: list[str], expected: set[str]) -> None:
    answer = node_with_groups().ask(ListGroupsRequest(states_filter=states, types_filter=types), 5)
    assert {group.group_id for group in answer.groups} == expected


def test_before_there_are_groups() -> None:
    assert FakeNode(started=False).ask(ListGroupsRequest(), 5) == ListGroupsResponse(groups=[])
