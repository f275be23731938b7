"""What consumers say they consume, in the metadata of their joins (ConsumerProtocolSubscription)."""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING, Final

from kafkacompat.wire.codec import decode_from
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.messages.consumer_protocol import ConsumerProtocolSubscription

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION: Final = Struct(">h")


def subscribed_topics(subscriptions: Iterable[bytes]) -> frozenset[str] | None:
    """Return all topics named by the members' metadata, or None if some of it cannot be read."""
    topics: set[str] = set()
    try:
        for subscription in subscriptions:
            (version,) = _VERSION.unpack_from(subscription)
            if version < 0:
                return None
            # Every later version begins with the fields of the first.
            topics.update(decode_from(ConsumerProtocolSubscription, 0, subscription, _VERSION.size)[0].topics)
    except (MalformedError, error):
        return None
    return frozenset(topics)
