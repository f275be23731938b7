from __future__ import annotations

import pytest

from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.listing import delete
from kafkacompat.groups.offsets.delete import OffsetDelete, topics_deleted
from kafkacompat.groups.offsets.expiry import schedule_sweep
from kafkacompat.groups.offsets.fetch import NO_OFFSET, OffsetFetch, TopicOffsets, TopicToFetch
from kafkacompat.groups.records import CommittedOffset, GroupRecord, OffsetRecord
from kafkacompat.wire.errors import ErrorCode
from tests.groups.harness import GROUP, TOPIC_IDS, Harness

NONE = ErrorCode.NONE
DAY_MS = 86_400_000
# Consumer metadata that subscribes to topic "t": version 1, one topic, no user data, owned partitions that are ignored.
SUBSCRIBED = {"range": b"\0\1\0\0\0\1\0\1t\xff\xff\xff\xff\0\0\0\0"}


class Topics:
    """The topics of the harness, but those that a test names as gone."""

    def __init__(self, *gone: str) -> None:
        self.there = {name: topic_id for name, topic_id in TOPIC_IDS.items() if name not in gone}

    def topic_id(self, name: str) -> bytes | None:
        return self.there.get(name)

    def topic_name(self, topic_id: bytes) -> str | None:
        return next((name for name, known in self.there.items() if known == topic_id), None)

    def partition_count(self, name: str) -> int | None:
        return 10 if name in self.there else None


def fetch(harness: Harness, *topics: TopicToFetch, group_id: str = GROUP) -> list[TopicOffsets]:
    found: list[TopicOffsets] = harness.decide(OffsetFetch(group_id, topics or None).decide).value
    return found


class TestCommit:
    def test_without_membership_creates_a_simple_group(self) -> None:
        harness = Harness()
        now_ms = harness.clock.now_ms()
        assert harness.commit([("t", 0, 5), ("u", 1, 7)], metadata="note").value == [NONE, NONE]
        assert harness.log == [
            OffsetRecord(GROUP, "t", 0, CommittedOffset(5, 3, "note", now_ms, -1, TOPIC_IDS["t"])),
            OffsetRecord(GROUP, "u", 1, CommittedOffset(7, 3, "note", now_ms, -1, TOPIC_IDS["u"])),
        ]
        assert harness.phase == "Empty"

    def test_null_metadata_is_kept_as_empty(self) -> None:
        harness = Harness()
        harness.commit(metadata=None)
        assert fetch(harness)[0][1][0][1].metadata == ""

    def test_a_retention_time_becomes_a_time_of_expiry(self) -> None:
        harness = Harness()
        harness.commit(retention_ms=5_000)
        (record,) = harness.log
        assert isinstance(record, OffsetRecord)
        assert record.committed is not None
        assert record.committed.expire_timestamp_ms == harness.clock.now_ms() + 5_000

    def test_long_metadata_spoils_its_partition_alone(self) -> None:
        harness = Harness(GroupConfig(initial_rebalance_delay_ms=0, offset_metadata_max_chars=4))
        assert harness.commit(metadata="éàüö").value == [NONE]
        assert harness.commit(metadata="12345").value == [ErrorCode.OFFSET_METADATA_TOO_LARGE]
        assert len(harness.log) == 1

    def test_metadata_is_measured_as_java_does(self) -> None:
        harness = Harness(GroupConfig(initial_rebalance_delay_ms=0, offset_metadata_max_chars=4))
        assert harness.commit(metadata="\U0001f600\U0001f600").value == [NONE]
        assert harness.commit(metadata="\U0001f600\U0001f600.").value == [ErrorCode.OFFSET_METADATA_TOO_LARGE]

    def test_by_a_member(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        assert harness.commit(member_id=only, generation_id=1).value == [NONE]
        assert harness.commit(member_id=only, generation_id=2).refusal is ErrorCode.ILLEGAL_GENERATION
        assert harness.commit(member_id="who", generation_id=1).refusal is ErrorCode.UNKNOWN_MEMBER_ID

    def test_from_outside_a_group_with_members(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        assert harness.commit().refusal is ErrorCode.UNKNOWN_MEMBER_ID
        assert harness.commit(member_id=only).refusal is ErrorCode.ILLEGAL_GENERATION

    def test_to_a_group_that_is_not_there(self) -> None:
        harness = Harness()
        assert harness.commit(member_id="who", generation_id=1).refusal is ErrorCode.GROUP_ID_NOT_FOUND
        assert harness.state.groups == {}

    def test_to_an_empty_group(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a")
        harness.leave((only, None))
        assert harness.commit(member_id="anyone").value == [NONE]
        assert harness.commit(member_id=only, generation_id=2).refusal is ErrorCode.UNKNOWN_MEMBER_ID

    def test_during_a_rebalance(self) -> None:
        harness = Harness()
        first, second = harness.stable("a", "b")
        harness.join(first)
        assert harness.commit(member_id=second, generation_id=2).value == [NONE]
        harness.join(second)
        assert harness.commit(member_id=second, generation_id=3).refusal is ErrorCode.REBALANCE_IN_PROGRESS


class TestFetch:
    def test_of_partitions_in_the_order_asked(self) -> None:
        harness = Harness()
        harness.commit([("t", 1, 5)])
        committed = CommittedOffset(5, 3, "", harness.clock.now_ms(), -1, TOPIC_IDS["t"])
        found = fetch(harness, TopicToFetch("nosuch", [0]), TopicToFetch("t", [2, 1]))
        assert found == [("nosuch", [(0, NO_OFFSET)]), ("t", [(2, NO_OFFSET), (1, committed)])]

    def test_of_everything(self) -> None:
        harness = Harness()
        harness.commit([("t", 1, 5), ("u", 0, 6), ("t", 0, 7)])
        found = [(topic, [(index, committed.offset) for index, committed in rest]) for topic, rest in fetch(harness)]
        assert found == [("t", [(1, 5), (0, 7)]), ("u", [(0, 6)])]

    def test_of_a_group_that_is_not_there(self) -> None:
        harness = Harness()
        assert fetch(harness) == []
        assert fetch(harness, TopicToFetch("t", [0])) == [("t", [(0, NO_OFFSET)])]

    def test_what_was_committed_for_a_former_topic_does_not_count(self) -> None:
        harness = Harness()
        harness.commit()
        assert fetch(harness, TopicToFetch("t", [0], TOPIC_IDS["t"]))[0][1][0][1].offset == 5
        assert fetch(harness, TopicToFetch("t", [0], b"n" * 16))[0][1] == [(0, NO_OFFSET)]


class TestDelete:
    def test_of_a_group_without_members(self) -> None:
        harness = Harness()
        harness.commit([("t", 0, 5), ("t", 1, 5)])
        codes = harness.decide(OffsetDelete(GROUP, [("t", 0), ("u", 3)]).decide).value
        assert codes == [NONE, NONE]
        assert harness.log[2:] == [OffsetRecord(GROUP, "t", 0, None)]
        assert [index for index, _ in fetch(harness)[0][1]] == [1]

    def test_of_topics_that_members_do_not_consume(self) -> None:
        harness = Harness()
        (only,) = harness.stable("a", protocols=SUBSCRIBED)
        harness.commit([("t", 0, 5), ("u", 0, 5)], only, 1)
        codes = harness.decide(OffsetDelete(GROUP, [("t", 0), ("u", 0)]).decide).value
        assert codes == [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, NONE]

    def test_of_a_group_with_members_of_another_kind(self) -> None:
        harness = Harness()
        harness.stable("a", protocol_type="connect")
        assert harness.decide(OffsetDelete(GROUP, [("t", 0)]).decide).refusal is ErrorCode.NON_EMPTY_GROUP

    def test_of_a_group_that_is_not_there(self) -> None:
        answer = Harness().decide(OffsetDelete(GROUP, [("t", 0)]).decide)
        assert answer.refusal is ErrorCode.GROUP_ID_NOT_FOUND

    def test_with_the_group(self) -> None:
        harness = Harness()
        harness.commit()
        harness.decide(delete(GROUP))
        assert harness.log[1:] == [OffsetRecord(GROUP, "t", 0, None), GroupRecord(GROUP, None)]
        assert fetch(harness) == []
        assert harness.state.groups == {}

    def test_with_the_topic(self) -> None:
        harness = Harness()
        harness.commit([("t", 0, 5), ("u", 0, 5)])
        harness.commit([("t", 1, 5), ("u", 1, 5)], group_id="another", retention_ms=1_000)
        harness.decide(lambda state: topics_deleted(state, [TOPIC_IDS["t"]], Topics("t")))
        assert harness.log[4:] == [OffsetRecord(GROUP, "t", 0, None), OffsetRecord("another", "t", 1, None)]

    def test_with_the_topic_even_where_the_log_does_not_know_its_id(self) -> None:
        harness = Harness()
        harness.commit([("t", 0, 5), ("u", 0, 5)])
        without_ids = [
            record._replace(committed=record.committed._replace(topic_id=bytes(16)))
            for record in harness.log
            if isinstance(record, OffsetRecord) and record.committed is not None
        ]
        harness.log = list(without_ids)
        harness.state = harness.replayed()
        harness.decide(lambda state: topics_deleted(state, [TOPIC_IDS["t"]], Topics("t")))
        assert harness.log[2:] == [OffsetRecord(GROUP, "t", 0, None)]


class TestExpiry:
    def swept(self) -> Harness:
        harness = Harness()
        schedule_sweep(harness.state)
        return harness

    def offsets(self, harness: Harness) -> list[tuple[str, int]]:
        return [(topic, index) for topic, rest in fetch(harness) for index, _ in rest]

    def test_of_a_simple_group_counts_from_each_commit(self) -> None:
        harness = self.swept()
        harness.commit([("t", 0, 5)])
        harness.clock.advance(4 * DAY_MS)
        harness.commit([("t", 1, 5)])
        harness.clock.advance(4 * DAY_MS)
        assert self.offsets(harness) == [("t", 1)]
        harness.clock.advance(4 * DAY_MS)
        assert self.offsets(harness) == []
        assert harness.state.groups == {}
        assert harness.log[-1] == GroupRecord(GROUP, None)

    def test_of_an_empty_group_counts_from_when_the_last_member_left(self) -> None:
        harness = self.swept()
        (only,) = harness.stable("a", session_timeout_ms=6 * DAY_MS)
        harness.commit(member_id=only, generation_id=1)
        harness.clock.advance(5 * DAY_MS)
        harness.leave((only, None))
        harness.clock.advance(6 * DAY_MS)
        assert self.offsets(harness) == [("t", 0)]
        harness.clock.advance(1 * DAY_MS + 600_000)
        assert self.offsets(harness) == []
        assert harness.state.stored == {}

    def test_of_topics_that_consumers_no_longer_consume(self) -> None:
        harness = self.swept()
        (only,) = harness.stable("a", protocols=SUBSCRIBED, session_timeout_ms=20 * DAY_MS)
        harness.commit([("t", 0, 5), ("u", 0, 5)], only, 1)
        harness.clock.advance(8 * DAY_MS)
        assert self.offsets(harness) == [("t", 0)]
        assert harness.phase == "Stable"

    def test_nothing_while_members_of_another_kind_are_there(self) -> None:
        harness = self.swept()
        (only,) = harness.stable("a", protocol_type="connect", session_timeout_ms=20 * DAY_MS)
        harness.commit(member_id=only, generation_id=1)
        harness.clock.advance(8 * DAY_MS)
        assert self.offsets(harness) == [("t", 0)]

    def test_at_the_time_that_the_commit_asked_for(self) -> None:
        harness = self.swept()
        harness.commit([("t", 0, 5)], retention_ms=30 * DAY_MS)
        harness.commit([("t", 1, 5)], retention_ms=1_000)
        harness.clock.advance(600_000)
        assert self.offsets(harness) == [("t", 0)]
        harness.clock.advance(29 * DAY_MS)
        assert self.offsets(harness) == [("t", 0)]
        harness.clock.advance(1 * DAY_MS)
        assert self.offsets(harness) == []

    def test_a_group_that_somebody_is_about_to_join_stays(self) -> None:
        harness = self.swept()
        harness.join(session_timeout_ms=700_000)
        harness.clock.advance(600_000)
        assert harness.join("c-1").join.error is NONE

    def test_an_empty_group_without_offsets_goes_at_the_next_look(self) -> None:
        harness = self.swept()
        (only,) = harness.stable("a")
        harness.leave((only, None))
        harness.clock.advance(600_000)
        assert harness.state.groups == {}


@pytest.mark.parametrize("subscription", [b"", b"\0", b"\0\0\0\0\0\1", b"\xff\xff\0\0\0\0"])
def test_consumers_whose_metadata_cannot_be_read_protect_nothing(subscription: bytes) -> None:
    harness = Harness()
    harness.stable("a", protocols={"range": subscription})
    assert harness.state.groups[GROUP].subscribed_topics is None
