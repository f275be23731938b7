"""AlterReplicaLogDirs: what a Kafka 4.4.0 broker with one log directory answered to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.alter_replica_log_dirs import (
    AlterReplicaLogDir,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirTopic,
)
from tests.api.wired_node import WiredNode

HERE = "/somewhere"
LONGEST = 213
"""A topic's name, where the partition has one digit."""


@pytest.fixture
def node() -> WiredNode:
    node = WiredNode({"log.dirs": HERE})
    node.create("t", 2)
    return node


def altered(
    node: WiredNode, *directories: tuple[str, list[tuple[str, list[int]]]], version: int = 2
) -> dict[tuple[str, int], int]:
    request = AlterReplicaLogDirsRequest(
        dirs=[
            AlterReplicaLogDir(path=path, topics=[AlterReplicaLogDirTopic(name=n, partitions=p) for n, p in topics])
            for path, topics in directories
        ]
    )
    answer = node.ask(request, version)
    return {
        (topic.topic_name, told.partition_index): told.error_code
        for topic in answer.results
        for told in topic.partitions
    }


@pytest.mark.parametrize("version", [1, 2])
def test_a_replica_is_where_it_is_wanted(node: WiredNode, version: int) -> None:
    assert altered(node, (HERE, [("t", [0, 1])]), version=version) == {("t", 0): 0, ("t", 1): 0}


@pytest.mark.parametrize("path", ["/elsewhere", "somewhere", "", f"{HERE}/", f"{HERE}/../somewhere"])
def test_there_is_no_other_directory(node: WiredNode, path: str) -> None:
    found = altered(node, (path, [("t", [0]), ("nope", [0])]))
    assert set(found.values()) == {ErrorCode.LOG_DIR_NOT_FOUND}


def test_a_replica_that_is_not_there_is_unknown(node: WiredNode) -> None:
    found = altered(node, (HERE, [("t", [0, 9, -1]), ("nope", [0]), ("__cluster_metadata", [0]), ("", [0])]))
    assert found.pop(("t", 0)) == ErrorCode.NONE
    assert len(found) == 5
    assert set(found.values()) == {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}


@pytest.mark.parametrize("path", [HERE, "/elsewhere"])
def test_a_name_must_leave_room_for_what_a_moving_replica_is_called(node: WiredNode, path: str) -> None:
    found = altered(node, (path, [("n" * (LONGEST + 1), [0]), ("n" * LONGEST, [10])]))
    assert set(found.values()) == {ErrorCode.INVALID_TOPIC_EXCEPTION}
    found = altered(node, (HERE, [("n" * LONGEST, [0]), ("n" * (LONGEST - 1), [10])]))
    assert set(found.values()) == {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}


def test_the_last_directory_that_names_a_replica_counts(node: WiredNode) -> None:
    assert altered(node, ("/elsewhere", [("t", [0])]), (HERE, [("t", [0, 1])])) == {("t", 0): 0, ("t", 1): 0}
    found = altered(node, (HERE, [("t", [0, 1])]), ("/elsewhere", [("t", [0])]))
    assert found == {("t", 0): ErrorCode.LOG_DIR_NOT_FOUND, ("t", 1): 0}


def test_nothing_asked_nothing_answered(node: WiredNode) -> None:
    assert altered(node) == {}
    assert altered(node, (HERE, [("t", [])]), (HERE, [])) == {}
