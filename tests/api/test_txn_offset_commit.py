"""TxnOffsetCommit: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest
from kafkacompat.wire.messages.end_txn import EndTxnRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from kafkacompat.wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
)
from kafkacompat.wire.messages.sync_group import SyncGroupRequest, SyncGroupRequestAssignment
from kafkacompat.wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
)
from tests.api.wired_node import WiredNode
from tests.cluster.several import Several

ALL = range(7)
BY_NAME = range(6)
WITH_MEMBERS = range(3, 7)
NONE = ErrorCode.NONE
UNSTABLE = ErrorCode.UNSTABLE_OFFSET_COMMIT
UNKNOWN_ID = b"q" * 16
Offsets = dict[str, dict[int, int]]


class Client:
    """A client that speaks one version, with a producer `id`."""

    def __init__(self, version: int, settings: dict[str, str] | None = None) -> None:
        self.version = version
        self.node = WiredNode({"group.initial.rebalance.delay.ms": "0"} | (settings or {}))
        for topic in ("t", "u"):
            self.node.create(topic, 4)
        for kind, key in enumerate(["g", "id"]):
            self.find(kind, key)
        answer = self.node.ask(InitProducerIdRequest(transactional_id="id", transaction_timeout_ms=60_000), 4)
        assert answer.error_code == NONE
        self.producer = (answer.producer_id, answer.producer_epoch)

    def find(self, kind: int, key: str) -> None:
        self.node.ask(FindCoordinatorRequest(key_type=kind, coordinator_keys=[key]), 4)

    def opened(self, group_id: str = "g") -> Client:
        """Make the group's offsets part of the transaction, as producers did before version 5."""
        producer_id, epoch = self.producer
        request = AddOffsetsToTxnRequest(
            transactional_id="id", producer_id=producer_id, producer_epoch=epoch, group_id=group_id
        )
        assert self.node.ask(request, 3).error_code == NONE
        return self

    def commit(
        self,
        offsets: Offsets | None = None,
        group_id: str = "g",
        *,
        producer: tuple[int, int] | None = None,
        transactional_id: str = "id",
        metadata: str | None = "",
        **membership: Any,
    ) -> list[tuple[str, dict[int, ErrorCode]]]:
        producer_id, epoch = producer or self.producer
        request = TxnOffsetCommitRequest(
            transactional_id=transactional_id,
            group_id=group_id,
            producer_id=producer_id,
            producer_epoch=epoch,
            topics=[
                TxnOffsetCommitRequestTopic(
                    name=topic,
                    topic_id=self.topic_id(topic),
                    partitions=[
                        TxnOffsetCommitRequestPartition(
                            partition_index=index, committed_offset=offset, committed_metadata=metadata
                        )
                        for index, offset in partitions.items()
                    ],
                )
                for topic, partitions in ({"t": {0: 5}} if offsets is None else offsets).items()
            ],
            **membership,
        )
        answer = self.node.ask(request, self.version)
        return [
            (self.name(topic), {one.partition_index: ErrorCode(one.error_code) for one in topic.partitions})
            for topic in answer.topics
        ]

    def code(self, **options: Any) -> ErrorCode:
        """Return what is said of one partition."""
        ((_, codes),) = self.commit(**options)
        return codes[0]

    def topic_id(self, name: str) -> bytes:
        topic = self.node.cluster.metadata.topic(name)
        return UNKNOWN_ID if topic is None else topic.topic_id

    def name(self, topic: Any) -> str:
        if self.version < 6:
            return str(topic.name)
        return next((name for name in ("t", "u") if self.topic_id(name) == topic.topic_id), "nosuch")

    def end(self, *, commit: bool = True) -> ErrorCode:
        producer_id, epoch = self.producer
        request = EndTxnRequest(transactional_id="id", producer_id=producer_id, producer_epoch=epoch, committed=commit)
        return ErrorCode(self.node.ask(request, 4).error_code)

    def fetch(self, group_id: str = "g", topic: str = "t") -> dict[int, int | ErrorCode]:
        """Return stable offsets, or why there is none."""
        topics = [OffsetFetchRequestTopics(name=topic, partition_indexes=[0, 1, 2, 3])]
        group = OffsetFetchRequestGroup(group_id=group_id, topics=topics)
        (answer,) = self.node.ask(OffsetFetchRequest(groups=[group], require_stable=True), 8).groups
        (found,) = answer.topics
        return {
            one.partition_index: ErrorCode(one.error_code) if one.error_code else one.committed_offset
            for one in found.partitions
            if one.error_code or one.committed_offset != -1
        }

    def groups(self) -> list[str]:
        return [group.group_id for group in self.node.ask(ListGroupsRequest(), 4).groups]

    def member(self, instance: str | None = None) -> str:
        """Make a stable group of one member."""
        request = JoinGroupRequest(
            group_id="g",
            session_timeout_ms=60_000,
            rebalance_timeout_ms=60_000,
            member_id="",
            group_instance_id=instance,
            protocol_type="consumer",
            protocols=[JoinGroupRequestProtocol(name="range", metadata=b"")],
        )
        request.member_id = self.node.ask(request, 5).member_id
        joined = self.node.ask(request, 5)
        assert (joined.error_code, joined.generation_id) == (NONE, 1)
        assignments = [SyncGroupRequestAssignment(member_id=joined.member_id, assignment=b"all")]
        sync = SyncGroupRequest(
            group_id="g",
            generation_id=1,
            member_id=joined.member_id,
            group_instance_id=instance,
            assignments=assignments,
        )
        assert self.node.ask(sync, 3).error_code == NONE
        return str(joined.member_id)


@pytest.mark.parametrize("version", ALL)
class TestEveryVersion:
    def test_offsets_count_with_their_transaction(self, version: int) -> None:
        client = Client(version).opened()
        assert client.commit({"t": {0: 5, 3: -7}, "u": {1: 6}}) == [("t", {0: NONE, 3: NONE}), ("u", {1: NONE})]
        assert client.fetch() == {0: UNSTABLE, 3: UNSTABLE}
        assert client.end() is NONE
        assert client.fetch() == {0: 5, 3: -7}
        assert client.fetch(topic="u") == {1: 6}

    def test_or_never(self, version: int) -> None:
        client = Client(version).opened()
        client.commit()
        assert client.end(commit=False) is NONE
        assert client.fetch() == {}

    def test_what_does_not_exist_is_answered_apart(self, version: int) -> None:
        client = Client(version).opened()
        missing = ErrorCode.UNKNOWN_TOPIC_ID if version >= 6 else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        nowhere = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        assert client.commit({"nosuch": {0: 1}}) == [("nosuch", {0: missing})]
        assert client.commit({"t": {1: 1, 9: 1}, "nosuch": {0: 3}, "u": {-1: 3}}) == [
            ("t", {9: nowhere, 1: NONE}),
            ("nosuch", {0: missing}),
            ("u", {-1: nowhere}),
        ]
        assert client.fetch() == {1: UNSTABLE}

    def test_where_nothing_is_asked(self, version: int) -> None:
        client = Client(version).opened()
        assert client.commit({}) == []
        assert client.commit({"t": {}}) == []
        assert client.commit({"nosuch": {}}) == [("nosuch", {})]

    def test_metadata(self, version: int) -> None:
        client = Client(version, {"offset.metadata.max.bytes": "8"}).opened()
        codes = dict(client.commit({"t": {0: 1}, "nosuch": {1: 1}}, metadata="123456789"))
        assert codes["t"] == {0: ErrorCode.OFFSET_METADATA_TOO_LARGE}
        assert client.groups() == []
        assert client.code(metadata=None) is NONE
        assert client.groups() == ["g"]

    def test_another_producer(self, version: int) -> None:
        client = Client(version).opened()
        producer_id, epoch = client.producer
        assert client.code(producer=(producer_id + 1_000, epoch)) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
        assert client.code(producer=(-1, -1)) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
        assert client.code(producer=(producer_id, epoch + 1)) is ErrorCode.INVALID_PRODUCER_EPOCH
        assert client.code(transactional_id="") is ErrorCode.INVALID_REQUEST
        assert client.code(transactional_id="who") is ErrorCode.INVALID_PRODUCER_ID_MAPPING
        assert client.fetch() == {}
        assert client.groups() == []

    def test_another_epoch_in_an_open_transaction(self, version: int) -> None:
        client = Client(version).opened()
        assert client.code() is NONE
        producer_id, epoch = client.producer
        assert client.code(producer=(producer_id, epoch + 1)) is ErrorCode.INVALID_PRODUCER_EPOCH
        assert client.code(producer=(producer_id, epoch - 1)) is ErrorCode.INVALID_PRODUCER_EPOCH

    def test_an_open_transaction_is_the_producers_under_any_id(self, version: int) -> None:
        """The log has it open, and the coordinator is not asked."""
        client = Client(version).opened()
        assert client.code() is NONE
        assert client.code(transactional_id="who") is NONE

    def test_an_empty_group_id(self, version: int) -> None:
        client = Client(version)
        assert client.code(group_id="") is ErrorCode.INVALID_GROUP_ID
        assert client.end() is ErrorCode.INVALID_TXN_STATE, "nothing was made part of it"
        assert client.opened().code(group_id="") is ErrorCode.INVALID_GROUP_ID

    def test_a_zombie(self, version: int) -> None:
        client = Client(version).opened()
        client.commit()
        request = InitProducerIdRequest(transactional_id="id", transaction_timeout_ms=60_000)
        while client.node.ask(request, 4).error_code == ErrorCode.CONCURRENT_TRANSACTIONS:
            pass
        assert client.code() is ErrorCode.INVALID_PRODUCER_EPOCH
        assert client.fetch() == {}


NOT_ADDED = [ErrorCode.INVALID_TXN_STATE] * 4 + [ErrorCode.TRANSACTION_ABORTABLE, NONE, NONE]


@pytest.mark.parametrize(("version", "code"), list(enumerate(NOT_ADDED)))
def test_where_the_group_is_not_part_of_the_transaction(version: int, code: ErrorCode) -> None:
    """From version 5 on it becomes part of it by that (KIP-890)."""
    client = Client(version)
    assert client.code() is code
    added = code is NONE
    assert client.groups() == (["g"] if added else [])
    assert client.end() is (NONE if added else ErrorCode.INVALID_TXN_STATE)
    assert client.fetch() == ({0: 5} if added else {})


@pytest.mark.parametrize("version", ALL)
def test_what_does_not_exist_opens_no_transaction(version: int) -> None:
    client = Client(version)
    client.commit({"nosuch": {0: 1}})
    assert client.end() is ErrorCode.INVALID_TXN_STATE


@pytest.mark.parametrize("version", WITH_MEMBERS)
class TestMembership:
    def test_of_a_member(self, version: int) -> None:
        client = Client(version).opened()
        member = client.member()

        def code(member_id: str, generation_id: int, instance: str | None = None) -> ErrorCode:
            return client.code(
                member_id=member_id, generation_id_or_member_epoch=generation_id, group_instance_id=instance
            )

        assert code(member, 1) is NONE
        assert code("", -1) is NONE
        assert code(member, 2) is ErrorCode.ILLEGAL_GENERATION
        assert code(member, -1) is ErrorCode.ILLEGAL_GENERATION
        for stranger in (("who", 1), ("who", 2), (member, 1, "i"), ("", -1, "i"), ("", 1)):
            assert code(*stranger) is ErrorCode.UNKNOWN_MEMBER_ID, stranger

    def test_of_a_static_member(self, version: int) -> None:
        client = Client(version).opened()
        member = client.member("i")
        membership: dict[str, Any] = {"generation_id_or_member_epoch": 1}
        assert client.code(member_id=member, group_instance_id="i", **membership) is NONE
        fenced = client.code(member_id="other", group_instance_id="i", **membership)
        assert fenced is ErrorCode.FENCED_INSTANCE_ID
        unknown = client.code(member_id=member, group_instance_id="j", **membership)
        assert unknown is ErrorCode.UNKNOWN_MEMBER_ID

    def test_of_a_group_that_is_not_there(self, version: int) -> None:
        client = Client(version).opened()
        missing = ErrorCode.GROUP_ID_NOT_FOUND if version >= 6 else ErrorCode.ILLEGAL_GENERATION
        assert client.code(member_id="who", generation_id_or_member_epoch=1) is missing
        assert client.groups() == []
        assert client.code(member_id="who") is NONE
        assert client.groups() == ["g"]


class TestCoordinators:
    @pytest.mark.parametrize(
        ("version", "code"), [(1, ErrorCode.COORDINATOR_NOT_AVAILABLE), (2, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)]
    )
    def test_old_producers_take_loading_for_fatal(
        self, version: int, code: ErrorCode, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = Client(version).opened()

        async def loading(_: Any) -> None:
            raise ApiError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)

        monkeypatch.setattr(client.node.cluster.groups, "commit_transactional_offsets", loading)
        assert client.code() is code

    def test_a_transaction_that_is_being_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = Client(5)

        async def ending(*_: Any) -> None:
            raise ApiError(ErrorCode.CONCURRENT_TRANSACTIONS)

        monkeypatch.setattr(client.node.cluster.transactions, "add_partitions", ending)
        assert client.code() is ErrorCode.CONCURRENT_TRANSACTIONS

    @pytest.mark.parametrize("version", [4, 5])
    def test_a_node_that_does_not_coordinate_the_group(self, version: int) -> None:
        """It says so before it makes anything part of the transaction."""
        several = Several(nodes=2, topics=["t"])
        for kind, key in enumerate(["g", "id"]):
            several.ask(1, FindCoordinatorRequest(key_type=kind, coordinator_keys=[key]), 4)
        homes = []
        for kind, key in enumerate(["g", "id"]):
            find = FindCoordinatorRequest(key_type=kind, coordinator_keys=[key])
            homes.append(several.ask(1, find, 4).coordinators[0].node_id)
        begin = InitProducerIdRequest(transactional_id="id", transaction_timeout_ms=60_000)
        producer = several.ask(homes[1], begin, 4)
        partition = TxnOffsetCommitRequestPartition(partition_index=0, committed_offset=5, committed_metadata="")
        request = TxnOffsetCommitRequest(
            transactional_id="id",
            group_id="g",
            producer_id=producer.producer_id,
            producer_epoch=producer.producer_epoch,
            topics=[TxnOffsetCommitRequestTopic(name="t", partitions=[partition])],
        )
        ((answer,),) = (topic.partitions for topic in several.ask(3 - homes[0], request, version).topics)
        assert answer.error_code == ErrorCode.NOT_COORDINATOR
        end = EndTxnRequest(
            transactional_id="id",
            producer_id=producer.producer_id,
            producer_epoch=producer.producer_epoch,
            committed=True,
        )
        assert several.ask(homes[1], end, 4).error_code == ErrorCode.INVALID_TXN_STATE
