"""EndTxn in both flows: a transaction ends one way, once, and the answer can be had again."""

from __future__ import annotations

import pytest

from kafkacompat.transactions.coordinator import Ended
from kafkacompat.wire.errors import ErrorCode
from tests.transactions.harness import P0, P1, Harness, drive, refusal

EITHER_WAY = pytest.mark.parametrize("commit", [True, False])
WORDS = {True: "Commit", False: "Abort"}


class TestOldFlow:
    """EndTxn 0-4: the epoch stays (KIP-98)."""

    @EITHER_WAY
    def test_an_open_transaction_ends(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness(version=0)
        producer = harness.open(P0, P1)
        assert drive(harness.end(producer, commit=commit)) == Ended(-1, -1)
        assert harness.states()[2:] == [f"Prepare{WORDS[commit]} 0", f"Complete{WORDS[commit]} 0"]
        ((marker, partitions),) = harness.markers.writes
        assert marker == (1000, 0, 7, commit, 0)
        assert partitions == [P0, P1]
        assert harness.describe().partitions == []

    @EITHER_WAY
    def test_what_has_ended_so_ends_again(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness(version=0)
        producer = harness.open()
        drive(harness.end(producer, commit=commit))
        drive(harness.end(producer, commit=commit))
        assert len(harness.markers.writes) == 1

    @EITHER_WAY
    def test_what_has_ended_so_does_not_end_otherwise(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness(version=0)
        producer = harness.open()
        drive(harness.end(producer, commit=commit))
        assert refusal(harness.end(producer, commit=not commit)) is ErrorCode.INVALID_TXN_STATE

    @EITHER_WAY
    def test_what_has_not_begun_does_not_end(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness(version=0)
        producer = harness.producer()
        assert refusal(harness.end(producer, commit=commit)) is ErrorCode.INVALID_TXN_STATE

    def test_while_it_ends_everyone_who_may_ask_has_to_wait(self) -> None:
        harness = Harness(version=0)
        producer = harness.stuck(commit=True)
        assert refusal(harness.end(producer, commit=True)) is ErrorCode.CONCURRENT_TRANSACTIONS
        assert refusal(harness.end(producer, commit=False)) is ErrorCode.CONCURRENT_TRANSACTIONS
        assert refusal(harness.end((1000, 1))) is ErrorCode.PRODUCER_FENCED
        assert refusal(harness.end((77, 0))) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
        harness.unstick()
        drive(harness.end(producer, commit=True))

    def test_only_the_current_epoch_ends_it(self) -> None:
        harness = Harness(version=0)
        harness.open()
        for epoch in (-1, 1):
            assert refusal(harness.end((1000, epoch))) is ErrorCode.PRODUCER_FENCED

    def test_the_last_epoch_stays_as_well(self) -> None:
        harness = Harness(version=0)
        producer = harness.exhaust()
        drive(harness.add(producer))
        drive(harness.end(producer))
        assert harness.state == "CompleteCommit 32766"


class TestNewFlow:
    """EndTxn 5: every end raises the epoch (KIP-890)."""

    @EITHER_WAY
    def test_an_open_transaction_ends(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness()
        producer = harness.open(P0, P1)
        assert drive(harness.end(producer, commit=commit)) == Ended(1000, 1)
        assert harness.states()[2:] == [f"Prepare{WORDS[commit]} 1", f"Complete{WORDS[commit]} 1"]
        ((marker, partitions),) = harness.markers.writes
        assert marker == (1000, 1, 7, commit, 2)
        assert partitions == [P0, P1]

    @EITHER_WAY
    def test_who_has_not_seen_the_answer_gets_it_again(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness()
        producer = harness.open()
        drive(harness.end(producer, commit=commit))
        assert drive(harness.end(producer, commit=commit)) == Ended(1000, 1)
        assert len(harness.markers.writes) == 1

    @EITHER_WAY
    def test_who_has_not_seen_the_answer_cannot_change_his_mind(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness()
        producer = harness.open()
        drive(harness.end(producer, commit=commit))
        assert refusal(harness.end(producer, commit=not commit)) is ErrorCode.INVALID_TXN_STATE

    def test_nothing_can_be_aborted(self) -> None:
        harness = Harness()
        producer = harness.producer()
        harness.clock.advance(5)
        assert drive(harness.end(producer, commit=False)) == Ended(1000, 1)
        assert harness.states() == ["Empty 0", "PrepareAbort 1", "CompleteAbort 1"]
        assert harness.markers.writes == []
        assert harness.describe().start_ms == harness.clock.now_ms()

    @EITHER_WAY
    def test_nothing_can_be_aborted_after_a_transaction(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness()
        ended = drive(harness.end(harness.open(), commit=commit))
        assert drive(harness.end(ended, commit=False)) == Ended(1000, 2)
        assert harness.state == "CompleteAbort 2"

    @EITHER_WAY
    def test_nothing_cannot_be_committed(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness()
        producer = harness.producer()
        assert refusal(harness.end(producer)) is ErrorCode.INVALID_TXN_STATE
        drive(harness.add(producer))
        ended = drive(harness.end(producer, commit=commit))
        assert refusal(harness.end(ended)) is ErrorCode.INVALID_TXN_STATE

    def test_while_it_ends_everyone_has_to_wait(self) -> None:
        harness = Harness()
        producer = harness.stuck()
        for asking in (producer, (1000, 1), (1000, 9), (77, 0)):
            for commit in (True, False):
                assert refusal(harness.end(asking, commit=commit)) is ErrorCode.CONCURRENT_TRANSACTIONS
        harness.unstick()
        assert drive(harness.end(producer)) == Ended(1000, 1)

    @pytest.mark.parametrize("epoch", [-1, 0, 2])
    def test_only_the_current_epoch_ends_what_is_open(self, epoch: int) -> None:
        harness = Harness()
        drive(harness.add(drive(harness.end(harness.open()))))
        assert refusal(harness.end((1000, epoch))) is ErrorCode.PRODUCER_FENCED

    @pytest.mark.parametrize("epoch", [-1, 1, 5])
    def test_only_the_current_epoch_aborts_nothing(self, epoch: int) -> None:
        harness = Harness()
        harness.producer()
        assert refusal(harness.end((1000, epoch), commit=False)) is ErrorCode.PRODUCER_FENCED

    @EITHER_WAY
    def test_after_the_last_epoch_the_producer_gets_a_new_id(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness()
        producer = harness.exhaust()
        drive(harness.add(producer))
        assert drive(harness.end(producer, commit=commit)) == Ended(1001, 0)
        ((marker, _),) = harness.markers.writes
        assert (marker.producer_id, marker.producer_epoch) == (1000, 32767)
        assert harness.states()[-2:] == [f"Prepare{WORDS[commit]} 32767", f"Complete{WORDS[commit]} 0"]
        drive(harness.add((1001, 0)))

    @EITHER_WAY
    def test_who_has_not_heard_of_a_new_id_gets_the_answer_again(self, commit: bool) -> None:  # noqa: FBT001
        harness = Harness()
        producer = harness.exhaust()
        drive(harness.add(producer))
        drive(harness.end(producer, commit=commit))
        harness.restart()
        assert drive(harness.end(producer, commit=commit)) == Ended(1001, 0)
        assert refusal(harness.end(producer, commit=not commit)) is ErrorCode.INVALID_TXN_STATE

    def test_when_no_new_id_can_be_had_it_stays_open(self) -> None:
        harness = Harness()
        producer = harness.exhaust()
        drive(harness.add(producer))
        harness.producer_ids.none_left = True
        assert refusal(harness.end(producer)) is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
        harness.producer_ids.none_left = False
        assert drive(harness.end(producer)) == Ended(1001, 0)

    def test_at_the_fencing_epoch_one_can_abort_but_not_commit(self) -> None:
        harness = Harness(version=0)
        drive(harness.add(harness.exhaust()))
        harness.clock.advance(60_000)
        assert harness.state == "CompleteAbort 32767"
        harness.version = 2
        drive(harness.add((1000, 32767)))
        assert refusal(harness.end((1000, 32767))) is ErrorCode.UNKNOWN_SERVER_ERROR
        assert drive(harness.end((1000, 32767), commit=False)) == Ended(1001, 0)


@pytest.mark.parametrize("version", [0, 2])
def test_of_an_unknown_or_empty_id_nothing_can_end(version: int) -> None:
    harness = Harness(version=version)
    assert refusal(harness.end((1000, 0))) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
    assert refusal(harness.end((1000, 0), name="")) is ErrorCode.INVALID_REQUEST


@EITHER_WAY
def test_a_client_of_the_old_flow_works_on_a_server_of_the_new(commit: bool) -> None:  # noqa: FBT001
    harness = Harness(version=2)
    producer = harness.open()
    drive(harness.end(producer, commit=commit, version=1))
    assert harness.state == f"Complete{WORDS[commit]} 0"
    assert harness.markers.writes[0][0].transaction_version == 0
    drive(harness.add(producer))
    assert drive(harness.end(producer, commit=commit, version=2)) == Ended(1000, 1)


def test_a_transaction_that_was_open_when_the_version_was_raised_ends_as_its_client_knows() -> None:
    harness = Harness(version=0)
    producer = harness.open()
    harness.version = 2
    drive(harness.end(producer, version=1))
    assert harness.state == "CompleteCommit 0"


@EITHER_WAY
def test_a_transaction_that_was_open_when_the_version_was_lowered_ends_as_its_client_knows(
    commit: bool,  # noqa: FBT001
) -> None:
    harness = Harness(version=2)
    producer = harness.open()
    harness.version = 0
    assert drive(harness.end(producer, commit=commit, version=2)) == Ended(1000, 1)
    assert harness.state == f"Complete{WORDS[commit]} 1"
    harness.restart()
    assert harness.state == f"Complete{WORDS[commit]} 1"
