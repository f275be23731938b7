"""Markers on their way into the logs: what comes of each partition, and which of them are brought again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.cluster.transaction_markers import ClusterMarkers, write_markers
from kafkacompat.storage.store import AppendOutcomeUnknownError, Isolation, Marker, Read, ReadRequest, Refused
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.pieces import FileRange
from kafkacompat.wire.records.batch import read_header
from tests.api.wired_node import WiredNode
from tests.metadata.fake_cluster import finish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.storage.store import Append

HERE = TopicPartition("orders", 0)
ABORT = Marker(producer_id=7, producer_epoch=3, coordinator_epoch=5, commit=False, transaction_version=2)


@pytest.fixture
def node() -> WiredNode:
    made = WiredNode()
    made.create("orders", 2)
    return made


def what_is_there(node: WiredNode, index: int = 0) -> list[tuple[int, int, bool]]:
    """Return producer id, epoch and whether it is a marker, of each batch."""
    request = ReadRequest(node.key("orders", index), 0, 1 << 20, Isolation.READ_UNCOMMITTED)
    (read,) = finish(node.cluster.store.read([request], 1 << 20))
    assert isinstance(read, Read)
    headers = [read_header(bytes(piece)) for piece in read.pieces if not isinstance(piece, FileRange)]
    return [(header.producer_id, header.producer_epoch, header.is_control) for header in headers]


def test_each_partition_gets_its_marker(node: WiredNode) -> None:
    codes = finish(write_markers(node.cluster, ABORT, [HERE, TopicPartition("orders", 1)]))
    assert codes == [ErrorCode.NONE, ErrorCode.NONE]
    assert what_is_there(node, 0) == what_is_there(node, 1) == [(7, 3, True)]


def test_what_is_not_there_keeps_no_other_from_its_marker(node: WiredNode) -> None:
    missing = [TopicPartition("orders", 2), TopicPartition("none", 0), TopicPartition("orders", -1)]
    codes = finish(write_markers(node.cluster, ABORT, [missing[0], HERE, *missing[1:]]))
    unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert codes == [unknown, ErrorCode.NONE, unknown, unknown]
    assert finish(ClusterMarkers(node.cluster).write(ABORT, missing)) == []  # a topic that is gone has nothing to end


def test_a_fenced_coordinator_is_told_and_does_not_come_again(node: WiredNode) -> None:
    markers = ClusterMarkers(node.cluster)
    assert finish(markers.write(ABORT, [HERE])) == []
    older = ABORT._replace(coordinator_epoch=4, producer_epoch=4)
    assert finish(write_markers(node.cluster, older, [HERE])) == [ErrorCode.TRANSACTION_COORDINATOR_FENCED]
    assert finish(markers.write(older, [HERE])) == []
    assert len(what_is_there(node)) == 1


@pytest.mark.parametrize(
    "code", [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_ENOUGH_REPLICAS]
)
def test_what_could_not_be_written_now_is_brought_again(
    node: WiredNode, monkeypatch: pytest.MonkeyPatch, code: ErrorCode
) -> None:
    async def refusing(appends: Sequence[Append]) -> list[Refused]:
        return [Refused(code) for _ in appends]

    monkeypatch.setattr(node.cluster.store, "append", refusing)
    assert finish(ClusterMarkers(node.cluster).write(ABORT, [HERE])) == [HERE]


def test_what_may_have_been_written_is_brought_again(node: WiredNode, monkeypatch: pytest.MonkeyPatch) -> None:
    async def losing(_: Sequence[Append]) -> list[Refused]:
        raise AppendOutcomeUnknownError

    monkeypatch.setattr(node.cluster.store, "append", losing)
    assert finish(write_markers(node.cluster, ABORT, [HERE])) == [ErrorCode.REQUEST_TIMED_OUT]
    assert finish(ClusterMarkers(node.cluster).write(ABORT, [HERE])) == [HERE]


def test_offsets_of_groups_end_through_their_coordinator(node: WiredNode) -> None:
    finish(node.cluster.ensure_group_coordinator())
    assert finish(write_markers(node.cluster, ABORT, [TopicPartition("__consumer_offsets", 3)])) == [ErrorCode.NONE]
    assert finish(write_markers(node.cluster, ABORT, [TopicPartition("__consumer_offsets", 99)])) == [
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    ]


def test_a_group_coordinator_that_is_not_ready_has_the_marker_brought_again(
    node: WiredNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(node.cluster.ensure_group_coordinator())
    node.cluster.groups.stop()
    place = TopicPartition("__consumer_offsets", 3)
    assert finish(write_markers(node.cluster, ABORT, [place])) == [ErrorCode.NOT_LEADER_OR_FOLLOWER]
    assert finish(ClusterMarkers(node.cluster).write(ABORT, [place])) == [place]
