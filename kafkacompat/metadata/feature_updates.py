"""UpdateFeatures: the levels that the cluster works at, raised or lowered (KIP-584, KIP-778)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.features import KRAFT_VERSION, METADATA_VERSION, RELEASED, level_of
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.metadata_records import FeatureLevelRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.metadata.features import FeatureRange
    from kafkacompat.metadata.state import MetadataState

UPGRADE: Final = 1
SAFE_DOWNGRADE: Final = 2
UNSAFE_DOWNGRADE: Final = 3
_BEFORE: Final = "The update failed for all features since the following feature had an error: "


class FeatureUpdate(NamedTuple):
    """A level that a feature shall have; `upgrade_type` says which way it may go."""

    name: str
    level: int
    upgrade_type: int = UPGRADE


def update_features(
    state: MetadataState, updates: Iterable[FeatureUpdate], controller_id: int, *, validate_only: bool
) -> Decision[None]:
    """Change levels, all or none; ApiError(INVALID_UPDATE_VERSION) for the first that cannot be.

    Where a feature is named twice the later counts (behaviour of Kafka 4.4).
    """
    records = []
    for update in {update.name: update for update in updates}.values():
        now = level_of(state.feature_levels, update.name)
        problem = _problem(update, now, controller_id)
        if problem is not None:
            raise ApiError(ErrorCode.INVALID_UPDATE_VERSION, _BEFORE + problem)
        if update.level != now:
            records.append(FeatureLevelRecord(name=update.name, feature_level=update.level))
    return Decision(None, [] if validate_only else records)


def _problem(update: FeatureUpdate, now: int, controller_id: int) -> str | None:
    """Return Kafka's sentence for what cannot be."""
    name, level, upgrade_type = update
    released = _released(name)
    reason = _odd_type(upgrade_type) or _out_of_range(level, released, controller_id) or _wrong_way(update, now)
    if reason is None and released is None:
        reason = f"Feature {name} not found."
    if reason is not None:
        return f"Invalid update version {level} for feature {name}. {reason}"
    if name == METADATA_VERSION and level < now:
        why = (
            "Refusing to perform the requested downgrade because it might delete metadata information."
            if upgrade_type == SAFE_DOWNGRADE
            else "Unsafe metadata downgrade is not supported in this version."
        )
        return f"Unsupported metadata.version downgrade from {now} to {level}. {why}"
    return None


def _released(name: str) -> FeatureRange | None:
    return next((feature for feature in RELEASED if feature.name == name), None)


def _odd_type(upgrade_type: int) -> str | None:
    if upgrade_type not in (UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE):
        return "The controller does not support the given upgrade type."
    return None


def _out_of_range(level: int, released: FeatureRange | None, controller_id: int) -> str | None:
    if released is None and level == 0:
        return None  # which is to say that there is none
    if released is None:
        return f"Local controller {controller_id} does not support this feature."
    if level < 0:
        return "A feature version cannot be less than 0."
    if not released.minimum <= level <= released.maximum:
        return f"Local controller {controller_id} only supports versions {released.minimum}-{released.maximum}"
    return None


def _wrong_way(update: FeatureUpdate, now: int) -> str | None:
    if update.level < now:
        if update.name == KRAFT_VERSION:
            return "Can't downgrade the version of this feature."
        if update.upgrade_type == UPGRADE:
            return (
                "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe "
                "downgrade."
            )
    elif update.level > now and update.upgrade_type != UPGRADE:
        return "Can't downgrade to a newer version."
    elif update.level > now and update.name == KRAFT_VERSION:
        return "The voters of this cluster are known by their ids alone."
    return None
