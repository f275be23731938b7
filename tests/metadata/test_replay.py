"""Whatever is done to metadata, reading the log again gives the same state."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.codec import MetadataRecordCodec
from kafkacompat.metadata.producer_ids import allocate_block
from kafkacompat.metadata.state import apply
from kafkacompat.metadata.topics import create_topics, delete_topics
from kafkacompat.wire.metadata_records import ConfigRecord, FeatureLevelRecord
from tests.metadata.making import asked, contents, new_state, rules, topic_id

NAMES = st.sampled_from(["a", "b", "a.b", "a_b", "..", "__consumer_offsets"])
VALUES = st.sampled_from(["1", "2", None])
CONFIGS = st.lists(st.tuples(st.sampled_from(["retention.ms", "segment.ms", "nope"]), VALUES), max_size=2)
COUNTS = st.integers(-2, 4)


class Replay(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.codec = MetadataRecordCodec()
        self.live = new_state()
        self.log: list[bytes] = []
        self.topic_rules = rules(1, 2, 3)

    def carry_out(self, decision: Decision[Any]) -> None:
        self.log += [self.codec.encode(record)[1] for record in decision.records]
        for record in decision.records:
            apply(self.live, record)

    @rule(topics=st.lists(st.tuples(NAMES, COUNTS, COUNTS, CONFIGS), max_size=3, unique_by=lambda topic: topic[0]))
    def create(self, topics: list[tuple[str, int, int, list[tuple[str, str | None]]]]) -> None:
        wanted = [asked(name, partitions, factor, configs=configs) for name, partitions, factor, configs in topics]
        self.carry_out(create_topics(self.live, wanted, self.topic_rules))

    @rule(numbers=st.sets(st.integers(100, 110), max_size=3))
    def delete(self, numbers: set[int]) -> None:
        self.carry_out(delete_topics(self.live, [topic_id(number) for number in sorted(numbers)]))

    @rule()
    def take_producer_ids(self) -> None:
        self.carry_out(allocate_block(self.live, 1))

    @rule(resource_type=st.sampled_from([2, 4]), name=NAMES, value=VALUES)
    def set_config(self, resource_type: int, name: str, value: str | None) -> None:
        if resource_type == 4 or name in self.live.topics:
            record = ConfigRecord(resource_type=resource_type, resource_name=name, name="retention.ms", value=value)
            self.carry_out(Decision(None, [record]))

    @rule(level=st.integers(0, 3))
    def set_feature(self, level: int) -> None:
        self.carry_out(Decision(None, [FeatureLevelRecord(name="group.version", feature_level=level)]))

    @invariant()
    def a_replay_gives_the_same(self) -> None:
        replayed = new_state(self.codec.decode(None, value) for value in self.log)
        assert contents(replayed) == contents(self.live)

    @invariant()
    def indices_agree(self) -> None:
        state = self.live
        assert {topic.topic_id for topic in state.topics.values()} == state.topics_by_id.keys()
        assert state.partition_count == sum(len(topic.partitions) for topic in state.topics.values())


TestReplay = Replay.TestCase
TestReplay.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
