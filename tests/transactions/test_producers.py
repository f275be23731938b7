"""InitProducerId of a transactional producer: who may write, and who may not any more."""

from __future__ import annotations

import pytest

from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.coordinator import Initialized
from kafkacompat.wire.errors import ErrorCode
from tests.transactions.harness import ID, TIMEOUT_MS, Harness, drive, refusal

BOTH_FLOWS = pytest.mark.parametrize("version", [0, 1, 2])


@BOTH_FLOWS
def test_a_new_producer_gets_a_new_id_and_epoch_0(version: int) -> None:
    harness = Harness(version=version)
    assert harness.producer() == Initialized(1000, 0)
    assert harness.state == "Empty 0"
    assert harness.describe().start_ms == -1
    assert harness.describe().timeout_ms == TIMEOUT_MS


@BOTH_FLOWS
def test_a_producer_that_begins_anew_gets_the_next_epoch(version: int) -> None:
    harness = Harness(version=version)
    harness.producer()
    assert harness.producer() == Initialized(1000, 1)


def test_a_producer_that_begins_anew_may_have_another_timeout() -> None:
    harness = Harness()
    harness.producer()
    drive(harness.initialize(timeout_ms=5))
    assert harness.describe().timeout_ms == 5


def test_a_new_id_ignores_who_the_producer_says_it_was() -> None:
    harness = Harness()
    assert drive(harness.initialize(77, 5)) == Initialized(1000, 0)


def test_a_producer_that_says_who_it_is_gets_the_next_epoch() -> None:
    harness = Harness()
    producer = harness.producer()
    assert drive(harness.initialize(*producer)) == Initialized(1000, 1)


def test_a_producer_that_has_not_seen_the_answer_gets_it_again() -> None:
    harness = Harness()
    producer = harness.producer()
    drive(harness.initialize(*producer))
    assert drive(harness.initialize(*producer)) == Initialized(1000, 1)
    assert harness.states() == ["Empty 0", "Empty 1", "Empty 1"]


def test_a_producer_that_was_replaced_is_fenced() -> None:
    harness = Harness()
    producer = harness.producer()
    harness.producer()
    assert refusal(harness.initialize(*producer)) is ErrorCode.PRODUCER_FENCED


def test_a_producer_with_another_id_is_fenced() -> None:
    harness = Harness()
    harness.producer()
    assert refusal(harness.initialize(77, 0)) is ErrorCode.PRODUCER_FENCED


def test_a_producer_of_the_future_is_fenced() -> None:
    harness = Harness()
    harness.producer()
    assert refusal(harness.initialize(1000, 1)) is ErrorCode.PRODUCER_FENCED


@BOTH_FLOWS
def test_a_producer_whose_epochs_are_used_up_gets_a_new_id(version: int) -> None:
    harness = Harness(version=version)
    harness.exhaust()
    assert harness.producer() == Initialized(1001, 0)


def test_a_retry_after_a_new_id_gets_the_same_one() -> None:
    harness = Harness()
    producer = harness.exhaust()
    assert drive(harness.initialize(*producer)) == Initialized(1001, 0)
    assert drive(harness.initialize(*producer)) == Initialized(1001, 0)


def test_a_wrong_epoch_when_all_are_used_up_is_an_error_of_the_server_as_in_kafka() -> None:
    harness = Harness()
    producer_id, _ = harness.exhaust()
    assert refusal(harness.initialize(producer_id, 5)) is ErrorCode.UNKNOWN_SERVER_ERROR


def test_when_no_new_id_can_be_had_nothing_is_created() -> None:
    harness = Harness()
    harness.producer_ids.none_left = True
    assert refusal(harness.initialize()) is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    assert refusal(harness.coordinator.describe(ID)) is ErrorCode.TRANSACTIONAL_ID_NOT_FOUND


@pytest.mark.parametrize("timeout_ms", [0, -1, 900_001, (1 << 31) - 1])
def test_a_timeout_out_of_bounds_is_refused(timeout_ms: int) -> None:
    assert refusal(Harness().initialize(timeout_ms=timeout_ms)) is ErrorCode.INVALID_TRANSACTION_TIMEOUT


@pytest.mark.parametrize("timeout_ms", [1, 900_000])
def test_a_timeout_at_its_bounds_is_taken(timeout_ms: int) -> None:
    assert drive(Harness().initialize(timeout_ms=timeout_ms)) == Initialized(1000, 0)


def test_an_empty_id_is_refused_before_the_timeout() -> None:
    assert refusal(Harness().initialize(timeout_ms=0, name="")) is ErrorCode.INVALID_REQUEST


def test_an_id_that_could_not_be_recorded_is_refused() -> None:
    harness = Harness()
    assert refusal(harness.initialize(name="x" * 32768)) is ErrorCode.UNKNOWN_SERVER_ERROR
    assert drive(harness.initialize(name="x" * 32767)) == Initialized(1000, 0)


def test_a_shard_keeps_only_so_many_ids() -> None:
    harness = Harness(TransactionConfig(max_ids=2))
    drive(harness.initialize(name="a"))
    drive(harness.initialize(name="b"))
    assert refusal(harness.initialize(name="c")) is ErrorCode.COORDINATOR_NOT_AVAILABLE
    assert drive(harness.initialize(name="a")) == Initialized(1000, 1)


# -- while a transaction is open, or ends


@pytest.mark.parametrize(("version", "epochs"), [(0, [0, 1, 1, 2]), (1, [0, 1, 1, 2]), (2, [0, 1, 1, 2])])
def test_an_open_transaction_of_another_is_aborted_first(version: int, epochs: list[int]) -> None:
    harness = Harness(version=version)
    harness.open()
    assert refusal(harness.initialize()) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert harness.producer() == Initialized(1000, 2)
    states = ["Ongoing", "PrepareAbort", "CompleteAbort", "Empty"]
    assert harness.states()[1:] == [f"{state} {epoch}" for state, epoch in zip(states, epochs, strict=True)]
    ((marker, _),) = harness.markers.writes
    assert (marker.producer_epoch, marker.commit, marker.transaction_version) == (1, False, 2 if version == 2 else 0)


def test_a_producer_takes_up_after_its_own_open_transaction_was_aborted() -> None:
    harness = Harness()
    producer = harness.open()
    assert refusal(harness.initialize(*producer)) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert drive(harness.initialize(*producer)) == Initialized(1000, 1)


def test_in_the_old_flow_a_producer_is_fenced_by_the_end_of_its_own_open_transaction() -> None:
    harness = Harness(version=0)
    producer = harness.open()
    assert refusal(harness.initialize(*producer)) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert refusal(harness.initialize(*producer)) is ErrorCode.PRODUCER_FENCED


def test_whoever_has_the_producer_id_may_abort_what_is_open_whatever_its_epoch() -> None:
    harness = Harness()
    harness.open()
    assert refusal(harness.initialize(1000, 44)) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert harness.state == "CompleteAbort 1"


def test_another_producer_id_does_not_abort_what_is_open() -> None:
    harness = Harness()
    harness.open()
    assert refusal(harness.initialize(77, 0)) is ErrorCode.PRODUCER_FENCED
    assert harness.state == "Ongoing 0"


@pytest.mark.parametrize("commit", [True, False])
@BOTH_FLOWS
def test_while_a_transaction_ends_everyone_has_to_wait(version: int, commit: bool) -> None:  # noqa: FBT001
    harness = Harness(version=version)
    harness.stuck(commit=commit)
    assert refusal(harness.initialize()) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert refusal(harness.initialize(77, 0)) is ErrorCode.CONCURRENT_TRANSACTIONS
    harness.unstick()
    assert harness.producer().producer_epoch == (2 if version == 2 else 1)


def test_an_open_transaction_at_the_last_epoch_is_aborted_under_the_fencing_one_and_a_new_id_follows() -> None:
    harness = Harness()
    producer = harness.exhaust()
    drive(harness.add(producer))
    assert refusal(harness.initialize()) is ErrorCode.CONCURRENT_TRANSACTIONS
    ((marker, _),) = harness.markers.writes
    assert (marker.producer_id, marker.producer_epoch) == (1000, 32767)
    assert harness.state == "CompleteAbort 0"
    assert harness.producer() == Initialized(1001, 1)


def test_in_the_old_flow_a_new_id_follows_the_fencing_epoch_when_someone_asks() -> None:
    harness = Harness(version=0)
    producer = harness.exhaust()
    drive(harness.add(producer))
    assert refusal(harness.initialize()) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert harness.state == "CompleteAbort 32767"
    assert harness.producer() == Initialized(1001, 0)


def test_when_no_new_id_can_be_had_what_is_open_stays_open() -> None:
    harness = Harness()
    producer = harness.exhaust()
    drive(harness.add(producer))
    harness.producer_ids.none_left = True
    assert refusal(harness.initialize()) is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    assert harness.state == "Ongoing 32766"
