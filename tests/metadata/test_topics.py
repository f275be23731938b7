"""Creating and deleting topics, with the codes and texts that a Kafka 4.4.0 broker gave to the same requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.metadata.state import MetadataState, apply
from kafkacompat.metadata.topics import (
    EXCESSIVE_PARTITIONS,
    EXCESSIVE_RECORDS,
    CreatedTopic,
    RefusedTopic,
    create_topics,
    delete_topics,
)
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.metadata_records import ConfigRecord, PartitionRecord, RemoveTopicRecord, TopicRecord
from tests.metadata.making import asked, new_state, rules, topic_id

if TYPE_CHECKING:
    from kafkacompat.wire.messages.create_topics import CreatableTopic

OUT_OF_BROKERS = (
    "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only "
    "1 broker(s) are registered or some brokers have all their log directories cordoned."
)
ILLEGAL_CHARACTERS = "contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"


def with_topics(*names: str) -> MetadataState:
    return new_state(TopicRecord(name=name, topic_id=topic_id(n)) for n, name in enumerate(names, 1))


def partition(index: int, owner: bytes, replicas: list[int], directories: list[bytes]) -> PartitionRecord:
    return PartitionRecord(
        partition_id=index,
        topic_id=owner,
        replicas=replicas,
        isr=replicas,
        removing_replicas=[],
        adding_replicas=[],
        leader=replicas[0],
        leader_epoch=0,
        partition_epoch=0,
        directories=directories,
    )


def test_records_are_those_that_kafka_writes() -> None:
    configs = [("retention.ms", "1000"), ("cleanup.policy", "compact")]
    decision = create_topics(new_state(), [asked("real", 2, configs=configs)], rules(0, directory_ids={0: b"D" * 16}))
    assert decision.reply == [
        CreatedTopic("real", topic_id(100), 2, 1, {"cleanup.policy": "compact", "retention.ms": "1000"})
    ]
    assert decision.records == [
        TopicRecord(name="real", topic_id=topic_id(100)),
        ConfigRecord(resource_type=2, resource_name="real", name="cleanup.policy", value="compact"),
        ConfigRecord(resource_type=2, resource_name="real", name="retention.ms", value="1000"),
        partition(0, topic_id(100), [0], [b"D" * 16]),
        partition(1, topic_id(100), [0], [b"D" * 16]),
    ]


def test_minus_one_means_the_brokers_defaults() -> None:
    decision = create_topics(new_state(), [asked("x", -1, -1)], rules(1, 2, partitions=3, replication_factor=2))
    assert decision.reply == [CreatedTopic("x", topic_id(100), 3, 2, {})]


def test_validate_only_answers_the_same_and_records_nothing() -> None:
    state, topic = new_state(), asked("x", 2, configs=[("retention.ms", "1")])
    tried = create_topics(state, [topic], rules(), validate_only=True)
    assert tried.reply == create_topics(state, [topic], rules()).reply
    assert tried.records == []


def test_of_a_setting_given_twice_the_last_counts() -> None:
    configs = [("retention.ms", None), ("retention.ms", "2")]
    decision = create_topics(new_state(), [asked("x", configs=configs)], rules())
    assert decision.reply == [CreatedTopic("x", topic_id(100), 1, 1, {"retention.ms": "2"})]


def test_each_topic_stands_or_falls_alone() -> None:
    decision = create_topics(new_state(), [asked("a", 0), asked("b")], rules())
    assert isinstance(decision.reply, list)
    assert [type(outcome) for outcome in decision.reply] == [RefusedTopic, CreatedTopic]
    assert [record.name for record in decision.records if isinstance(record, TopicRecord)] == ["b"]


def test_assigned_partitions_may_come_in_any_order() -> None:
    topic = asked("m", -1, -1, assignments=[(1, [2]), (0, [1])])
    decision = create_topics(new_state(), [topic], rules(1, 2))
    replicas = [record.replicas for record in decision.records if isinstance(record, PartitionRecord)]
    assert replicas == [[1], [2]]


@pytest.mark.parametrize(
    ("topic", "code", "message"),
    [
        (asked(""), 17, "Topic name is invalid: the empty string is not allowed"),
        (asked("."), 17, "Topic name is invalid: '.' is not allowed"),
        (asked(".."), 17, "Topic name is invalid: '..' is not allowed"),
        (
            asked("a" * 250),
            17,
            f"Topic name is invalid: the length of '{'a' * 250}' is longer than the max allowed length 249",
        ),
        (asked("a b"), 17, f"Topic name is invalid: 'a b' {ILLEGAL_CHARACTERS}"),
        (asked("a/é"), 17, f"Topic name is invalid: 'a/é' {ILLEGAL_CHARACTERS}"),
        (asked("a\n"), 17, f"Topic name is invalid: 'a\n' {ILLEGAL_CHARACTERS}"),
        (asked("ok"), 36, "Topic 'ok' already exists."),
        (asked("a_b"), 17, "Topic 'a_b' collides with existing topic: a.b"),
        (asked("a.b"), 36, "Topic 'a.b' already exists."),
        (asked("x", 0), 37, "Number of partitions was set to an invalid non-positive value."),
        (asked("x", -2), 37, "Number of partitions was set to an invalid non-positive value."),
        (asked("x", 1, 0), 38, "Replication factor must be larger than 0, or -1 to use the default value."),
        (asked("x", 1, -2), 38, "Replication factor must be larger than 0, or -1 to use the default value."),
        (asked("x", 0, 0), 38, "Replication factor must be larger than 0, or -1 to use the default value."),
        (asked("x", 1, 3), 38, OUT_OF_BROKERS),
        (asked("x", configs=[("a", None), ("b", None)]), 40, "Null value not supported for topic configs: a,b"),
        (asked("x", configs=[("nope", "1")]), 40, "Unknown topic config name: nope"),
    ],
)
def test_refusals(topic: CreatableTopic, code: int, message: str) -> None:
    decision = create_topics(with_topics("ok", "a.b"), [topic], rules())
    assert decision.reply == [RefusedTopic(topic.name, ErrorCode(code), message)]
    assert decision.records == []


MULTIPLE = "Found multiple manual partition assignments for partition 0"
NOT_CONSECUTIVE = "partitions should be a consecutive 0-based integer sequence"
EMPTY = "The manual partition assignment includes an empty replica list."
BOTH_GIVEN = "A manual partition assignment was specified, but "
UNEQUAL = (
    "The manual partition assignment includes a partition with {} replica(s), but this is not consistent with previous "
    "partitions, which have {} replica(s)."
)


def unknown(node: int) -> str:
    return f"The manual partition assignment includes broker {node}, but no such broker is registered."


def more_than_once(node: int) -> str:
    return f"The manual partition assignment includes the broker {node} more than once."


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        ([(0, [0]), (2, [0])], NOT_CONSECUTIVE),
        ([(1, [0])], NOT_CONSECUTIVE),
        ([(-1, [0])], NOT_CONSECUTIVE),
        ([(0, [0]), (0, [0])], MULTIPLE),
        ([(0, [0]), (0, [0, 1])], MULTIPLE),
        ([(0, [])], EMPTY),
        ([(0, [0]), (1, [])], EMPTY),
        ([(0, [7, 8])], unknown(7)),
        ([(0, [-1])], unknown(-1)),
        ([(0, [9, 5, 5])], unknown(5)),
        ([(0, [1, 1, 9])], more_than_once(1)),
        ([(0, [2, 1, 2])], more_than_once(2)),
        ([(0, [0]), (2, [5])], unknown(5)),
        ([(0, [0]), (1, [0, 1])], UNEQUAL.format(2, 1)),
        ([(0, [0, 1]), (2, [0])], UNEQUAL.format(1, 2)),
    ],
)
def test_refused_assignments(assignments: list[tuple[int, list[int]]], message: str) -> None:
    decision = create_topics(new_state(), [asked("m", -1, -1, assignments=assignments)], rules(0, 1, 2))
    assert decision.reply == [RefusedTopic("m", ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)]


@pytest.mark.parametrize(
    ("partitions", "factor", "message"),
    [
        (1, -1, BOTH_GIVEN + "numPartitions was not set to -1."),
        (-1, 1, BOTH_GIVEN + "replication factor was not set to -1."),
        (2, 2, BOTH_GIVEN + "replication factor was not set to -1."),
    ],
)
def test_an_assignment_says_all_there_is_to_say(partitions: int, factor: int, message: str) -> None:
    decision = create_topics(new_state(), [asked("m", partitions, factor, assignments=[(0, [9])])], rules())
    assert decision.reply == [RefusedTopic("m", ErrorCode.INVALID_REQUEST, message)]


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        (asked("..", 0, 0, configs=[("nope", "1")]), 17),
        (asked("ok", 0, 0, configs=[("nope", "1")]), 36),
        (asked("a_b", 0, configs=[("nope", "1")]), 17),
        (asked("x", 0, 0, configs=[("nope", "1")]), 40),
        (asked("x", 1, 1, assignments=[(0, [0])], configs=[("nope", "1")]), 40),
    ],
)
def test_checks_come_in_kafkas_order(topic: CreatableTopic, code: int) -> None:
    decision = create_topics(with_topics("ok", "a.b"), [topic], rules())
    assert isinstance(decision.reply, list)
    assert [outcome.code for outcome in decision.reply if isinstance(outcome, RefusedTopic)] == [code]


def test_names_that_collide_only_with_each_other_are_let_through() -> None:
    state = new_state()
    decision = create_topics(state, [asked("q.w"), asked("q_w")], rules())
    for record in decision.records:
        apply(state, record)
    assert [topic.name for topic in state.sorted_topics()] == ["q.w", "q_w"]
    refused = create_topics(state, [asked("q.w")], rules()).reply
    assert refused == [RefusedTopic("q.w", ErrorCode.TOPIC_ALREADY_EXISTS, "Topic 'q.w' already exists.")]


@pytest.mark.parametrize(
    ("topics", "message"),
    [
        ([asked("big", 10_001)], EXCESSIVE_PARTITIONS),
        ([asked("big", 5001), asked("big2", 5000)], EXCESSIVE_PARTITIONS),
        ([asked("big", 10_001), asked("x", -5)], EXCESSIVE_PARTITIONS),
        ([asked("big", 10_000)], EXCESSIVE_RECORDS),
        ([asked("big", 9999, configs=[("retention.ms", "1")])], EXCESSIVE_RECORDS),
        ([asked("big", 9998), asked("y"), asked("..")], EXCESSIVE_RECORDS),
    ],
)
def test_too_large_a_request_is_refused_whole(topics: list[CreatableTopic], message: str) -> None:
    decision = create_topics(new_state(), topics, rules(), validate_only=True)
    assert isinstance(decision.reply, ApiError)
    assert (decision.reply.code, decision.reply.message) == (ErrorCode.POLICY_VIOLATION, message)


def test_the_largest_request_is_granted() -> None:
    decision = create_topics(new_state(), [asked("big", 9999)], rules())
    assert len(decision.records) == 10_000


def test_deleting_takes_one_record_a_topic() -> None:
    state = with_topics("a", "b")
    decision = delete_topics(state, [topic_id(2), topic_id(9)])
    assert decision.reply == {topic_id(2): state.topics["b"], topic_id(9): None}
    assert decision.records == [RemoveTopicRecord(topic_id=topic_id(2))]


def test_settings_go_with_their_topic() -> None:
    state = new_state()
    for _ in range(2):
        decision = create_topics(state, [asked("x", configs=[("retention.ms", "1")])], rules())
        for record in [*decision.records, RemoveTopicRecord(topic_id=topic_id(100))]:
            apply(state, record)
    assert (state.configs, state.topics, state.colliding, state.partition_count) == ({}, {}, {}, 0)
