"""UpdateFeatures (key 57)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Bool, Int8, Int16, Int32, Nullable, String, field, message, struct


@struct
class FeatureUpdateKey:
    feature: String = field(map_key=True)
    max_version_level: Int16
    allow_downgrade: Bool = field(until=0, default=False)
    upgrade_type: Int8 = field(since=1, default=1)


@message(key=57, versions="0-2", flexible="0+")
class UpdateFeaturesRequest:
    timeout_ms: Int32 = field(default=60000)
    feature_updates: Array[FeatureUpdateKey]
    validate_only: Bool = field(since=1, default=False)


@struct
class UpdatableFeatureResult:
    feature: String = field(map_key=True)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String]


@message(key=57, versions="0-2", flexible="0+")
class UpdateFeaturesResponse:
    throttle_time_ms: Int32 = field(default=0)
    error_code: Int16 = field(default=0)
    error_message: Nullable[String]
    results: Array[UpdatableFeatureResult] = field(until=1, ignorable=True, default_factory=list)
