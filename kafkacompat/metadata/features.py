"""Feature levels: what this build serves, what the log has settled on, and what clients are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.settings.errors import InvalidSettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.settings.settings import Settings


class FeatureRange(NamedTuple):
    """The levels of a feature that can be served, both ends included."""

    name: str
    minimum: int
    maximum: int


class FeatureLevel(NamedTuple):
    """The level that the cluster works at."""

    name: str
    level: int


KRAFT_VERSION: Final = "kraft.version"
METADATA_VERSION: Final = "metadata.version"
TRANSACTION_VERSION: Final = "transaction.version"

# Names and minima as Kafka 4.4.0 lists them; a maximum is what this build serves, 0 for what is not there yet.
SERVED: Final = (
    FeatureRange("group.version", 0, 0),
    FeatureRange(KRAFT_VERSION, 0, 1),
    FeatureRange(METADATA_VERSION, 7, 33),
    FeatureRange("share.version", 0, 0),
    FeatureRange("streams.version", 0, 0),
    FeatureRange(TRANSACTION_VERSION, 0, 2),
    FeatureRange("eligible.leader.replicas.version", 0, 1),
)

RELEASED: Final = (
    FeatureRange("group.version", 0, 1),
    FeatureRange(KRAFT_VERSION, 0, 1),
    FeatureRange(METADATA_VERSION, 7, 33),
    FeatureRange("share.version", 0, 2),
    FeatureRange("streams.version", 0, 1),
    FeatureRange(TRANSACTION_VERSION, 0, 2),
    FeatureRange("eligible.leader.replicas.version", 0, 1),
)
"""What Kafka 4.4.0 supports, and registers with: the levels in the log must lie within it."""

BOOTSTRAP_LEVELS: Final = (
    FeatureLevel(METADATA_VERSION, 33),
    FeatureLevel("eligible.leader.replicas.version", 1),
    FeatureLevel("group.version", 1),
    FeatureLevel("share.version", 2),
    FeatureLevel("streams.version", 1),
    FeatureLevel(TRANSACTION_VERSION, 2),
)
"""What formatting a Kafka 4.4.0 cluster writes into its log; also what holds for a log that does not say."""


def supported_features(*, with_minimum_zero: bool) -> list[FeatureRange]:
    """Return what ApiVersions lists as supported.

    A feature with nothing above 0 is no feature yet, and is left out, as Kafka does.  Clients of ApiVersions 0-3 fail
    on a minimum of 0, and are not told of such features (KAFKA-17492): pass `with_minimum_zero` from version 4 on.
    """
    return [feature for feature in SERVED if feature.maximum > 0 and (with_minimum_zero or feature.minimum > 0)]


def format_levels(settings: Settings) -> tuple[FeatureLevel, ...]:
    """Return the levels that a new cluster begins with: Kafka's, but for those that `kafkacompat.features` names.

    InvalidSettingError for what is no `name=level`, or no feature or level of Kafka 4.4.0.
    """
    levels = dict(BOOTSTRAP_LEVELS)
    for entry in settings.list("kafkacompat.features"):
        name, _, level = entry.partition("=")
        ranges = {feature.name: feature for feature in RELEASED if feature.name in levels}
        known = ranges.get(name.strip())
        if known is None:
            raise InvalidSettingError(
                f"kafkacompat.features: {entry!r} names no feature; there are {', '.join(ranges)}"
            )
        if not level.strip().isdecimal() or not known.minimum <= int(level) <= known.maximum:
            raise InvalidSettingError(
                f"kafkacompat.features: {entry!r} is no level of {known.name}, such as {known.name}={known.maximum}: "
                f"from {known.minimum} to {known.maximum}"
            )
        levels[known.name] = int(level)
    return tuple(FeatureLevel(name, level) for name, level in levels.items())


def level_of(levels: Mapping[str, int], name: str) -> int:
    """Return the level that the log says a feature has, or formatting gave it where the log says nothing."""
    return levels.get(name, dict(BOOTSTRAP_LEVELS).get(name, 0))


def finalized_level(levels: Mapping[str, int], name: str) -> int:
    """Return the level of one feature that clients are told, 0 if they are told none."""
    return min(level_of(levels, name), next((feature.maximum for feature in SERVED if feature.name == name), 0))


def finalized_features(levels: Mapping[str, int]) -> list[FeatureLevel]:
    """Return the levels that clients are told: the smaller of the log's and what is served; level 0 is left out."""
    served = {feature.name: feature.maximum for feature in SERVED}
    told = [FeatureLevel(name, min(levels.get(name, bootstrap), served[name])) for name, bootstrap in BOOTSTRAP_LEVELS]
    return [feature for feature in told if feature.level > 0]
