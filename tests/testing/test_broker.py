"""The broker that a test holds."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from kafkacompat.server.server import PortTakenError
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.testing import AsyncBroker, Broker
from kafkacompat.wire.errors import ApiError


def address(broker: Broker | AsyncBroker) -> tuple[str, int]:
    host, _, port = broker.bootstrap_servers.rpartition(":")
    return host, int(port)


def send(broker: Broker, topic: str, *values: bytes) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers})
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(10) == 0


def read(broker: Broker, topic: str, count: int) -> list[bytes | None]:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "none"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values = [message.value() for message in consumer.consume(count, timeout=10)]
    consumer.close()
    return values


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("process", [False, True], ids=["thread", "process"])
def test_what_is_sent_is_read(*, process: bool) -> None:
    with Broker(topics=["orders:1"], process=process) as broker:
        send(broker, "orders", b"a", b"b")
        assert read(broker, "orders", 2) == [b"a", b"b"]


def test_two_brokers_in_one_process_share_nothing() -> None:
    with Broker() as one, Broker() as other:
        assert one.bootstrap_servers != other.bootstrap_servers
        send(one, "orders", b"one")
        send(other, "orders", b"other")
        assert read(one, "orders", 1) == [b"one"]
        assert read(other, "orders", 1) == [b"other"]


def test_settings_hold() -> None:
    with Broker(settings={"num.partitions": "4"}) as broker:
        send(broker, "made-by-the-first-record", b"a")
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers})
        topics = producer.list_topics(timeout=10).topics
        assert len(topics["made-by-the-first-record"].partitions) == 4


def test_a_broker_that_has_stopped_answers_nobody_and_leaves_nothing() -> None:
    threads, files = threading.active_count(), open_files()
    with Broker() as broker:
        where = address(broker)
        with socket.create_connection(where):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(where)
    assert threading.active_count() == threads
    assert open_files() == files


def test_it_can_be_started_again() -> None:
    broker = Broker()
    broker.start()
    broker.start()
    broker.stop()
    broker.stop()
    with pytest.raises(RuntimeError, match="does not run"):
        _ = broker.bootstrap_servers
    with broker:
        assert address(broker)[1] > 0


@pytest.mark.parametrize("process", [False, True], ids=["thread", "process"])
def test_a_port_that_is_taken(*, process: bool) -> None:
    with Broker() as first:
        second = Broker(port=address(first)[1], process=process)
        with pytest.raises(RuntimeError if process else PortTakenError, match="Cannot listen on"):
            second.start()


@pytest.mark.parametrize(
    ("settings", "topics", "error"),
    [
        ({"num.partitions": "none"}, [], InvalidSettingError),
        ({"no.such.setting": "1"}, [], InvalidSettingError),
        ({}, ["orders:0"], ValueError),
        ({}, ["orders:1:no.such=1"], ApiError),
    ],
)
def test_what_cannot_be_is_said_and_leaves_no_port_open(
    settings: dict[str, str], topics: list[str], error: type[Exception]
) -> None:
    files = open_files()
    with pytest.raises(error):
        Broker(settings=settings, topics=topics).start()
    assert open_files() == files


def test_a_listener_of_ones_own() -> None:
    with Broker(settings={"listeners": "PLAINTEXT://127.0.0.1:0"}) as broker:
        assert address(broker)[0] == "127.0.0.1"


def test_an_async_broker() -> None:
    async def run() -> None:
        async with AsyncBroker(topics=["orders:1"]) as broker:
            _, writer = await asyncio.open_connection(*address(broker))
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())
