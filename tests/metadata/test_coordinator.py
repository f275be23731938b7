from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.metadata.topics import CreatedTopic, RefusedTopic
from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.coordination.fake_store import FakeStore
from tests.metadata.fake_cluster import Announcements, finish, new_metadata, new_store
from tests.metadata.making import asked, topic_id

if TYPE_CHECKING:
    from kafkacompat.metadata.coordinator import MetadataCoordinator
    from kafkacompat.storage.store import Store


def started(store: Store | None = None, **values: str) -> tuple[MetadataCoordinator, Announcements]:
    metadata, heard = new_metadata(store or new_store(), (1,), **values), Announcements()
    metadata.subscribe(heard)
    finish(metadata.start())
    return metadata, heard


def names(metadata: MetadataCoordinator) -> list[str]:
    return [topic.name for topic in metadata.topics()]


def test_a_created_topic_is_found_by_name_and_by_id() -> None:
    metadata, heard = started()
    finish(metadata.create_topics([asked("b", 2), asked("a")]))
    topic = metadata.topic("b")
    assert topic is not None
    assert topic is metadata.topic_by_id(topic.topic_id)
    assert [partition.leader for partition in topic.partitions] == [1, 1]
    assert names(metadata) == ["a", "b"]
    assert heard.created == ["b", "a"]


def test_effective_settings_follow_the_topics_own() -> None:
    metadata, _ = started(log_retention_ms="77")
    finish(metadata.create_topics([asked("a", configs=[("max.message.bytes", "5000")])]))
    topic = metadata.topic("a")
    assert topic is not None
    assert (topic.config.max_message_bytes, topic.config.retention_ms) == (5000, 77)
    assert topic.config is topic.config


def test_an_impossible_setting_is_refused_in_kafkas_words() -> None:
    metadata, _ = started()
    outcomes = finish(metadata.create_topics([asked("a", configs=[("segment.bytes", "10")])]))
    message = "Invalid value 10 for configuration segment.bytes: Value must be at least 1048576"
    assert outcomes == [RefusedTopic("a", ErrorCode.INVALID_CONFIG, message)]


def test_validating_changes_nothing() -> None:
    metadata, heard = started()
    (outcome,) = finish(metadata.create_topics([asked("a")], validate_only=True))
    assert isinstance(outcome, CreatedTopic)
    assert (names(metadata), heard.created) == ([], [])


def test_deleted_topics_are_gone_and_announced() -> None:
    metadata, heard = started()
    finish(metadata.create_topics([asked("a"), asked("b")]))
    found = finish(metadata.delete_topics([topic_id(100), topic_id(9)]))
    assert {key: topic and topic.name for key, topic in found.items()} == {topic_id(100): "a", topic_id(9): None}
    assert (names(metadata), heard.deleted) == (["b"], ["a"])


def test_a_topic_created_again_has_another_id_and_none_of_the_old_settings() -> None:
    metadata, _ = started()
    finish(metadata.create_topics([asked("a", configs=[("retention.ms", "1")])]))
    finish(metadata.delete_topics([topic_id(100)]))
    finish(metadata.create_topics([asked("a")]))
    topic = metadata.topic("a")
    assert topic is not None
    assert (topic.topic_id, topic.configs) == (topic_id(101), {})


def test_a_restart_brings_everything_back() -> None:
    store = new_store()
    metadata, _ = started(store)
    finish(metadata.create_topics([asked("a", 3, configs=[("retention.ms", "1")]), asked("b")]))
    finish(metadata.delete_topics([topic_id(101)]))
    again, heard = started(store)
    topic, before = again.topic("a"), metadata.topic("a")
    assert topic is not None
    assert before is not None
    assert (topic.topic_id, topic.configs) == (topic_id(100), {"retention.ms": "1"})
    assert [partition.replicas for partition in topic.partitions] == [[1], [1], [1]]
    assert [partition.isr for partition in topic.partitions] == [[1], [1], [1]]
    # The node that went away led nothing for a while, and leads again: two epochs of leadership later.
    assert {partition.leader_epoch for partition in before.partitions} == {0}
    assert {(p.leader, p.leader_epoch, p.partition_epoch) for p in topic.partitions} == {(1, 2, 2)}
    assert (names(again), heard.created, heard.deleted) == (["a"], ["a"], [])


def test_producer_ids_are_never_given_twice() -> None:
    store = new_store()
    metadata, _ = started(store)
    first = [finish(metadata.allocate_producer_id()) for _ in range(1001)]
    assert first == list(range(1001))
    again, _ = started(store)
    assert finish(again.allocate_producer_id()) == 2000


def test_the_features_epoch_never_goes_back() -> None:
    store = new_store()
    metadata, _ = started(store)
    first = metadata.finalized_features_epoch()
    finish(metadata.create_topics([asked("a")]))
    epoch = metadata.finalized_features_epoch()
    again, _ = started(store)
    assert 0 < first < epoch < again.finalized_features_epoch()


def test_internal_topics_are_made_as_kafka_makes_them() -> None:
    metadata, _ = started(offsets_topic_segment_bytes="2097152")
    topic = finish(metadata.create_internal_topic("__consumer_offsets"))
    assert (len(topic.partitions), topic.is_internal) == (50, True)
    assert topic.configs == {
        "cleanup.policy": "compact",
        "compression.type": "producer",
        "segment.bytes": "2097152",
    }
    assert finish(metadata.create_internal_topic("__consumer_offsets")) is topic


def test_an_internal_topic_that_does_not_fit_leaves_no_coordinator() -> None:
    metadata, _ = started(offsets_topic_replication_factor="3")
    with pytest.raises(ApiError) as refused:
        finish(metadata.create_internal_topic("__consumer_offsets"))
    assert refused.value.code == ErrorCode.COORDINATOR_NOT_AVAILABLE


def test_automatic_creation_passes_over_what_cannot_be() -> None:
    metadata, _ = started(num_partitions="4")
    finish(metadata.auto_create_topics(["a.b", "..", "__cluster_metadata", "__transaction_state"]))
    finish(metadata.auto_create_topics(["a_b", "a.b"]))
    assert [(topic.name, len(topic.partitions)) for topic in metadata.topics()] == [
        ("__transaction_state", 50),
        ("a.b", 4),
    ]


def test_leaders_are_spread_over_nodes_from_topic_to_topic() -> None:
    metadata = new_metadata(new_store(), (1, 2, 3))
    finish(metadata.start())
    finish(metadata.create_topics([asked("a"), asked("b"), asked("c", 4, 2)]))
    leaders = [[partition.leader for partition in topic.partitions] for topic in metadata.topics()]
    assert leaders == [[1], [2], [3, 1, 2, 3]]


def test_a_refused_append_is_a_timeout_and_the_log_is_read_again() -> None:
    store = FakeStore()
    metadata, heard = started(store)
    finish(metadata.create_topics([asked("a")]))
    store.refusal = ErrorCode.KAFKA_STORAGE_ERROR
    with pytest.raises(ApiError) as refused:
        finish(metadata.create_topics([asked("b")]))
    assert refused.value.code == ErrorCode.REQUEST_TIMED_OUT
    store.refusal = None
    finish(metadata.create_topics([asked("b")]))
    assert (names(metadata), heard.created) == (["a", "b"], ["a", "b"])


def test_a_topic_whose_creation_was_in_doubt_is_announced_by_the_next_change() -> None:
    store = FakeStore()
    metadata, heard = started(store)
    store.lost = True
    with pytest.raises(ApiError):
        finish(metadata.create_topics([asked("a")]))
    store.lost = False
    (outcome,) = finish(metadata.create_topics([asked("a")]))
    assert isinstance(outcome, RefusedTopic)
    assert outcome.code == ErrorCode.TOPIC_ALREADY_EXISTS
    assert heard.created == ["a"]
