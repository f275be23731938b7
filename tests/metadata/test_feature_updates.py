"""UpdateFeatures: the levels that can be reached, and what Kafka 4.4.0 said of those that cannot."""

from __future__ import annotations

import pytest

from kafkacompat.metadata.feature_updates import FeatureUpdate
from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.metadata.fake_cluster import finish, new_metadata, new_store

RAISE, LOWER, LOWER_UNSAFELY = 1, 2, 3
TRANSACTIONS = "transaction.version"
BEFORE = "The update failed for all features since the following feature had an error: "
NO_TYPE = "The controller does not support the given upgrade type."
NOT_DOWN = (
    "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade."
)


def level_after(*updates: tuple[str, int, int], validate_only: bool = False) -> int:
    """Update a new cluster and return its level of transaction.version, having read its log again."""
    store = new_store()
    metadata = new_metadata(store)
    finish(metadata.start())
    finish(metadata.update_features([FeatureUpdate(*update) for update in updates], validate_only=validate_only))
    again = new_metadata(store)
    finish(again.start())
    assert again.transaction_version() == metadata.transaction_version()
    return again.transaction_version()


def sentence_about(*updates: tuple[str, int, int]) -> str:
    """Return why an update is refused, without what begins every such sentence; nothing has changed then."""
    metadata = new_metadata(new_store())
    finish(metadata.start())
    with pytest.raises(ApiError) as refused:
        finish(metadata.update_features([FeatureUpdate(*update) for update in updates]))
    assert refused.value.code is ErrorCode.INVALID_UPDATE_VERSION
    assert metadata.transaction_version() == 2
    message = refused.value.message or ""
    assert message.startswith(BEFORE)
    return message.removeprefix(BEFORE)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("how", [LOWER, LOWER_UNSAFELY])
def test_levels_go_down_when_that_is_said(level: int, how: int) -> None:
    assert level_after((TRANSACTIONS, level, how)) == level


@pytest.mark.parametrize("how", [RAISE, LOWER, LOWER_UNSAFELY])
def test_the_level_that_is_there_is_no_change(how: int) -> None:
    assert level_after((TRANSACTIONS, 2, how)) == 2


def test_what_is_only_validated_changes_nothing() -> None:
    assert level_after((TRANSACTIONS, 1, LOWER), validate_only=True) == 2


def test_of_two_levels_of_one_feature_the_later_counts() -> None:
    assert level_after((TRANSACTIONS, 0, LOWER), (TRANSACTIONS, 1, LOWER)) == 1
    assert level_after((TRANSACTIONS, 9, RAISE), (TRANSACTIONS, 1, LOWER)) == 1


def test_nothing_may_be_asked_for() -> None:
    assert level_after() == 2


@pytest.mark.parametrize(
    ("name", "level", "how", "why"),
    [
        (TRANSACTIONS, 3, RAISE, "Local controller 1 only supports versions 0-2"),
        (TRANSACTIONS, -1, LOWER, "A feature version cannot be less than 0."),
        (TRANSACTIONS, 1, RAISE, NOT_DOWN),
        (TRANSACTIONS, 1, 0, NO_TYPE),
        (TRANSACTIONS, 9, 4, NO_TYPE),
        ("none", 1, -1, NO_TYPE),
        ("none", 1, RAISE, "Local controller 1 does not support this feature."),
        ("", 1, RAISE, "Local controller 1 does not support this feature."),
        ("none", 0, LOWER, "Feature none not found."),
        ("metadata.version", 1, LOWER, "Local controller 1 only supports versions 7-33"),
        ("metadata.version", 34, RAISE, "Local controller 1 only supports versions 7-33"),
        ("kraft.version", 1, RAISE, "The voters of this cluster are known by their ids alone."),
    ],
)
def test_levels_that_cannot_be_reached(name: str, level: int, how: int, why: str) -> None:
    assert sentence_about((name, level, how)) == f"Invalid update version {level} for feature {name}. {why}"


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (LOWER, "Refusing to perform the requested downgrade because it might delete metadata information."),
        (LOWER_UNSAFELY, "Unsafe metadata downgrade is not supported in this version."),
    ],
)
def test_the_level_of_metadata_stays(how: int, why: str) -> None:
    assert sentence_about(("metadata.version", 7, how)) == f"Unsupported metadata.version downgrade from 33 to 7. {why}"


def test_one_level_that_cannot_be_keeps_the_others_back() -> None:
    refused = sentence_about((TRANSACTIONS, 1, LOWER), ("none", 1, RAISE))
    assert refused == "Invalid update version 1 for feature none. Local controller 1 does not support this feature."


def test_a_level_is_raised_again() -> None:
    metadata = new_metadata(new_store())
    finish(metadata.start())
    for level, how in ((1, LOWER), (2, RAISE), (0, LOWER), (1, RAISE)):
        finish(metadata.update_features([FeatureUpdate(TRANSACTIONS, level, how)]))
        assert metadata.transaction_version() == level
    with pytest.raises(ApiError, match="Can't downgrade to a newer version"):
        finish(metadata.update_features([FeatureUpdate(TRANSACTIONS, 2, LOWER)]))
