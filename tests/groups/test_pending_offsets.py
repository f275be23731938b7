"""Offsets in transactions: what counts, from when on, and what is said meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.listing import delete, list_groups
from kafkacompat.groups.offsets.delete import OffsetDelete, topics_deleted
from kafkacompat.groups.offsets.expiry import schedule_sweep
from kafkacompat.groups.offsets.fetch import UNSTABLE, OffsetFetch, TopicToFetch
from kafkacompat.groups.records import CommittedOffset, GroupRecord, OffsetRecord
from kafkacompat.wire.errors import ErrorCode
from tests.groups.harness import AT_ONCE, GROUP, TOPIC_IDS, Ended, Harness, Pended
from tests.groups.test_offsets import DAY_MS, SUBSCRIBED, Topics

NONE = ErrorCode.NONE
P, Q = 7, 8
"""Producers."""
OPEN = "?"


def now(harness: Harness, partition: int = 0, *, stable: bool = True, group_id: str = GROUP) -> int | str:
    """Return what a partition's offset is, or that it is not stable."""
    fetch = OffsetFetch(group_id, [TopicToFetch("t", [partition])], require_stable=stable)
    ((_, ((_, committed),)),) = harness.decide(fetch.decide).value
    return OPEN if committed is UNSTABLE else int(committed.offset)


def everything(harness: Harness, *, stable: bool) -> dict[tuple[str, int], int | str]:
    found = harness.decide(OffsetFetch(GROUP, None, require_stable=stable).decide).value
    return {
        (topic, index): OPEN if committed is UNSTABLE else committed.offset
        for topic, partitions in found
        for index, committed in partitions
    }


def at(harness: Harness, producer_id: int, offset: int, partition: int = 0) -> None:
    assert harness.commit_within(producer_id, [("t", partition, offset)]).value == [NONE]


def groups(harness: Harness) -> list[str]:
    return [listing.group_id for listing in harness.decide(list_groups).value]


class TestWhatCounts:
    def test_what_is_committed(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        assert (now(harness), now(harness, stable=False)) == (OPEN, -1)
        harness.end(P)
        assert now(harness) == 5

    def test_not_what_is_aborted(self) -> None:
        harness = Harness()
        harness.commit([("t", 0, 3)])
        at(harness, P, 5)
        assert (now(harness), now(harness, stable=False)) == (OPEN, 3)
        harness.end(P, commit=False)
        assert now(harness) == 3

    def test_every_part_of_it(self) -> None:
        harness = Harness()
        harness.commit_within(P, [("t", 0, 5), ("u", 1, 6)])
        harness.commit_within(P, [("t", 2, 7)], group_id="another")
        harness.end(P)
        assert everything(harness, stable=True) == {("t", 0): 5, ("u", 1): 6}
        assert now(harness, 2, group_id="another") == 7

    def test_the_last_of_one_producer(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        at(harness, P, 4)
        harness.end(P)
        assert now(harness) == 4

    def test_nothing_of_the_transaction_before(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        harness.end(P, commit=False)
        at(harness, P, 6, partition=1)
        harness.end(P)
        assert everything(harness, stable=True) == {("t", 1): 6}

    def test_an_end_of_nothing(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        harness.end(Q)
        assert now(harness) == OPEN

    def test_what_a_plain_commit_has_overtaken_does_not(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        harness.commit([("t", 0, 6)])
        assert (now(harness), now(harness, stable=False)) == (OPEN, 6)
        harness.end(P)
        assert now(harness) == 6

    def test_what_has_overtaken_a_plain_commit_does(self) -> None:
        harness = Harness()
        harness.commit([("t", 0, 6)])
        at(harness, P, 5)
        harness.end(P)
        assert now(harness) == 5

    @pytest.mark.parametrize("first", [P, Q])
    def test_the_later_of_two_producers_whichever_ends_first(self, first: int) -> None:
        harness = Harness()
        at(harness, P, 5)
        at(harness, Q, 6)
        harness.end(first)
        assert (now(harness), now(harness, stable=False)) == (OPEN, 5 if first == P else 6)
        harness.end(P + Q - first)
        assert now(harness) == 6

    def test_the_earlier_of_two_producers_if_the_later_is_aborted(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        at(harness, Q, 6)
        harness.end(Q, commit=False)
        harness.end(P)
        assert now(harness) == 5

    def test_what_came_after_a_plain_commit_that_overtook_it(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        harness.commit([("t", 0, 6)])
        at(harness, P, 7)
        harness.end(P)
        assert now(harness) == 7

    def test_as_old_as_the_commit_not_as_the_end(self) -> None:
        harness = Harness()
        began_ms = harness.clock.now_ms()
        at(harness, P, 5)
        harness.clock.advance(1_000)
        harness.end(P)
        committed = CommittedOffset(5, 3, "", began_ms, -1, TOPIC_IDS["t"])
        assert harness.state.offsets == {GROUP: {"t": {0: committed}}}


class TestStability:
    def test_only_places_that_a_transaction_is_open_for(self) -> None:
        harness = Harness()
        harness.commit([("t", 0, 1), ("t", 1, 2), ("u", 0, 3)])
        at(harness, P, 5)
        assert everything(harness, stable=True) == {("t", 0): OPEN, ("t", 1): 2, ("u", 0): 3}
        assert everything(harness, stable=False) == {("t", 0): 1, ("t", 1): 2, ("u", 0): 3}
        assert now(harness, group_id="another") == -1

    def test_everything_leaves_out_what_is_only_pending(self) -> None:
        """As with Kafka, which goes through committed offsets alone."""
        harness = Harness()
        at(harness, P, 5)
        assert everything(harness, stable=True) == {}


class TestCommitting:
    def test_records_are_those_of_the_transaction(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        committed = CommittedOffset(5, 3, "", harness.clock.now_ms(), -1, TOPIC_IDS["t"])
        assert harness.log == [Pended(P, OffsetRecord(GROUP, "t", 0, committed))]

    def test_long_metadata_spoils_its_partition_alone(self) -> None:
        harness = Harness(GroupConfig(initial_rebalance_delay_ms=0, offset_metadata_max_chars=4))
        assert harness.commit_within(P, metadata="12345").value == [ErrorCode.OFFSET_METADATA_TOO_LARGE]
        assert harness.commit_within(P, metadata=None).value == [NONE]
        assert len(harness.log) == 1

    def test_where_nothing_is_kept_no_group_comes_of_it(self) -> None:
        harness = Harness(AT_ONCE._replace(offset_metadata_max_chars=4))
        harness.commit_within(P, metadata="12345")
        harness.commit(metadata="12345")
        assert groups(harness) == []

    def test_by_a_member(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        assert harness.commit_within(P, member_id=only, generation_id=1).value == [NONE]
        assert harness.commit_within(P, member_id=only, generation_id=2).refusal is ErrorCode.ILLEGAL_GENERATION
        assert harness.commit_within(P, member_id=only).refusal is ErrorCode.ILLEGAL_GENERATION
        assert harness.commit_within(P, member_id="who", generation_id=1).refusal is ErrorCode.UNKNOWN_MEMBER_ID
        assert harness.commit_within(P, generation_id=1).refusal is ErrorCode.UNKNOWN_MEMBER_ID
        assert harness.commit_within(P, instance="i").refusal is ErrorCode.UNKNOWN_MEMBER_ID

    def test_by_a_static_member(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a", instance=True)
        assert harness.commit_within(P, member_id=only, generation_id=1, instance="a").value == [NONE]
        fenced = harness.commit_within(P, member_id="who", generation_id=1, instance="a")
        assert fenced.refusal is ErrorCode.FENCED_INSTANCE_ID

    def test_by_nobody_in_particular(self) -> None:
        """Old producers say nothing of their membership, and may commit for any group."""
        harness = Harness()
        harness.stable("a")
        assert harness.commit_within(P).value == [NONE]

    def test_for_a_group_without_members(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        harness.leave((only, None))
        assert harness.commit_within(P, member_id="anyone").value == [NONE]
        assert harness.commit_within(P, member_id=only, generation_id=2).refusal is ErrorCode.UNKNOWN_MEMBER_ID

    def test_for_a_group_that_is_not_there(self) -> None:
        harness = Harness()
        assert harness.commit_within(P, member_id="who", generation_id=1).refusal is ErrorCode.GROUP_ID_NOT_FOUND
        assert harness.commit_within(P, member_id="who").value == [NONE]
        assert groups(harness) == [GROUP]

    def test_during_a_rebalance(self) -> None:
        """Unlike a plain commit: whoever has the generation's offsets may still bring them in."""
        harness = Harness()
        first, second = harness.stable("a", "b")
        harness.join(first)
        harness.join(second)
        assert harness.phase == "CompletingRebalance"
        assert harness.commit_within(P, member_id=second, generation_id=3).value == [NONE]


class TestDeleting:
    def test_offsets(self) -> None:
        harness = Harness()
        harness.commit([("t", 0, 1)])
        at(harness, P, 5)
        at(harness, Q, 6, partition=1)
        codes = harness.decide(OffsetDelete(GROUP, [("t", 0), ("t", 1), ("t", 2)]).decide).value
        assert codes == [NONE] * 3
        assert harness.log[3:] == [OffsetRecord(GROUP, "t", 0, None), OffsetRecord(GROUP, "t", 1, None)]
        assert (now(harness), now(harness, 1)) == (-1, -1)
        harness.end(P)
        harness.end(Q)
        assert everything(harness, stable=True) == {}

    def test_and_committing_again(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        harness.decide(OffsetDelete(GROUP, [("t", 0)]).decide)
        at(harness, P, 6)
        assert now(harness) == OPEN
        harness.end(P)
        assert now(harness) == 6

    def test_the_group(self) -> None:
        harness = Harness()
        harness.commit([("t", 1, 1)])
        at(harness, P, 5)
        at(harness, Q, 5, partition=1)
        assert harness.decide(delete(GROUP)).value is None
        assert harness.log[3:] == [
            OffsetRecord(GROUP, "t", 1, None),
            OffsetRecord(GROUP, "t", 0, None),
            GroupRecord(GROUP, None),
        ]
        harness.end(P)
        harness.end(Q)
        assert everything(harness, stable=True) == {}
        assert groups(harness) == []
        assert harness.replayed().groups == {}

    def test_the_group_of_an_open_transaction_stays_away_after_a_replay(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        harness.decide(delete(GROUP))
        assert harness.replayed().groups == {}

    def test_a_group_that_comes_again_in_the_same_transaction(self) -> None:
        harness = Harness()
        at(harness, P, 5)
        harness.decide(delete(GROUP))
        at(harness, P, 6, partition=1)
        harness.end(P)
        assert everything(harness, stable=True) == {("t", 1): 6}
        assert groups(harness) == [GROUP]

    def test_the_topic(self) -> None:
        harness = Harness()
        harness.commit_within(P, [("t", 0, 5), ("u", 0, 5)])
        harness.commit([("t", 1, 1)])
        at(harness, Q, 6)
        harness.decide(lambda state: topics_deleted(state, [TOPIC_IDS["t"]], Topics("t")))
        assert harness.log[4:] == [OffsetRecord(GROUP, "t", 1, None), OffsetRecord(GROUP, "t", 0, None)]
        harness.end(P)
        harness.end(Q)
        assert everything(harness, stable=True) == {("u", 0): 5}

    def test_the_topic_of_what_was_overtaken(self) -> None:
        """What overtook it goes as well, and nothing of the place is open any more."""
        harness = Harness()
        at(harness, P, 5)
        harness.commit([("t", 0, 6)])
        harness.decide(lambda state: topics_deleted(state, [TOPIC_IDS["t"]], Topics("t")))
        assert now(harness) == -1


class TestExpiry:
    def swept(self) -> Harness:
        harness = Harness()
        schedule_sweep(harness.state)
        return harness

    def test_spares_what_a_transaction_may_change(self) -> None:
        harness = self.swept()
        harness.commit([("t", 0, 1), ("t", 1, 1)])
        at(harness, P, 5)
        harness.clock.advance(8 * DAY_MS)
        assert everything(harness, stable=False) == {("t", 0): 1}
        harness.end(P, commit=False)
        harness.clock.advance(600_000)
        assert everything(harness, stable=True) == {}
        assert groups(harness) == []

    def test_spares_a_group_that_has_nothing_else(self) -> None:
        harness = self.swept()
        at(harness, P, 5)
        harness.clock.advance(8 * DAY_MS)
        assert groups(harness) == [GROUP]
        assert harness.log[1:] == []
        harness.end(P, commit=False)
        harness.clock.advance(600_000)
        assert groups(harness) == []
        assert harness.log[1:] == [Ended(P, commit=False), GroupRecord(GROUP, None)]

    def test_takes_a_group_whose_pending_offsets_were_deleted(self) -> None:
        harness = self.swept()
        at(harness, P, 5)
        harness.decide(OffsetDelete(GROUP, [("t", 0)]).decide)
        harness.clock.advance(600_000)
        assert groups(harness) == []

    def test_counts_from_the_commit(self) -> None:
        harness = self.swept()
        at(harness, P, 5)
        harness.clock.advance(6 * DAY_MS)
        harness.end(P)
        harness.clock.advance(DAY_MS // 2)
        assert now(harness) == 5
        harness.clock.advance(DAY_MS)
        assert now(harness) == -1

    def test_offsets_of_a_topic_that_is_consumed_cannot_be_deleted(self) -> None:
        harness = Harness()
        harness.stable("a", protocols=SUBSCRIBED)
        at(harness, P, 5)
        codes = harness.decide(OffsetDelete(GROUP, [("t", 0)]).decide).value
        assert codes == [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC]
        assert now(harness) == OPEN


ACTS = st.lists(
    st.tuples(st.sampled_from(["plain", "within", "within", "commit", "abort", "delete"]), st.sampled_from([6, P, Q])),
    max_size=30,
)


@given(ACTS)
def test_against_a_model_that_knows_when_each_commit_came(acts: list[tuple[str, int]]) -> None:
    """Of what is committed the one that came last in the log counts; the offset says when it came."""
    harness, committed, pending = Harness(), -1, dict[int, int]()
    for came, (act, producer_id) in enumerate(acts):
        match act:
            case "plain":
                harness.commit([("t", 0, came)])
                committed = came
            case "within":
                at(harness, producer_id, came)
                pending[producer_id] = came
            case "delete":
                harness.decide(OffsetDelete(GROUP, [("t", 0)]).decide)
                committed = -1
                pending.clear()
            case _:
                harness.end(producer_id, commit=act == "commit")
                mine = pending.pop(producer_id, -1)
                committed = max(committed, mine) if act == "commit" else committed
        assert now(harness, stable=False) == committed
        assert now(harness) == (OPEN if pending else committed)
