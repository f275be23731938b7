"""What keeps a directory from being opened, each in one sentence that names the file and what to do."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from kafkacompat.storage.directory.checkpoints import LogName
from kafkacompat.storage.directory.errors import DataDirectoryError
from kafkacompat.storage.directory.folders import parting_name
from kafkacompat.storage.directory.snapshots import ProducerEntry, read_snapshot, write_snapshot
from kafkacompat.storage.store import Appended, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import OTHER, PARTITION, batch, fill, make, put
from tests.storage.directories import folders_in, open_directory

if TYPE_CHECKING:
    from pathlib import Path

AN_ID = "5L6g3nShT-eMCtK--X86sw"


def refusal(folder: Path, **options: str | int) -> str:
    with pytest.raises(DataDirectoryError) as raised:
        open_directory(folder, **options)  # type: ignore[arg-type]
    return str(raised.value)


async def test_two_stores_do_not_share_a_directory(tmp_path: Path) -> None:
    store = open_directory(tmp_path)
    assert refusal(tmp_path) == (
        f"{tmp_path}/.lock is held by another process: stop the one that uses {tmp_path}, or use another directory."
    )
    await store.close()
    await open_directory(tmp_path).close()


async def test_a_directory_of_another_cluster_or_node_is_refused(tmp_path: Path) -> None:
    await open_directory(tmp_path).close()
    assert f"{tmp_path}/meta.properties is of cluster " in refusal(tmp_path, cluster_id="AAAAAAAAAAAAAAAAAAAAAA")
    assert "start with node.id=1" in refusal(tmp_path, node_id=2)
    await open_directory(tmp_path).close()


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ("version=2\ncluster.id=x\nnode.id=1\ndirectory.id=y\n", "has version 2 and this build reads version 1"),
        ("version=1\nnode.id=1\n", "cannot be understood"),
        ("", "cannot be understood"),
        (f"version=1\ncluster.id=x\nnode.id=one\ndirectory.id={AN_ID}\n", "cannot be understood"),
        ("version=1\ncluster.id=x\nnode.id=1\n", "cannot be understood"),
        ("version=1\ncluster.id=x\nnode.id=1\ndirectory.id=\n", "cannot be understood"),
        ("version=1\ncluster.id=x\nnode.id=1\ndirectory.id=y\n", "cannot be understood"),
        (f"version=1\ncluster.id=x\nnode.id=1\ndirectory.id={AN_ID}A\n", "cannot be understood"),
        (f"version=1\ncluster.id=x\nnode.id=1\ndirectory.id={AN_ID[:-1]}\u00e9\n", "cannot be understood"),
    ],
)
def test_a_directory_of_a_newer_format_or_none_is_refused(tmp_path: Path, contents: str, said: str) -> None:
    (tmp_path / "meta.properties").write_text(contents)
    message = refusal(tmp_path)
    assert message.startswith(f"{tmp_path}/meta.properties ")
    assert said in message


async def test_a_directory_keeps_its_id(tmp_path: Path) -> None:
    store = open_directory(tmp_path)
    identity = store.identity
    await store.close()
    store = open_directory(tmp_path)
    assert store.identity == identity
    await store.close()


async def test_files_and_folders_of_others_stay_as_they_are(tmp_path: Path) -> None:
    deleted = f"orders-2.{'0' * 32}-delete"
    for name in ("orders-0", "orders-1x", deleted):
        (tmp_path / name).write_text("not a log")
    (tmp_path / "lost+found").mkdir()
    store = open_directory(tmp_path)
    assert store.set_strays_aside() == []
    await make(store, PARTITION, OTHER)
    assert await put(store, batch(b"a")) == Refused(ErrorCode.KAFKA_STORAGE_ERROR)
    assert await put(store, batch(b"a"), OTHER) == Appended(0, 0)
    await store.close()
    assert all((tmp_path / name).read_text() == "not a log" for name in ("orders-0", "orders-1x", deleted))
    assert (tmp_path / "lost+found").is_dir()


async def test_folders_without_a_topic_are_set_aside_as_kafka_does(tmp_path: Path) -> None:
    (tmp_path / "lost-0").mkdir()
    (tmp_path / "lost-0" / "partition.metadata").write_text(f"version: 0\ntopic_id: {AN_ID}\n")
    (tmp_path / "nameless-3").mkdir()
    store = open_directory(tmp_path)
    renamed = sorted(store.set_strays_aside())
    assert [re.sub("[0-9a-f]{32}", "id", name) for name in renamed] == ["lost-0.id-stray", "nameless-3.id-stray"]
    assert folders_in(tmp_path) == renamed
    await store.close()


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refusal(tmp_path / "file")


async def test_a_checkpoint_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    await open_directory(tmp_path).close()
    (tmp_path / "recovery-point-offset-checkpoint").write_text("0\n2\norders 0 5\n")
    assert f"{tmp_path}/recovery-point-offset-checkpoint cannot be understood" in refusal(tmp_path)


async def test_a_log_shorter_than_what_was_flushed_is_not_served(tmp_path: Path) -> None:
    store = open_directory(tmp_path)
    await make(store, PARTITION, OTHER)
    await fill(store, 3)
    await store.close()
    os.unlink(tmp_path / "orders-0" / f"{0:020}.log")  # noqa: PTH108 - nothing waits for it
    store = open_directory(tmp_path)
    assert await put(store, batch(b"a")) == Refused(ErrorCode.KAFKA_STORAGE_ERROR)
    assert await put(store, batch(b"a"), OTHER) == Appended(0, 0)
    await store.close()


async def test_a_log_whose_folder_was_removed_begins_anew(tmp_path: Path) -> None:
    store = open_directory(tmp_path)
    await make(store)
    await fill(store, 3)
    log = store.log(PARTITION)
    assert log is not None
    await log.delete_before(2)
    await store.close()
    shutil.rmtree(tmp_path / "orders-0")
    for offset in range(2):
        store = open_directory(tmp_path)
        await make(store)
        assert await put(store, batch(b"a")) == Appended(offset, 0)
        await store.close()


def test_a_folder_on_its_way_out_has_a_name_that_is_allowed() -> None:
    name = parting_name(LogName("t" * 249, 1234), bytes(16), "-delete")
    assert len(name) == 255
    assert name.endswith(f"t-1234.{'0' * 32}-delete")


def test_snapshots_are_read_as_written_or_not_at_all() -> None:
    entries = [ProducerEntry(7, 2, 99, 1_000, 4, 1_700_000_000_000), ProducerEntry(8, 0, 0, 5, 0, -1, 3, 5)]
    data = write_snapshot(entries)
    assert read_snapshot(data) == entries
    assert all(read_snapshot(data[:size]) is None for size in range(len(data)))
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        assert read_snapshot(bytes(damaged)) is None
