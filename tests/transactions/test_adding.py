"""Partitions become part of a transaction, or are asked about."""

from __future__ import annotations

import pytest

from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.errors import ErrorCode
from tests.transactions.harness import P0, P1, P2, Harness, drive, refusal


def test_the_first_partitions_begin_a_transaction() -> None:
    harness = Harness()
    producer = harness.producer()
    harness.clock.advance(5)
    drive(harness.add(producer, P0))
    assert harness.state == "Ongoing 0"
    assert harness.describe().start_ms == harness.clock.now_ms()
    assert harness.describe().partitions == [P0]


def test_more_partitions_do_not_begin_it_anew() -> None:
    harness = Harness()
    producer = harness.open(P1)
    began_ms = harness.describe().start_ms
    harness.clock.advance(5)
    drive(harness.add(producer, P0, P2))
    assert harness.describe().partitions == [P0, P1, P2]
    assert harness.describe().start_ms == began_ms


def test_partitions_that_are_there_already_are_not_recorded_again() -> None:
    harness = Harness()
    producer = harness.open(P0, P1)
    drive(harness.add(producer, P1))
    assert harness.states() == ["Empty 0", "Ongoing 0"]


def test_a_transaction_may_begin_without_partitions_as_in_kafka() -> None:
    harness = Harness()
    producer = harness.producer()
    drive(harness.coordinator.add_partitions("payments", *producer, []))
    assert harness.state == "Ongoing 0"


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize("version", [0, 2])
def test_the_next_transaction_begins_after_the_last(version: int, commit: bool) -> None:  # noqa: FBT001
    harness = Harness(version=version)
    producer = harness.open(P0)
    ended = drive(harness.end(producer, commit=commit))
    harness.clock.advance(5)
    drive(harness.add(ended if version == 2 else producer, P1))
    assert harness.state == f"Ongoing {1 if version == 2 else 0}"
    assert harness.describe().partitions == [P1]
    assert harness.describe().start_ms == harness.clock.now_ms()


def test_a_transaction_has_only_so_many_partitions() -> None:
    harness = Harness(TransactionConfig(max_partitions=3))
    producer = harness.open(P0, P1, P2)
    assert refusal(harness.add(producer, TopicPartition("u", 0))) is ErrorCode.UNKNOWN_SERVER_ERROR
    assert harness.describe().partitions == [P0, P1, P2]
    drive(harness.end(producer))


@pytest.mark.parametrize("verify", [True, False])
def test_a_wrong_producer_is_refused(verify: bool) -> None:  # noqa: FBT001
    harness = Harness()
    ask = harness.verify if verify else harness.add
    assert refusal(ask((1000, 0), P0)) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
    harness.open()
    assert refusal(ask((1001, 0), P0)) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
    assert refusal(ask((1001, 9), P0)) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
    assert refusal(ask((1000, 1), P0)) is ErrorCode.PRODUCER_FENCED
    assert refusal(ask((1000, -1), P0)) is ErrorCode.PRODUCER_FENCED


def test_an_empty_id_is_refused() -> None:
    coordinator = Harness().coordinator
    assert refusal(coordinator.add_partitions("", 1, 0, [P0])) is ErrorCode.INVALID_REQUEST
    assert refusal(coordinator.verify_partitions("", 1, 0, [P0])) is ErrorCode.INVALID_REQUEST


def test_while_the_last_transaction_ends_nothing_is_added_whoever_asks() -> None:
    harness = Harness()
    producer_id, epoch = harness.stuck()
    assert refusal(harness.add((producer_id, epoch + 1))) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert refusal(harness.add((producer_id, epoch))) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert refusal(harness.add((77, 0))) is ErrorCode.CONCURRENT_TRANSACTIONS
    harness.unstick()
    drive(harness.add((producer_id, epoch + 1)))


def test_each_partition_is_verified_for_itself() -> None:
    harness = Harness()
    producer = harness.open(P0, P1)
    assert drive(harness.verify(producer, P0, P2)) == {P0: ErrorCode.NONE, P2: ErrorCode.TRANSACTION_ABORTABLE}


def test_without_a_transaction_no_partition_is_part_of_it() -> None:
    harness = Harness()
    producer = harness.producer()
    assert drive(harness.verify(producer, P0)) == {P0: ErrorCode.TRANSACTION_ABORTABLE}
    drive(harness.add(producer, P0))
    ended = drive(harness.end(producer))
    assert drive(harness.verify(ended, P0)) == {P0: ErrorCode.TRANSACTION_ABORTABLE}


def test_while_a_transaction_ends_its_partitions_are_not_verified_and_others_are_told_first_who_they_are() -> None:
    harness = Harness()
    producer_id, epoch = harness.stuck()
    assert refusal(harness.verify((producer_id, epoch + 1), P0)) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert refusal(harness.verify((producer_id, epoch), P0)) is ErrorCode.PRODUCER_FENCED
    assert refusal(harness.verify((77, epoch), P0)) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
