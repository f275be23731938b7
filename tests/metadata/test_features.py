from __future__ import annotations

import re

import pytest

from kafkacompat.metadata.features import (
    FeatureLevel,
    FeatureRange,
    finalized_features,
    format_levels,
    supported_features,
)
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.settings import Settings


def test_what_is_not_served_yet_is_not_told() -> None:
    assert supported_features(with_minimum_zero=True) == [
        FeatureRange("kraft.version", 0, 1),
        FeatureRange("metadata.version", 7, 33),
        FeatureRange("transaction.version", 0, 2),
        FeatureRange("eligible.leader.replicas.version", 0, 1),
    ]


def test_old_clients_are_told_of_no_feature_that_begins_at_zero() -> None:
    assert supported_features(with_minimum_zero=False) == [FeatureRange("metadata.version", 7, 33)]


def test_a_log_that_does_not_say_is_at_the_levels_of_kafka_4_4() -> None:
    assert finalized_features({}) == [
        FeatureLevel("metadata.version", 33),
        FeatureLevel("eligible.leader.replicas.version", 1),
        FeatureLevel("transaction.version", 2),
    ]


def test_the_smaller_of_the_log_and_of_what_is_served_counts() -> None:
    levels = {"metadata.version": 25, "transaction.version": 1, "eligible.leader.replicas.version": 0}
    levels["share.version"] = 2
    assert finalized_features(levels) == [FeatureLevel("metadata.version", 25), FeatureLevel("transaction.version", 1)]


def formatted(told: str) -> dict[str, int]:
    return dict(format_levels(Settings.from_values({"kafkacompat.features": told})))


def test_a_new_cluster_begins_with_the_levels_that_are_asked_for() -> None:
    kafkas = formatted("")
    assert kafkas["transaction.version"] == 2
    assert formatted("transaction.version=1, group.version=0") == {
        **kafkas,
        "transaction.version": 1,
        "group.version": 0,
    }


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("transactions=1", "'transactions=1' names no feature; there are group.version, "),
        ("kraft.version=1", "'kraft.version=1' names no feature; there are group.version, "),
        ("transaction.version", "is no level of transaction.version, such as transaction.version=2: from 0 to 2"),
        ("transaction.version=3", "is no level of transaction.version, such as transaction.version=2: from 0 to 2"),
    ],
)
def test_a_level_that_cannot_be_is_refused_in_a_sentence(told: str, sentence: str) -> None:
    with pytest.raises(InvalidSettingError, match=re.escape(sentence)):
        formatted(told)
