"""Has partitions led by their preferred replica again, some time after another had to stand in.

As Kafka's controller does, every leader.imbalance.check.interval.seconds (five minutes) while there is anything to do,
unless auto.leader.rebalance.enable is false.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kafkacompat.coordination.drive import Driver

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster

_log = logging.getLogger(__name__)


class LeaderBalancing:
    """One deadline on the domain clock, set while a leader is not the preferred one."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._interval_ms = cluster.settings.int("leader.imbalance.check.interval.seconds") * 1000
        self._enabled = cluster.settings.bool("auto.leader.rebalance.enable")
        self._scheduled = False
        self._driver = Driver()

    def leaders_moved(self) -> None:
        """Look again after the interval, if there is a leader to move back."""
        if self._enabled and not self._scheduled and self._cluster.metadata.is_imbalanced:
            self._scheduled = True
            self._cluster.clock.call_at(self._cluster.clock.now_ms() + self._interval_ms, self._check)

    def _check(self) -> None:
        self._driver.start(self._cluster.metadata.elect_preferred_leaders(), self._checked)

    def _checked(self, result: BaseException | None) -> None:
        if result is not None:
            _log.warning("Leaders could not be moved back to preferred replicas: %r", result)
        self._scheduled = False
        self.leaders_moved()
