"""Fetch sessions as clients use them (KIP-227)."""

from __future__ import annotations

from itertools import count

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.cluster.fetch_sessions import EVICTION_MS, FetchPlan, FetchSessions, Session
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic, ForgottenTopic, PartitionData

NAMES, IDS = 12, 13


def partition(index: int, offset: int = 0) -> FetchPartition:
    return FetchPartition(partition=index, fetch_offset=offset, partition_max_bytes=1000)


def request(session_id: int, epoch: int, *partitions: FetchPartition, forget: tuple[int, ...] = ()) -> FetchRequest:
    return FetchRequest(
        max_wait_ms=0,
        min_bytes=1,
        session_id=session_id,
        session_epoch=epoch,
        topics=[FetchTopic(topic="orders", partitions=list(partitions))] if partitions else [],
        forgotten_topics_data=[ForgottenTopic(topic="orders", partitions=list(forget))] if forget else [],
    )


def data(high_watermark: int = 5, error: ErrorCode = ErrorCode.NONE, log_start: int = 0) -> PartitionData:
    return PartitionData(
        partition_index=0,
        error_code=error,
        high_watermark=high_watermark,
        log_start_offset=log_start,
        aborted_transactions=None,
        records=b"",
    )


class Client:
    """Opens and continues sessions, failing the test where it gets an error instead."""

    def __init__(self, slots: int = 10) -> None:
        self.clock = ManualClock()
        ids = count(100)
        self.sessions = FetchSessions(slots, self.clock.now_ms, lambda: next(ids))

    def plan(self, asked: FetchRequest, version: int = NAMES) -> FetchPlan:
        plan = self.sessions.plan(asked, version)
        assert isinstance(plan, FetchPlan), plan
        return plan

    def open(self, *partitions: FetchPartition) -> Session | None:
        return self.plan(request(0, 0, *partitions)).session


def opened(client: Client, *partitions: FetchPartition) -> Session:
    session = client.open(*partitions)
    assert session is not None
    return session


def indexes(plan: FetchPlan) -> list[int]:
    return [wanted.asked.partition for wanted in plan.wanted]


def test_a_full_fetch_opens_a_session() -> None:
    plan = Client().plan(request(0, 0, partition(0), partition(1)))
    assert plan.session is not None
    assert plan.session.session_id == 100
    assert not plan.incremental
    assert indexes(plan) == [0, 1]


def test_an_incremental_fetch_names_only_changes() -> None:
    client = Client()
    opened(client, partition(0), partition(1), partition(2))
    plan = client.plan(request(100, 1, partition(1, offset=7), partition(3), forget=(0,)))
    assert plan.incremental
    assert [(w.asked.partition, w.asked.fetch_offset) for w in plan.wanted] == [(1, 7), (2, 0), (3, 0)]


def test_epochs_count_up_and_wrap_to_one() -> None:
    client = Client()
    session = opened(client, partition(0))
    for epoch in (1, 2, 3):
        client.plan(request(100, epoch))
    session.epoch = 2**31 - 1
    client.plan(request(100, 2**31 - 1))
    client.plan(request(100, 1))


def test_a_session_that_is_not_there() -> None:
    assert Client().sessions.plan(request(7, 1), NAMES) is ErrorCode.FETCH_SESSION_ID_NOT_FOUND


def test_an_epoch_out_of_turn() -> None:
    client = Client()
    opened(client, partition(0))
    assert client.sessions.plan(request(100, 2), NAMES) is ErrorCode.INVALID_FETCH_SESSION_EPOCH


def test_names_and_ids_do_not_mix() -> None:
    client = Client()
    opened(client, partition(0))
    assert client.sessions.plan(request(100, 1), IDS) is ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR


def test_the_final_epoch_closes_the_session_and_serves_without_one() -> None:
    client = Client()
    opened(client, partition(0))
    plan = client.plan(request(100, -1, partition(0)))
    assert plan.session is None
    assert indexes(plan) == [0]
    assert client.sessions.plan(request(100, 1), NAMES) is ErrorCode.FETCH_SESSION_ID_NOT_FOUND


def test_a_full_fetch_in_an_old_session_replaces_it() -> None:
    client = Client()
    opened(client, partition(0))
    assert client.plan(request(100, 0, partition(0))).session is not None
    assert len(client.sessions) == 1


def test_a_session_without_partitions_ends() -> None:
    client = Client()
    opened(client, partition(0))
    plan = client.plan(request(100, 1, forget=(0,)))
    assert (plan.wanted, plan.session) == ([], None)
    assert len(client.sessions) == 0


def test_what_is_added_and_forgotten_at_once_is_read_though_the_session_ends() -> None:
    client = Client()
    opened(client)
    plan = client.plan(request(100, 1, partition(1), partition(1, offset=7), forget=(1,)))
    assert [(wanted.asked.partition, wanted.asked.fetch_offset) for wanted in plan.wanted] == [(1, 7)]
    assert (plan.session, plan.incremental, len(client.sessions)) == (None, False, 0)


def test_a_partition_that_has_had_its_turn_goes_to_the_end() -> None:
    client = Client()
    session = opened(client, partition(0), partition(1), partition(2))
    session.move_to_end(client.plan(request(100, 1)).wanted[0])
    assert indexes(client.plan(request(100, 2))) == [1, 2, 0]


@pytest.mark.parametrize(
    ("later", "size_bytes", "news"),
    [
        (data(), 0, False),
        (data(), 10, True),
        (data(high_watermark=6), 0, True),
        (data(log_start=1), 0, True),
        (data(error=ErrorCode.OFFSET_OUT_OF_RANGE, high_watermark=-1), 0, True),
    ],
)
def test_what_a_session_is_told_of(later: PartitionData, size_bytes: int, *, news: bool) -> None:
    (wanted,) = Client().plan(request(0, 0, partition(0))).wanted
    assert wanted.is_news(data(), 0)
    assert wanted.is_news(later, size_bytes) is news


def test_recovery_from_an_error_is_news() -> None:
    (wanted,) = Client().plan(request(0, 0, partition(0))).wanted
    wanted.is_news(data(), 0)
    wanted.is_news(data(error=ErrorCode.UNKNOWN_LEADER_EPOCH), 0)
    assert wanted.is_news(data(), 0)


class TestSlots:
    """A fixed number of sessions, whatever clients ask for."""

    def test_without_a_slot_a_client_goes_without_a_session(self) -> None:
        client = Client(slots=2)
        assert client.open(partition(0)) is not None
        assert client.open(partition(0)) is not None
        assert client.open(partition(0)) is None

    def test_one_that_nobody_uses_makes_way(self) -> None:
        client = Client(slots=2)
        opened(client, partition(0))
        client.clock.advance(EVICTION_MS + 1)
        opened(client, partition(0))
        assert client.open(partition(0)) is not None
        assert client.sessions.plan(request(100, 1), NAMES) is ErrorCode.FETCH_SESSION_ID_NOT_FOUND
        client.plan(request(101, 1))

    def test_a_small_old_one_makes_way_for_a_larger_one(self) -> None:
        client = Client(slots=1)
        opened(client, partition(0))
        client.clock.advance(EVICTION_MS)
        client.plan(request(100, 1))
        client.clock.advance(1)
        assert client.open(partition(0)) is None
        assert client.open(partition(0), partition(1)) is not None

    def test_no_slots_no_sessions(self) -> None:
        assert Client(slots=0).open(partition(0)) is None
