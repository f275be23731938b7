"""The verb `poll`, over a client that gives records when it is asked for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Poller:
    """Collects records until there are enough or the time is over, and keeps what the rebalance listener tells."""

    def __init__(self) -> None:
        self.events: list[list[Any]] = []

    def collect(
        self, fetch: Callable[[int, int | None], list[dict[str, Any]]], timeout_ms: int, count: int | None
    ) -> dict[str, Any]:
        """Ask `fetch(timeout_ms, at_most)` until `count` records have come, or any at all without a count."""
        deadline = time.monotonic() + timeout_ms / 1000
        records: list[dict[str, Any]] = []
        while True:
            left_ms = max(0, round((deadline - time.monotonic()) * 1000))
            records += fetch(left_ms, None if count is None else count - len(records))
            enough = len(records) >= count if count else bool(records)
            if enough or time.monotonic() >= deadline:
                return {"records": records, "events": self.taken_events()}

    def taken_events(self) -> list[list[Any]]:
        """The events since the last poll."""
        events, self.events = self.events, []
        return events
