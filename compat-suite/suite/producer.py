"""A producer of a client's session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from suite.failures import ClientError
from suite.records import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suite.consumer import Consumer
    from suite.records import Partition, Record
    from suite.session import Ask

SEND_S: Final = 60
BEYOND_DELIVERY_S: Final = 30


class Producer:
    """It is opened by its first verb, with its settings."""

    def __init__(self, ask: Ask, handle: str, settings: dict[str, Any]) -> None:
        self._ask = ask
        self._named: dict[str, Any] = {"producer": handle, "settings": settings}

    def send(self, topic: str, records: Sequence[Record], *, together: bool = False) -> list[Sent]:
        """Send and wait; ClientError with the first error unless every record was acknowledged."""
        answers = self.send_each(topic, records, together=together)
        for answer in answers:
            if isinstance(answer, ClientError):
                raise answer
        return [answer for answer in answers if isinstance(answer, Sent)]

    def send_each(self, topic: str, records: Sequence[Record], *, together: bool = False) -> list[Sent | ClientError]:
        """Send and wait; for each record where it is, or why it is not."""
        written = [record.to_json(topic) for record in records]
        within_s = max(SEND_S, self._named["settings"].get("delivery_timeout_ms", 0) / 1000 + BEYOND_DELIVERY_S)
        answer = self._ask("send", **self._named, records=written, together=together, within_s=within_s)
        return [
            ClientError("send", item["error"], str(item.get("message") or ""))
            if "error" in item
            else Sent.from_json(item)
            for item in answer["sent"]
        ]

    def init(self) -> None:
        """Initialise transactions, which fences former producers of the transactional id."""
        self._ask("init", **self._named)

    def begin(self) -> None:
        """Begin a transaction."""
        self._ask("begin", **self._named)

    def commit(self) -> None:
        """Commit the transaction."""
        self._ask("commit", **self._named)

    def abort(self) -> None:
        """Abort the transaction."""
        self._ask("abort", **self._named)

    def send_offsets(
        self, offsets: Mapping[Partition, int], consumer: Consumer | None = None, group: str | None = None
    ) -> None:
        """Put consumed offsets into the transaction, for the consumer's group, or a group by its name."""
        listed = [[topic, partition, offset] for (topic, partition), offset in offsets.items()]
        handle = consumer.handle if consumer else None
        self._ask("send-offsets", **self._named, offsets=listed, consumer=handle, group=group)

    def close(self) -> None:
        """Close it."""
        self._ask("close", handle=self._named["producer"])
