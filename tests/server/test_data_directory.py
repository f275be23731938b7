"""What a directory of data tells clients, and holds for Kafka's tools."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from kafkacompat.cluster.disk_space import DiskSpace
from kafkacompat.server.data_directory import disk_space, write_quorum_files
from kafkacompat.server.running import Options, run
from kafkacompat.settings.settings import Settings
from tests.server.wired import Wired

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SETTINGS = Settings.from_values({"listeners": "PLAINTEXT://127.0.0.1:0", "node.id": "4"})


def test_clients_are_told_the_directory_and_its_room(tmp_path: Path) -> None:
    async def scenario() -> None:
        running = await run(Options(SETTINGS, data=str(tmp_path)))
        try:
            assert running.cluster.settings.list("log.dirs") == [str(tmp_path)]
            space = running.cluster.log_directory_space()
            assert 0 < space.usable_bytes <= space.total_bytes
        finally:
            await running.stop()

    asyncio.run(scenario())


def test_every_start_is_a_new_epoch_of_the_quorum(tmp_path: Path) -> None:
    async def start_and_stop() -> None:
        await (await run(Options(SETTINGS, data=str(tmp_path)))).stop()

    folder = tmp_path / "__cluster_metadata-0"
    snapshots = []
    for epoch in (1, 2):
        asyncio.run(start_and_stop())
        state = json.loads((folder / "quorum-state").read_text())
        assert (state["leaderId"], state["leaderEpoch"], state["currentVoters"]) == (4, epoch, [{"voterId": 4}])
        snapshots.append((folder / "00000000000000000000-0000000000.checkpoint").read_bytes())
    assert snapshots[0] == snapshots[1]


def test_what_cannot_be_written_beside_the_log_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        wired = await Wired().start()
        write_quorum_files(str(tmp_path / "missing"), wired.cluster)

    asyncio.run(scenario())
    assert "what Kafka keeps beside its metadata log could not be written" in caplog.text


def test_the_room_of_no_directory_is_not_known(tmp_path: Path) -> None:
    assert disk_space(str(tmp_path / "missing")) == DiskSpace(-1, -1)
