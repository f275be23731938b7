"""Error codes about transactions, as clients of each version know them."""

from __future__ import annotations

from kafkacompat.wire.errors import ErrorCode


def for_version(code: ErrorCode, *, knows_fenced: bool) -> ErrorCode:
    """Return PRODUCER_FENCED only to those who know it; others are told INVALID_PRODUCER_EPOCH, as before KIP-588."""
    if code is ErrorCode.PRODUCER_FENCED and not knows_fenced:
        return ErrorCode.INVALID_PRODUCER_EPOCH
    return code
