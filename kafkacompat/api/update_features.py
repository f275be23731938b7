"""UpdateFeatures (key 57), versions 0-2: raise or lower the levels that the cluster works at (KIP-584, 778, 1022)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.metadata.feature_updates import UPGRADE, FeatureUpdate
from kafkacompat.wire.messages.update_features import (
    UpdatableFeatureResult,
    UpdateFeaturesRequest,
    UpdateFeaturesResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError

FIRST_VERSION_WITH_UPGRADE_TYPE: Final = 1
FIRST_VERSION_WITHOUT_RESULTS: Final = 2
SUCCESS_TEXT: Final = "NONE"


async def handle(node: Node, context: Context, request: UpdateFeaturesRequest) -> UpdateFeaturesResponse:
    """Change all levels or none; version 0 can only raise, whatever it allows."""
    typed = context.api_version >= FIRST_VERSION_WITH_UPGRADE_TYPE
    updates = [
        FeatureUpdate(asked.feature, asked.max_version_level, asked.upgrade_type if typed else UPGRADE)
        for asked in request.feature_updates
    ]
    await node.cluster.metadata.update_features(updates, validate_only=request.validate_only)
    if context.api_version >= FIRST_VERSION_WITHOUT_RESULTS:
        return UpdateFeaturesResponse(error_message=None)
    return UpdateFeaturesResponse(
        error_message=None,
        results=[UpdatableFeatureResult(feature=name, error_message=SUCCESS_TEXT) for name, *_ in updates],
    )


def refuse(_context: Context, _request: UpdateFeaturesRequest, error: ApiError) -> UpdateFeaturesResponse:
    """Answer the error for the whole request."""
    return UpdateFeaturesResponse(error_code=error.code, error_message=error.message)
