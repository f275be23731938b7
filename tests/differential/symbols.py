"""Gives names to what legitimately differs from broker to broker: ids, ports, sessions, the present time.

The first value of a kind that an answer shows is `kind 1`, the next new one `kind 2`; so two brokers agree exactly when
each repeats its own values where the other repeats its own.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

from kafkacompat.wire.schema import ZERO_UUID
from kafkacompat.wire.uuids import uuid_to_text

if TYPE_CHECKING:
    from collections.abc import Collection

KINDS: Final = {
    "topic_id": "topic id",
    "producer_id": "producer id",
    "session_id": "fetch session",
    "cluster_id": "cluster",
    "port": "port",
    "log_dir": "log directory",
}
"""Fields that hold names of the broker's own choosing."""

NOT_GIVEN: Final = (None, 0, -1, "", ZERO_UUID)
COUNTERS: Final = ("finalized_features_epoch",)
"""Numbers of which clients know nothing but that they are not negative."""

ABOUT_NOW_MS: Final = 15 * 60 * 1000
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SHORT_UUID: Final = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
_MILLISECONDS: Final = re.compile(r"(?<!\d)-?\d{13,19}\b")
MAX_INT64: Final = (1 << 63) - 1


class Symbols:
    """The names that one broker's values were given in one scenario."""

    def __init__(self, nodes: Collection[int] = ()) -> None:
        """Take the ids of the nodes; when there are several, which of them is the controller is left to them."""
        self._nodes = nodes if len(nodes) > 1 else ()
        self._names: dict[tuple[str, Any], str] = {}
        self._counts: dict[str, int] = {}

    def name(self, kind: str, value: Any) -> str:
        if (kind, value) not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[kind, value] = f"<{kind} {self._counts[kind]}>"
        return self._names[kind, value]

    def apply(self, value: Any, field: str = "") -> Any:  # noqa: C901, PLR0911 - one a kind of value
        """Return a plain value with symbols in the place of names and times."""
        match value:
            case dict():
                return {key: self.apply(item, key) for key, item in value.items()}
            case list():
                return [self.apply(item, field) for item in value]
            case _ if field == "controller_id" and value in self._nodes:
                return "<one of the nodes>"
            case _ if value in NOT_GIVEN:
                return value.hex() if isinstance(value, bytes) else value
            case _ if field in KINDS:
                return self.name(KINDS[field], uuid_to_text(value) if field == "topic_id" else value)
            case int() if field in COUNTERS and value > 0:
                return "<counter>"
            case bool():
                return value
            case int():
                return self._about_now(value)
            case str():
                return self._text(value)
            case bytes():
                return value.hex()
            case _:
                return value

    def _about_now(self, number: int) -> int | str:
        now = time.time() * 1000
        # The last is how Java says "now less the largest long", the lower bound of what may be produced at all.
        moments = (("now", now), ("an hour ahead", now + 3_600_000), ("the beginning", now - MAX_INT64))
        for name, moment in moments:
            if abs(number - moment) < ABOUT_NOW_MS:
                return f"<about {name}>"
        return number

    def _text(self, text: str) -> str:
        text = UUID.sub(lambda found: self.name("uuid", found[0]), text)
        text = _SHORT_UUID.sub(lambda found: self._topic_id(found[0]), text)
        return _MILLISECONDS.sub(lambda found: str(self._about_now(int(found[0]))), text)

    def _topic_id(self, text: str) -> str:
        return self._names.get(("topic id", text), text)
