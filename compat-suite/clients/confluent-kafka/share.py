"""librdkafka's share consumer."""

import confluent_kafka
from connecting import options
from received import shown
from session import Poller, translated, unsupported

SETTINGS = {
    "group": "group.id",
    "protocol": lambda _: {},
    "min_bytes": "fetch.min.bytes",
    "max_wait_ms": "fetch.wait.max.ms",
    "max_bytes": "fetch.max.bytes",
    "max_poll_records": "max.poll.records",
    "rack": "client.rack",
    "check_crcs": "check.crcs",
}
PATIENCE_S = 10


class ShareConsumer:
    def __init__(self, start, settings):
        if not hasattr(confluent_kafka, "ShareConsumer"):
            raise unsupported("the protocol share")
        chosen = translated(settings, SETTINGS)
        self._client = confluent_kafka.ShareConsumer(
            options(start) | {"share.acknowledgement.mode": "explicit"} | chosen
        )
        self._poller = Poller()
        self._unsettled = set()

    def subscribe(self, topics):
        self._client.subscribe(topics)

    def unsubscribe(self):
        self._client.unsubscribe()

    def poll(self, timeout_ms, count=None):
        """The first records that come, however many are wanted; what was polled before is accepted now."""
        self._accept()
        return self._poller.collect(self._fetch, timeout_ms, None)

    def _fetch(self, timeout_ms, _at_most):
        records = []
        for message in self._client.poll(timeout_ms / 1000):
            if message.error():
                raise confluent_kafka.KafkaException(message.error())
            self._unsettled.add((message.topic(), message.partition(), message.offset()))
            records.append(shown(message))
        return records

    def acknowledge(self, offsets, type):
        kind = confluent_kafka.AcknowledgeType[type.upper()]
        for each in offsets:
            self._client.acknowledge_offset(*each, kind)
            self._unsettled.discard(tuple(each))

    def commit_offsets(self):
        self._accept()
        for error in self._client.commit_sync(PATIENCE_S).values():
            if error is not None:
                raise error

    def _accept(self):
        for each in self._unsettled:
            self._client.acknowledge_offset(*each, confluent_kafka.AcknowledgeType.ACCEPT)
        self._unsettled.clear()

    def close(self, how):
        if how == "leave":
            self._client.close()
        self._client = None
