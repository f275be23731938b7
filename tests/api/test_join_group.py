"""JoinGroup: answers as Kafka 4.4.0 gave them to the same requests."""

from __future__ import annotations

import asyncio

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.join_group import JoinGroupRequestProtocol, JoinGroupResponse, JoinGroupResponseMember
from tests.groups.fake_node import SUBSCRIPTION, FakeNode, joining


def refused(code: ErrorCode, member_id: str = "", protocol_name: str | None = None) -> JoinGroupResponse:
    return JoinGroupResponse(error_code=code, protocol_name=protocol_name, leader="", member_id=member_id, members=[])


@pytest.mark.parametrize("version", range(4))
def test_early_versions_join_at_once(version: int) -> None:
    assert FakeNode().ask(joining(), version) == JoinGroupResponse(
        generation_id=1,
        protocol_name="range",
        leader="c-1",
        member_id="c-1",
        members=[JoinGroupResponseMember(member_id="c-1", metadata=SUBSCRIPTION)],
    )


@pytest.mark.parametrize(("version", "name"), [(4, ""), (5, ""), (6, ""), (7, None), (8, None), (9, None)])
def test_later_ones_come_back_with_an_id(version: int, name: str | None) -> None:
    node = FakeNode()
    assert node.ask(joining(), version) == refused(ErrorCode.MEMBER_ID_REQUIRED, "c-1", name)
    assert node.ask(joining(member_id="c-1"), version).generation_id == 1


def test_the_protocol_type_is_told_from_version_7() -> None:
    assert FakeNode().ask(joining(group_instance_id="i"), 6).protocol_type is None
    assert FakeNode().ask(joining(group_instance_id="i"), 7).protocol_type == "consumer"


def test_a_protocol_without_a_name_is_told_as_none() -> None:
    protocols = [JoinGroupRequestProtocol(name="", metadata=SUBSCRIPTION)]
    for version, name in ((6, ""), (7, None), (9, None)):
        answer = FakeNode().ask(joining(group_instance_id="i", protocols=protocols), version)
        assert (answer.error_code, answer.protocol_name) == (0, name)


def test_a_static_members_id_begins_with_its_instance() -> None:
    answer = FakeNode().ask(joining(group_instance_id="i"), 9)
    assert answer.member_id == "i-1"
    assert answer.members == [JoinGroupResponseMember(member_id="i-1", group_instance_id="i", metadata=SUBSCRIPTION)]


def test_an_instance_without_a_name_is_one_all_the_same() -> None:
    assert FakeNode().ask(joining(group_instance_id=""), 9).member_id == "-1"


@pytest.mark.parametrize(("version", "name"), [(3, ""), (9, None)])
def test_a_client_whose_name_leaves_no_room_for_a_member_id(version: int, name: str | None) -> None:
    node = FakeNode()
    assert node.ask(joining(), version, "x" * 32_766) == refused(ErrorCode.UNKNOWN_SERVER_ERROR, "", name)
    assert node.groups.started


@pytest.mark.parametrize("client_id", [None, ""])
def test_a_client_without_a_name(client_id: str | None) -> None:
    assert FakeNode().ask(joining(), 9, client_id).member_id == "-1"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (joining(""), refused(ErrorCode.INVALID_GROUP_ID)),
        (joining("", "m"), refused(ErrorCode.INVALID_GROUP_ID, "m")),
        (joining(session_timeout_ms=1), refused(ErrorCode.INVALID_SESSION_TIMEOUT)),
        (joining(member_id="nope"), refused(ErrorCode.UNKNOWN_MEMBER_ID, "nope")),
        (joining(protocols=[]), refused(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)),
        (joining(protocol_type=""), refused(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)),
    ],
)
def test_refusals(request_: object, expected: JoinGroupResponse) -> None:
    assert FakeNode().ask(request_, 9) == expected


def test_before_there_are_groups() -> None:
    assert FakeNode(started=False).ask(joining(), 9) == refused(ErrorCode.NOT_COORDINATOR)
    assert FakeNode(started=False).ask(joining(), 2) == refused(ErrorCode.NOT_COORDINATOR, "", "")


def test_in_version_0_the_session_timeout_is_the_rebalance_timeout_too() -> None:
    async def scenario() -> None:
        node = FakeNode()
        await node.ask_slowly(joining(session_timeout_ms=30_000), 0)
        newcomer = asyncio.create_task(node.ask_slowly(joining(session_timeout_ms=30_000), 0))
        await asyncio.sleep(0)
        node.clock.advance(29_999)
        await asyncio.sleep(0)
        assert not newcomer.done()
        node.clock.advance(1)
        assert (await newcomer).generation_id == 2

    asyncio.run(scenario())
