"""The one place before and after every handler: faults, journal, quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kafkacompat.cluster.context import Context


class Interceptor(Protocol):
    """Stands before and after every handler; a cluster has one or none, and none costs nothing."""

    async def __call__(self, context: Context, request: Any, proceed: Callable[[Context, Any], Awaitable[Any]]) -> Any:
        """Answer the request, usually by what `proceed(context, request)` returns; None answers nothing."""
