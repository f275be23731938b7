"""Ids for new topics, from randomness that is handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.uuids import uuid_from_random

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE: Final = 16


def new_topic_id(random_bytes: Callable[[int], bytes]) -> bytes:
    """Draw a topic id; `random_bytes(n)` gives n random bytes."""
    while True:
        topic_id = uuid_from_random(random_bytes(_SIZE))
        if topic_id is not None:
            return topic_id
