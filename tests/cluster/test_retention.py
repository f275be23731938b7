"""What topics keep, as the domain clock goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.metadata.configs import ConfigChange, ConfigOperation, ResourceChange
from kafkacompat.metadata.state import TOPIC_RESOURCE, ConfigResource
from kafkacompat.storage.store import PartitionKey
from tests.metadata.fake_cluster import finish
from tests.server.wired import Wired
from tests.storage.batches import batch, to

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK_MS = 300_000
FIRST_CHECK_MS = 30_000


class World:
    """A cluster with one topic of one partition."""

    def __init__(self, configs: Mapping[str, str], settings: Mapping[str, str] | None = None) -> None:
        self.wired = Wired(settings)
        finish(self.wired.start())
        self.cluster, self.clock = self.wired.cluster, self.wired.clock
        finish(self.cluster.create_topic("a", 1, configs))
        topic = self.cluster.metadata.topic("a")
        assert topic is not None
        self.partition = PartitionKey(topic.topic_id, 0)

    def append(self) -> None:
        data = batch(b"v", timestamps_ms=[self.clock.now_ms()])
        finish(self.cluster.store.append([to(self.partition, data)]))

    @property
    def log_start_offset(self) -> int:
        log = self.cluster.store.log(self.partition)
        assert log is not None
        return finish(log.bounds()).log_start_offset


def test_old_records_go_at_the_first_look_after_their_time() -> None:
    world = World({"retention.ms": "60000"})
    world.append()
    world.clock.advance(FIRST_CHECK_MS)
    assert world.log_start_offset == 0
    world.clock.advance(CHECK_MS - 1)
    assert world.log_start_offset == 0
    world.append()
    world.clock.advance(1)
    # The newest record of a segment counts, and these two are in one.
    assert world.log_start_offset == 0
    world.clock.advance(CHECK_MS)
    assert world.log_start_offset == 2


def test_the_broker_says_how_often_and_how_old() -> None:
    world = World({}, {"log.retention.check.interval.ms": "1000", "log.retention.ms": "5000"})
    world.append()
    world.clock.advance(FIRST_CHECK_MS)
    assert world.log_start_offset == 1
    world.append()
    world.clock.advance(5000)
    assert world.log_start_offset == 1
    world.clock.advance(1000)
    assert world.log_start_offset == 2


def test_a_compacted_topic_keeps_everything() -> None:
    world = World({"retention.ms": "1", "cleanup.policy": "compact"})
    world.append()
    world.clock.advance(FIRST_CHECK_MS)
    assert world.log_start_offset == 0


def test_size_counts_where_it_is_limited() -> None:
    world = World({"retention.bytes": "0", "retention.ms": "-1"})
    world.append()
    world.clock.advance(FIRST_CHECK_MS)
    assert world.log_start_offset == 1


def test_a_change_of_the_topic_is_obeyed_at_the_next_look() -> None:
    world = World({})
    world.append()
    world.clock.advance(FIRST_CHECK_MS)
    assert world.log_start_offset == 0
    change = ResourceChange(
        ConfigResource(TOPIC_RESOURCE, "a"), [ConfigChange("retention.ms", ConfigOperation.SET, "1000")]
    )
    assert finish(world.cluster.metadata.alter_configs([change])) == [None]
    world.clock.advance(CHECK_MS)
    assert world.log_start_offset == 1


def test_nothing_is_looked_at_after_the_end() -> None:
    world = World({})
    finish(world.cluster.close())
    world.clock.advance(FIRST_CHECK_MS)
    assert world.clock.pending() == 0
