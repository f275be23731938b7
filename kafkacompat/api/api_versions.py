"""ApiVersions (key 18), versions 0-5: which keys and features this broker serves (KIP-35, 482, 511, 584, 1242)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kafkacompat.api.routes import API_VERSIONS_KEY, ROUTES
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.api_versions import (
    ApiVersion,
    ApiVersionsRequest,
    ApiVersionsResponse,
    FinalizedFeatureKey,
    SupportedFeatureKey,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

_SOFTWARE: Final = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?")
_FIRST_WITH_SOFTWARE: Final = 3
_FIRST_WITH_ZERO_MINIMUM: Final = 4
"""Older clients reject a feature whose least version is 0 (KAFKA-17492)."""


async def handle(node: Node, context: Context, request: ApiVersionsRequest) -> ApiVersionsResponse:
    """Answer what is served; INVALID_REQUEST for a client name that is none, REBOOTSTRAP_REQUIRED at the wrong node."""
    if context.api_version >= _FIRST_WITH_SOFTWARE and not (
        _SOFTWARE.fullmatch(request.client_software_name) and _SOFTWARE.fullmatch(request.client_software_version)
    ):
        raise ApiError(ErrorCode.INVALID_REQUEST)
    _check_destination(node, request)
    metadata = node.cluster.metadata
    return ApiVersionsResponse(
        api_keys=[
            ApiVersion(api_key=route.key, min_version=route.first_version, max_version=route.last_version)
            for route in ROUTES.values()
        ],
        supported_features=[
            SupportedFeatureKey(name=feature.name, min_version=feature.minimum, max_version=feature.maximum)
            for feature in metadata.supported_features(
                with_minimum_zero=context.api_version >= _FIRST_WITH_ZERO_MINIMUM
            )
        ],
        finalized_features_epoch=metadata.finalized_features_epoch(),
        finalized_features=[
            FinalizedFeatureKey(name=feature.name, max_version_level=feature.level, min_version_level=feature.level)
            for feature in metadata.finalized_features()
        ],
    )


def _check_destination(node: Node, request: ApiVersionsRequest) -> None:
    """Compare whom the client believes to talk to with who this is (KIP-1242)."""
    if (request.cluster_id is None) != (request.node_id == -1):
        raise ApiError(ErrorCode.INVALID_REQUEST)
    if request.cluster_id is not None and (
        request.cluster_id != node.cluster.cluster_id or request.node_id != node.node_id
    ):
        raise ApiError(ErrorCode.REBOOTSTRAP_REQUIRED)


def unsupported_version() -> ApiVersionsResponse:
    """Build the answer, in version 0, to a version that is not served: it names the one key that matters now."""
    route = ROUTES[API_VERSIONS_KEY]
    return ApiVersionsResponse(
        error_code=ErrorCode.UNSUPPORTED_VERSION,
        api_keys=[ApiVersion(api_key=route.key, min_version=route.first_version, max_version=route.last_version)],
    )


def refuse(_context: Context, _request: ApiVersionsRequest, error: ApiError) -> ApiVersionsResponse:
    """Answer an error with no keys."""
    return ApiVersionsResponse(error_code=error.code, api_keys=[])
