"""Deletes what topics are to keep no longer, by the domain clock (behaviour of Kafka 4.4)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from kafkacompat.coordination.drive import Driver
from kafkacompat.storage.store import PartitionKey
from kafkacompat.wire.errors import ApiError

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.metadata.topic import Topic

_log = logging.getLogger(__name__)

LOGS_IN_A_ROW: Final = 500
"""How many logs are looked at before others get their turn."""


class Retention:
    """Looks at every log each `log.retention.check.interval.ms`, first after `log.initial.task.delay.ms`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._interval_ms = cluster.settings.int("log.retention.check.interval.ms")
        self._driver = Driver()
        self._stopped = False

    def start(self) -> None:
        """Begin to look."""
        self._schedule(self._cluster.settings.int("log.initial.task.delay.ms"))

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True

    async def apply(self) -> None:
        """Look at every log once."""
        looked_at = 0
        for topic in list(self._cluster.metadata.topics()):
            if "delete" not in topic.config.cleanup_policy:
                continue
            for index in range(len(topic.partitions)):
                await self._apply_to(topic, index)
                looked_at += 1
                if looked_at % LOGS_IN_A_ROW == 0:
                    await asyncio.sleep(0)

    async def _apply_to(self, topic: Topic, index: int) -> None:
        log = self._cluster.store.log(PartitionKey(topic.topic_id, index))
        config = topic.config
        if log is None or (config.retention_ms < 0 and config.retention_bytes < 0):
            return
        try:
            await log.apply_retention(self._cluster.clock.now_ms(), config.retention_ms, config.retention_bytes)
        except ApiError as error:
            _log.warning("The retention of %s-%d is to be looked at later: %s", topic.name, index, error)

    def _schedule(self, delay_ms: int) -> None:
        clock = self._cluster.clock
        clock.call_at(clock.now_ms() + delay_ms, self._due)

    def _due(self) -> None:
        if not self._stopped:
            self._driver.start(self.apply(), self._done)

    def _done(self, result: BaseException | None) -> None:
        if result is not None:
            _log.error("Retention could not be applied: %r", result)
        if not self._stopped:
            self._schedule(self._interval_ms)
