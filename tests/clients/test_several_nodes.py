"""Stock clients on three nodes, each of which is stopped and started while they work: nothing lost, nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from kafkacompat.testing import Broker
from tests import machine
from tests.clients.program import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.program import Event

PARTITIONS = 4
SETTINGS = {"default.replication.factor": "3"}
BURST = 1000
"""How many records are sent while a node is away, and once more while it is back."""
PATIENCE_S = 30


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker(nodes=3, topics=[f"t:{PARTITIONS}"], settings=SETTINGS) as broker:
        yield broker


class Load:
    """An idempotent producer that numbers its records, partition by partition."""

    def __init__(self, broker: Broker) -> None:
        self.sent = self.delivered = 0
        self.errors: list[Any] = []
        settings = {"bootstrap.servers": broker.bootstrap_servers, "enable.idempotence": True, "log_level": 0}
        self._producer = Producer(settings)

    def send(self, count: int) -> None:
        """Send records, and return while the last of them are still under way."""
        goal = self.sent + count
        while self.sent < goal:
            self._producer.produce("t", b"%d" % self.sent, partition=self.sent % PARTITIONS, on_delivery=self._told)
            self.sent += 1
            self._producer.poll(0)
        for _ in range(PATIENCE_S * 10):
            if self.delivered >= goal - count // 2:
                return
            self._producer.poll(0.1)
        raise AssertionError(f"{self.delivered} of {self.sent} delivered, errors {self.errors[:3]}")

    def finish(self) -> None:
        assert self._producer.flush(PATIENCE_S) == 0
        assert self.errors == []

    def _told(self, error: object, _message: object) -> None:
        if error is None:
            self.delivered += 1
        else:
            self.errors.append(error)


def test_one_producer_outlives_every_node_in_turn(broker: Broker) -> None:
    load = Load(broker)
    load.send(BURST)
    for node_id in broker.node_ids * 2:
        broker.node(node_id).stop()
        load.send(BURST)
        broker.node(node_id).start()
        load.send(BURST)
    load.finish()
    consumer = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "none"})
    consumer.assign([TopicPartition("t", index, 0) for index in range(PARTITIONS)])
    numbers: dict[int, list[int]] = {index: [] for index in range(PARTITIONS)}
    for message in consumer.consume(load.sent, timeout=PATIENCE_S):
        numbers[message.partition() or 0].append(int(message.value() or b"-1"))
    ends = [consumer.get_watermark_offsets(TopicPartition("t", index))[1] for index in range(PARTITIONS)]
    consumer.close()
    assert numbers == {index: list(range(index, load.sent, PARTITIONS)) for index in range(PARTITIONS)}
    assert sum(ends) == load.sent


def value_index(event: Event) -> int:
    text: str = event["value"]
    return int(text[1 : text.index("|")])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.client(*Client.needs(name)))
        for name in ("confluent-kafka", "franz-go", "kafka-python", "sarama")
    ],
)
def test_clients_go_where_the_leaders_and_coordinators_are(name: str, broker: Broker) -> None:
    client = Client(name, broker.bootstrap_servers)
    machine.skip_or_fail(client.build(), *Client.needs(name))
    total = 0
    with client.member("t", "watching") as member, ThreadPoolExecutor(1) as pool:
        for node_id in broker.node_ids:
            node = broker.node(node_id)
            for change in (node.stop, node.start):
                produced = pool.submit(client.run, "produce", "t", count=BURST, start=total, idempotent=True)
                change()
                produced.result()
                total += BURST
        # A group may get a record again after its coordinator moved, but never misses one.
        member.wait_until(lambda: len({value_index(event) for event in member.records}) == total)
    consumed = [event for event in client.run("consume", "t", count=total) if event["event"] == "record"]
    assert sorted(map(value_index, consumed)) == list(range(total))
