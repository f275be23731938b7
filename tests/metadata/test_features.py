from __future__ import annotations

from kafkacompat.metadata.features import FeatureLevel, FeatureRange, finalized_features, supported_features


def test_what_is_not_served_yet_is_not_told() -> None:
    assert supported_features(with_minimum_zero=True) == [
        FeatureRange("kraft.version", 0, 1),
        FeatureRange("metadata.version", 7, 33),
        FeatureRange("eligible.leader.replicas.version", 0, 1),
    ]


def test_old_clients_are_told_of_no_feature_that_begins_at_zero() -> None:
    assert supported_features(with_minimum_zero=False) == [FeatureRange("metadata.version", 7, 33)]


def test_a_log_that_does_not_say_is_at_the_levels_of_kafka_4_4() -> None:
    assert finalized_features({}) == [
        FeatureLevel("metadata.version", 33),
        FeatureLevel("eligible.leader.replicas.version", 1),
    ]


def test_the_smaller_of_the_log_and_of_what_is_served_counts() -> None:
    levels = {"metadata.version": 25, "transaction.version": 2, "eligible.leader.replicas.version": 0}
    assert finalized_features(levels) == [FeatureLevel("metadata.version", 25)]
