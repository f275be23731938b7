"""A broker of several nodes: every node is reached, and each can be stopped and started while the others go on."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.testing import AsyncBroker, Broker
from tests.testing.test_broker import open_files

if TYPE_CHECKING:
    from collections.abc import Mapping

THREAD_AND_PROCESS = pytest.mark.parametrize("process", [False, True], ids=["thread", "process"])
REPLICATED = {"default.replication.factor": "3"}


def ports(broker: Broker) -> list[int]:
    return [int(address.rpartition(":")[2]) for address in broker.bootstrap_servers.split(",")]


def partitions(broker: Broker, topic: str) -> Mapping[int, Any]:
    return AdminClient({"bootstrap.servers": broker.bootstrap_servers}).list_topics(topic, 10).topics[topic].partitions


def nodes_seen(bootstrap_servers: str) -> set[int]:
    return set(AdminClient({"bootstrap.servers": bootstrap_servers}).list_topics(timeout=10).brokers)


def accepts(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except ConnectionRefusedError:
        return False
    return True


@THREAD_AND_PROCESS
def test_each_node_has_an_id_and_a_port_and_leads_its_share(*, process: bool) -> None:
    with Broker(nodes=3, topics=["orders:3"], settings=REPLICATED, process=process) as broker:
        assert broker.node_ids == [1, 2, 3]
        assert len(set(ports(broker))) == 3
        assert all(nodes_seen(broker.node(n).bootstrap_servers) == {1, 2, 3} for n in broker.node_ids)
        orders = partitions(broker, "orders").values()
        assert sorted(partition.leader for partition in orders) == [1, 2, 3]
        assert all(sorted(partition.isrs) == [1, 2, 3] for partition in orders)


@THREAD_AND_PROCESS
def test_a_node_is_stopped_and_started(*, process: bool) -> None:
    with Broker(nodes=3, topics=["orders:1"], settings=REPLICATED, process=process) as broker:
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers})
        producer.produce("orders", b"before")
        assert producer.flush(10) == 0
        node = broker.node(partitions(broker, "orders")[0].leader)

        node.stop()
        assert not accepts(node.bootstrap_servers)
        while_stopped = partitions(broker, "orders")[0]
        assert while_stopped.leader != node.node_id
        assert node.node_id not in while_stopped.isrs
        assert nodes_seen(broker.bootstrap_servers) == {1, 2, 3} - {node.node_id}
        producer.produce("orders", b"meanwhile")
        assert producer.flush(10) == 0

        node.start()
        assert nodes_seen(node.bootstrap_servers) == {1, 2, 3}
        assert sorted(partitions(broker, "orders")[0].isrs) == [1, 2, 3]
        consumer = Consumer({"bootstrap.servers": node.bootstrap_servers, "group.id": "none"})
        consumer.assign([TopicPartition("orders", 0, 0)])
        assert [message.value() for message in consumer.consume(2, timeout=10)] == [b"before", b"meanwhile"]
        consumer.close()


def test_a_fenced_node_is_reached_but_not_named() -> None:
    with Broker(nodes=3) as broker:
        broker.node(2).fence()
        assert accepts(broker.node(2).bootstrap_servers)
        assert nodes_seen(broker.node(2).bootstrap_servers) == {1, 3}
        broker.node(2).start()
        assert nodes_seen(broker.node(1).bootstrap_servers) == {1, 2, 3}


def test_stopping_and_starting_twice_is_harmless() -> None:
    with Broker(nodes=2) as broker:
        node = broker.node(2)
        node.stop()
        node.stop()
        assert nodes_seen(broker.node(1).bootstrap_servers) == {1}
        node.start()
        node.start()
        assert nodes_seen(node.bootstrap_servers) == {1, 2}


def test_a_node_that_nobody_is_connected_to_stops_and_starts_at_once() -> None:
    with Broker(nodes=2) as broker:
        node = broker.node(2)
        for _ in range(20):
            node.stop()
            assert not accepts(node.bootstrap_servers)
            node.start()
            assert accepts(node.bootstrap_servers)


def test_nothing_stays_open_when_the_broker_stops_with_a_node_stopped() -> None:
    files = open_files()
    with Broker(nodes=3) as broker:
        broker.node(2).stop()
    assert open_files() == files


@THREAD_AND_PROCESS
def test_nodes_that_there_are_not(*, process: bool) -> None:
    with pytest.raises(ValueError, match="one node at least"):
        Broker(nodes=0)
    broker = Broker(nodes=2, process=process)
    with pytest.raises(RuntimeError, match="does not run"):
        broker.node(1)
    with broker, pytest.raises(ValueError, match="there is no node 7: the nodes are 1, 2"):
        broker.node(7)


def test_ports_that_would_meet_are_refused_before_anything_is_open() -> None:
    files = open_files()
    settings = {
        "listeners": "A://127.0.0.1:39092,B://127.0.0.1:39093",
        "listener.security.protocol.map": "A:PLAINTEXT,B:PLAINTEXT",
        "inter.broker.listener.name": "A",
    }
    with pytest.raises(InvalidSettingError, match="would share port 39093: leave 2 ports"):
        Broker(nodes=2, settings=settings).start()
    with pytest.raises(InvalidSettingError, match="There is no port 65536"):
        Broker(nodes=2, port=65535).start()
    assert open_files() == files


def test_an_async_broker_of_several_nodes() -> None:
    async def run() -> None:
        async with AsyncBroker(nodes=2) as broker:
            assert broker.node_ids == [1, 2]
            await broker.node(2).stop()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*broker.node(2).bootstrap_servers.split(":"))
            await broker.node(2).start()
            _, writer = await asyncio.open_connection(*broker.node(2).bootstrap_servers.split(":"))
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())
