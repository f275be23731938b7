"""Ports, racks and directories of several nodes, and the commands that steer them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kafkacompat.server.commands import obey
from kafkacompat.server.node_listeners import listeners_of_nodes
from kafkacompat.server.running import DEFAULT_CLUSTER_ID, Options, TopicToCreate, data_root, rack_of, run
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.listeners import ListenerConfig
from kafkacompat.settings.settings import Settings
from kafkacompat.storage.directory.errors import DataDirectoryError

if TYPE_CHECKING:
    from pathlib import Path


def listener(name: str, port: int, advertised_port: int = 0) -> ListenerConfig:
    return ListenerConfig(name, "PLAINTEXT", "127.0.0.1", port, "localhost", advertised_port)


def test_ports_rise_from_node_to_node_and_zero_stays_any() -> None:
    first = [listener("A", 9092, 19092), listener("B", 0), listener("C", 9192)]
    ports = [[(one.port, one.advertised_port) for one in node] for node in listeners_of_nodes(first, 3)]
    assert ports == [[(9092 + n, 19092 + n), (0, 0), (9192 + n, 0)] for n in range(3)]


def test_one_port_for_two_families_is_no_meeting() -> None:
    both = [listener("A", 9092), listener("B", 9092)._replace(host="::1")]
    assert [one.port for node in listeners_of_nodes(both, 2) for one in node] == [9092, 9092, 9093, 9093]


@pytest.mark.parametrize(
    ("first", "nodes", "sentence"),
    [
        (
            [listener("A", 9092), listener("B", 9093)],
            2,
            "B of node 1 .* A of node 2|A of node 2 and listener B of node 1",
        ),
        ([listener("A", 65534)], 3, "There is no port 65536 for listener A of node 3 of 3"),
        ([listener("A", 0, 65535)], 2, "There is no port 65536 for listener A of node 2 of 2"),
    ],
)
def test_ports_that_cannot_be(first: list[ListenerConfig], nodes: int, sentence: str) -> None:
    with pytest.raises(InvalidSettingError, match=sentence):
        listeners_of_nodes(first, nodes)


@pytest.mark.parametrize(
    ("settings", "racks"),
    [
        ({}, [None, None, None]),
        ({"broker.rack": "r"}, ["r", "r", "r"]),
        ({"broker.rack": "r", "kafkacompat.node.racks": "a,b"}, ["a", "b", "a"]),
    ],
)
def test_racks(settings: dict[str, str], racks: list[str | None]) -> None:
    told = Settings.from_values(settings)
    assert [rack_of(told, number) for number in range(3)] == racks


def test_a_directory_stays_in_use_however_many_nodes_there_are(tmp_path: Path) -> None:
    data = str(tmp_path)
    assert data_root(data, 1) == data
    assert data_root(data, 3) == f"{data}/node-0"
    (tmp_path / "meta.properties").touch()
    assert data_root(data, 3) == data
    (tmp_path / "node-0").mkdir()
    (tmp_path / "node-0" / "meta.properties").touch()
    assert data_root(data, 1) == f"{data}/node-0"


def test_partitions_of_nodes_that_are_not_there_any_more(tmp_path: Path) -> None:
    settings = {"listeners": "PLAINTEXT://127.0.0.1:0", "default.replication.factor": "2"}

    async def leaders(nodes: int) -> set[int]:
        options = Options(Settings.from_values(settings), [TopicToCreate("t", 6)], nodes=nodes, data=str(tmp_path))
        running = await run(options)
        topic = running.cluster.metadata.topic("t")
        assert topic is not None
        found = {partition.leader for partition in topic.partitions}
        await running.stop()
        return found

    assert asyncio.run(leaders(3)) == {1, 2, 3}
    assert asyncio.run(leaders(1)) <= {1, -1}
    assert -1 not in asyncio.run(leaders(3))


@pytest.mark.parametrize("nodes_at_first", [1, 3])
def test_the_directories_of_all_nodes_keep_their_ids(tmp_path: Path, nodes_at_first: int) -> None:
    async def ids(nodes: int) -> list[bytes]:
        settings = Settings.from_values({"listeners": "PLAINTEXT://127.0.0.1:0"})
        running = await run(Options(settings, nodes=nodes, data=str(tmp_path)))
        found = [node.directory_id for node in running.cluster.nodes.values()]
        await running.stop()
        return found

    before = asyncio.run(ids(nodes_at_first))
    first, second, third = asyncio.run(ids(3))
    assert [first, second, third][:nodes_at_first] == before
    assert len({first, second, third}) == 3
    assert asyncio.run(ids(2)) == [first, second]
    assert asyncio.run(ids(1)) == [first]
    assert asyncio.run(ids(3)) == [first, second, third]


def test_a_directory_of_another_cluster_among_those_of_the_nodes(tmp_path: Path) -> None:
    async def start(nodes: int) -> None:
        settings = Settings.from_values({"listeners": "PLAINTEXT://127.0.0.1:0"})
        await (await run(Options(settings, nodes=nodes, data=str(tmp_path)))).stop()

    asyncio.run(start(2))
    kept = tmp_path / "node-1" / "meta.properties"
    kept.write_text(kept.read_text().replace(DEFAULT_CLUSTER_ID, "somebody-elses-cluster"))
    with pytest.raises(DataDirectoryError, match=r"node-1/meta\.properties is of cluster somebody-elses-cluster"):
        asyncio.run(start(2))
    asyncio.run(start(1))


def test_commands() -> None:
    async def answers() -> list[str]:
        settings = Settings.from_values({"listeners": "PLAINTEXT://127.0.0.1:0"})
        running = await run(Options(settings, nodes=2))
        try:
            return [
                await obey(running, line)
                for line in ("stop 2\n", "start 2\n", "fence 1\n", "start 1\n", "stop 9\n", "burn 2\n", "stop\n")
            ]
        finally:
            await running.stop()

    assert asyncio.run(answers()) == [
        *["done"] * 4,
        "there is no node 9: the nodes are 1, 2",
        "'burn 2' is no command: write stop, fence, start and a node id",
        "'stop' is no command: write stop, fence, start and a node id",
    ]
