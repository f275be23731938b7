"""How handles ask their session."""

from __future__ import annotations

from typing import Any, Protocol


class Ask(Protocol):
    """Asks for a verb of the contract and returns its answer."""

    def __call__(self, do: str, *, within_s: float = ..., **arguments: Any) -> dict[str, Any]:
        """Raise ClientError when the verb failed."""
