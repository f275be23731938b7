"""OffsetFetch: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.coordination.decision import Transaction
from kafkacompat.groups.offsets.commit import Commit, OffsetToCommit
from kafkacompat.groups.offsets.transactional_commit import TransactionalCommit
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkacompat.wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
    OffsetFetchResponseGroup,
)
from tests.groups.fake_node import FakeNode, at_once

NOTHING = (-1, -1, "", 0)
NONE = ErrorCode.NONE
Topics = dict[str | bytes, list[int]]
Rows = dict[int, tuple[int, int, str, int]]


def committed_node() -> FakeNode:
    node = FakeNode()
    partition = OffsetCommitRequestPartition(
        partition_index=0, committed_offset=5, committed_leader_epoch=2, committed_metadata="note"
    )
    topic = OffsetCommitRequestTopic(name="t", partitions=[partition])
    node.ask(OffsetCommitRequest(group_id="g", member_id="", topics=[topic]), 8)
    return node


def of_one(topics: Topics | None, group_id: str = "g") -> OffsetFetchRequest:
    asked = None if topics is None else [_single(str(name), indexes) for name, indexes in topics.items()]
    return OffsetFetchRequest(group_id=group_id, topics=asked)


def _single(name: str, indexes: list[int]) -> OffsetFetchRequestTopic:
    return OffsetFetchRequestTopic(name=name, partition_indexes=indexes)


def of_many(*groups: tuple[str, Topics | None]) -> OffsetFetchRequest:
    return OffsetFetchRequest(
        groups=[
            OffsetFetchRequestGroup(
                group_id=group_id,
                topics=None if topics is None else [_of_group(topic, indexes) for topic, indexes in topics.items()],
            )
            for group_id, topics in groups
        ]
    )


def _of_group(topic: str | bytes, indexes: list[int]) -> OffsetFetchRequestTopics:
    if isinstance(topic, bytes):
        return OffsetFetchRequestTopics(topic_id=topic, partition_indexes=indexes)
    return OffsetFetchRequestTopics(name=topic, partition_indexes=indexes)


def rows(topics: Any) -> dict[Any, dict[int, tuple[int, int, str, int]]]:
    return {
        getattr(topic, "name", "") or topic.topic_id: {
            p.partition_index: (p.committed_offset, p.committed_leader_epoch, p.metadata, p.error_code)
            for p in topic.partitions
        }
        for topic in topics
    }


@pytest.mark.parametrize(("version", "epoch"), [(1, -1), (2, -1), (4, -1), (5, 2), (6, 2), (7, 2)])
def test_one_group(version: int, epoch: int) -> None:
    answer = committed_node().ask(of_one({"t": [0, 7], "nosuch": [0]}), version)
    assert answer.error_code == 0
    assert rows(answer.topics) == {"t": {0: (5, epoch, "note", 0), 7: NOTHING}, "nosuch": {0: NOTHING}}


@pytest.mark.parametrize("version", [2, 5, 7])
def test_everything_of_one_group(version: int) -> None:
    assert rows(committed_node().ask(of_one(None), version).topics).keys() == {"t"}
    assert committed_node().ask(of_one(None, "other"), version) == OffsetFetchResponse()


@pytest.mark.parametrize("version", [8, 9])
def test_several_groups(version: int) -> None:
    request = of_many(("g", {"t": [0, 7]}), ("other", {"t": [0]}), ("g", None), ("other", None))
    answer = committed_node().ask(request, version)
    found = [(group.group_id, group.error_code, rows(group.topics)) for group in answer.groups]
    assert found == [
        ("g", 0, {"t": {0: (5, 2, "note", 0), 7: NOTHING}}),
        ("other", 0, {"t": {0: NOTHING}}),
        ("g", 0, {"t": {0: (5, 2, "note", 0)}}),
        ("other", 0, {}),
    ]


def test_by_topic_ids() -> None:
    request = of_many(("g", {b"q" * 16: [0], b"t" * 16: [0, 7]}), ("g", None))
    first, second = committed_node().ask(request, 10).groups
    assert list(rows(first.topics).items()) == [
        (b"t" * 16, {0: (5, 2, "note", 0), 7: NOTHING}),
        (b"q" * 16, {0: (-1, -1, "", ErrorCode.UNKNOWN_TOPIC_ID)}),
    ]
    assert rows(second.topics) == {b"t" * 16: {0: (5, 2, "note", 0)}}


def node_with_pending() -> FakeNode:
    """Offsets for partitions 0 and 2; a transaction is open that commits for 0 and 1."""
    node = committed_node()
    offsets = [OffsetToCommit("t", b"t" * 16, index, 9, 2, "note") for index in (0, 1)]
    at_once(node.groups.commit_offsets(Commit("g", "", None, -1, -1, NONE, [offsets[0]._replace(partition=2)])))
    log = node.store.log(node.groups.offsets_key("g"))
    assert log is not None
    transaction = Transaction(7, 0, at_once(log.transaction_guard(7, 0)))
    within = TransactionalCommit("g", "", None, -1, NONE, offsets, transaction)
    assert at_once(node.groups.commit_transactional_offsets(within)) == [NONE] * 2
    return node


UNSTABLE = (-1, -1, "", 88)
KEPT = (9, 2, "note", 0)
ASKED = [0, 1, 2, 3]
AT_ONCE = {0: (5, 2, "note", 0), 1: NOTHING, 2: KEPT, 3: NOTHING}
STABLE = {0: UNSTABLE, 1: UNSTABLE, 2: KEPT, 3: NOTHING}


@pytest.mark.parametrize(("stable", "expected"), [(False, AT_ONCE), (True, STABLE)])
class TestOpenTransactions:
    """With `require_stable` all that a transaction may change is answered UNSTABLE_OFFSET_COMMIT, but nothing else."""

    def test_one_group(self, expected: Rows, *, stable: bool) -> None:
        request = of_one({"t": ASKED, "nosuch": [0]})
        request.require_stable = stable
        answer = node_with_pending().ask(request, 7)
        assert answer.error_code == 0
        assert rows(answer.topics) == {"t": expected, "nosuch": {0: NOTHING}}

    @pytest.mark.parametrize("version", [8, 9])
    def test_several_groups(self, version: int, expected: Rows, *, stable: bool) -> None:
        request = of_many(("g", {"t": ASKED}), ("other", {"t": [0]}))
        request.require_stable = stable
        groups = node_with_pending().ask(request, version).groups
        assert [rows(group.topics) for group in groups] == [{"t": expected}, {"t": {0: NOTHING}}]

    def test_by_topic_ids(self, expected: Rows, *, stable: bool) -> None:
        request = of_many(("g", {b"q" * 16: [0], b"t" * 16: ASKED}))
        request.require_stable = stable
        (group,) = node_with_pending().ask(request, 10).groups
        unknown = {0: (-1, -1, "", ErrorCode.UNKNOWN_TOPIC_ID)}
        assert rows(group.topics) == {b"t" * 16: expected, b"q" * 16: unknown}

    @pytest.mark.parametrize("version", [7, 8, 9, 10])
    def test_everything(self, version: int, expected: Rows, *, stable: bool) -> None:
        """What is pending alone is left out."""
        request = of_one(None) if version == 7 else of_many(("g", None))
        request.require_stable = stable
        answer = node_with_pending().ask(request, version)
        topics = answer.topics if version == 7 else answer.groups[0].topics
        name = b"t" * 16 if version == 10 else "t"
        assert rows(topics) == {name: {0: expected[0], 2: expected[2]}}


def test_before_there_are_groups() -> None:
    node, code = FakeNode(started=False), ErrorCode.NOT_COORDINATOR
    assert rows(node.ask(of_one({"t": [0]}), 1).topics) == {"t": {0: (-1, -1, "", code)}}
    assert node.ask(of_one({"t": [0]}), 2) == OffsetFetchResponse(error_code=code)
    expected = OffsetFetchResponse(groups=[OffsetFetchResponseGroup(group_id="g", error_code=code)])
    assert node.ask(of_many(("g", {"t": [0]})), 8) == expected
