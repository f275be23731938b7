"""Time limits: an open transaction's own, and that of ids which nobody uses."""

from __future__ import annotations

import pytest

from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.coordinator import Initialized
from kafkacompat.transactions.records import TransactionRecord
from kafkacompat.transactions.timeout import RETRY_MS
from kafkacompat.transactions.transaction import NO_TIME_LIMIT_MS
from kafkacompat.wire.errors import ErrorCode
from tests.transactions.harness import ID, P0, TIMEOUT_MS, Harness, drive, refusal

DAY_MS = 24 * 3_600_000


@pytest.mark.parametrize("version", [0, 1, 2])
def test_an_open_transaction_is_aborted_when_its_time_is_up(version: int) -> None:
    harness = Harness(version=version)
    producer = harness.open()
    harness.clock.advance(TIMEOUT_MS - 1)
    assert harness.state == "Ongoing 0"
    harness.clock.advance(1)
    assert harness.state == "CompleteAbort 1"
    ((marker, _),) = harness.markers.writes
    assert (marker.producer_epoch, marker.commit) == (1, False)
    assert refusal(harness.add(producer)) is ErrorCode.PRODUCER_FENCED
    assert refusal(harness.end(producer)) is (
        ErrorCode.INVALID_TXN_STATE if version == 2 else ErrorCode.PRODUCER_FENCED
    )


def test_its_time_does_not_begin_anew_with_more_partitions() -> None:
    harness = Harness()
    producer = harness.open(P0)
    harness.clock.advance(TIMEOUT_MS - 1)
    drive(harness.add(producer))
    harness.clock.advance(1)
    assert harness.state == "CompleteAbort 1"


@pytest.mark.parametrize("pause_ms", [0, 1, TIMEOUT_MS // 2])
def test_each_transaction_has_its_own_time(pause_ms: int) -> None:
    harness = Harness()
    ended = drive(harness.end(harness.open()))
    harness.clock.advance(pause_ms)
    drive(harness.add(ended))
    harness.clock.advance(TIMEOUT_MS - 1)
    assert harness.state == "Ongoing 1"
    harness.clock.advance(1)
    assert harness.state == "CompleteAbort 2"


def test_a_shorter_time_of_the_next_transaction_counts() -> None:
    harness = Harness()
    drive(harness.end(harness.open()))
    producer = drive(harness.initialize(timeout_ms=10))
    drive(harness.add(producer))
    harness.clock.advance(10)
    assert harness.state == "CompleteAbort 3"


def test_what_ended_in_time_is_left_alone() -> None:
    harness = Harness()
    drive(harness.end(harness.open()))
    harness.clock.advance(10 * TIMEOUT_MS)
    assert harness.state == "CompleteCommit 1"


def test_the_time_goes_on_over_a_restart() -> None:
    harness = Harness()
    harness.open()
    harness.clock.advance(TIMEOUT_MS // 2)
    harness.restart()
    harness.clock.advance(TIMEOUT_MS // 2 - 1)
    assert harness.state == "Ongoing 0"
    harness.clock.advance(1)
    assert harness.state == "CompleteAbort 1"


def test_a_time_that_ran_out_while_nobody_was_there_is_noticed() -> None:
    harness = Harness()
    harness.open()
    harness.coordinator.stop()
    harness.clock.advance(TIMEOUT_MS)
    harness.start()
    assert harness.state == "Ongoing 0"
    harness.clock.advance(RETRY_MS)
    assert harness.state == "CompleteAbort 1"


def test_an_abort_that_could_not_be_written_is_tried_again() -> None:
    harness = Harness()
    harness.open()
    harness.store.fail_next()
    harness.clock.advance(TIMEOUT_MS)
    assert harness.state == "Ongoing 0"
    harness.clock.advance(RETRY_MS)
    assert harness.state == "CompleteAbort 1"


def test_at_the_last_epoch_the_time_limit_brings_a_new_producer_id_and_waits_for_it() -> None:
    harness = Harness()
    drive(harness.add(harness.exhaust()))
    harness.producer_ids.none_left = True
    harness.clock.advance(TIMEOUT_MS)
    assert harness.state == "Ongoing 32766"
    harness.producer_ids.none_left = False
    harness.clock.advance(RETRY_MS)
    assert harness.state == "CompleteAbort 0"
    assert harness.producer() == Initialized(1001, 1)


def test_a_transaction_that_is_held_open_from_outside_has_no_limit() -> None:
    harness = Harness()
    harness.open()
    opened = harness.log()[-1]
    assert opened.transaction is not None
    harness.put(TransactionRecord(ID, opened.transaction._replace(timeout_ms=NO_TIME_LIMIT_MS)))
    harness.clock.advance(NO_TIME_LIMIT_MS + DAY_MS)
    assert harness.state == "Ongoing 0"
    drive(harness.end((1000, 0)))
    drive(harness.add((1000, 1)))
    harness.clock.advance(NO_TIME_LIMIT_MS + DAY_MS)
    assert harness.state == "Ongoing 1"


# -- expiry of ids


@pytest.mark.parametrize("state", ["Empty", "CompleteCommit", "CompleteAbort"])
def test_an_id_that_nobody_uses_is_forgotten(state: str) -> None:
    harness = Harness()
    producer = harness.producer()
    if state != "Empty":
        drive(harness.add(producer))
        drive(harness.end(producer, commit=state == "CompleteCommit"))
    assert harness.describe().state == state
    harness.clock.advance(7 * DAY_MS)
    assert refusal(harness.coordinator.describe(ID)) is ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
    assert harness.states()[-1] == "Dead"
    assert refusal(harness.add(producer)) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
    harness.restart()
    assert refusal(harness.coordinator.describe(ID)) is ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
    assert harness.producer() == Initialized(1001, 0)


def test_use_keeps_an_id() -> None:
    harness = Harness()
    harness.producer()
    harness.clock.advance(4 * DAY_MS)
    harness.producer()
    harness.clock.advance(4 * DAY_MS)
    assert harness.state == "Empty 1"


def test_what_is_open_or_ending_is_not_forgotten() -> None:
    harness = Harness(TransactionConfig(id_expiration_ms=1_000, expired_cleanup_interval_ms=1_000))
    harness.stuck()
    harness.clock.advance(3_600_000)
    assert harness.state == "PrepareCommit 1"


def test_many_ids_are_forgotten_together_and_the_interval_counts() -> None:
    harness = Harness(TransactionConfig(id_expiration_ms=1_000, expired_cleanup_interval_ms=5_000), shards=2)
    for number in range(200):
        drive(harness.initialize(name=f"id-{number}"))
    harness.clock.advance(4_999)
    assert drive(harness.coordinator.describe("id-7")).state == "Empty"
    before = harness.store.appends
    harness.clock.advance(1)
    assert refusal(harness.coordinator.describe("id-7")) is ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
    assert harness.store.appends - before == 2
    tombstones = [key for shard in (0, 1) for key, value in harness.entries(shard) if value is None]
    assert len(tombstones) == 200
