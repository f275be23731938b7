"""Chooses where logs are kept: in memory, or in a directory that lasts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.spill import SpillFolder, disk_folder
from kafkacompat.wire.uuids import uuid_from_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.settings.settings import Settings
    from kafkacompat.storage.directory.store import Progress
    from kafkacompat.storage.store import Store


class Engine(NamedTuple):
    """A store; `directory_id` is None for one that does not last.

    `topics_known` is to be called once every topic that the store holds is known, with the broker epoch of this start.
    """

    store: Store
    directory_id: bytes | None
    topics_known: Callable[[int], None]


def open_memory(settings: Settings, clock: Deadlines, real_time: Deadlines) -> Engine:
    """Keep logs for as long as the process lives: in memory, or among temporary files where they are large."""
    spill = SpillFolder(disk_folder(os.environ.get("TMPDIR")))
    spill.sweep()
    store = EphemeralStore(
        clock,
        real_time,
        memory_limit_bytes=settings.int("kafkacompat.storage.memory.max.bytes"),
        producer_expiration_ms=settings.int("producer.id.expiration.ms"),
        spill=spill,
    )
    return Engine(store, None, lambda _: None)


def open_directory(
    root: str, cluster_id: str, settings: Settings, clock: Deadlines, real_time: Deadlines, progress: Progress | None
) -> Engine:
    """Keep logs in a directory, the first node's, for all nodes; DataDirectoryError if it cannot be used."""
    from kafkacompat.storage.directory.store import DirectoryStore  # noqa: PLC0415 - who keeps nothing pays nothing

    store = DirectoryStore.open(
        root,
        clock,
        real_time,
        os.urandom,
        cluster_id=cluster_id,
        node_id=settings.int("node.id"),
        producer_expiration_ms=settings.int("producer.id.expiration.ms"),
        progress=progress,
    )

    def topics_known(broker_epoch: int) -> None:
        store.broker_epoch = broker_epoch
        store.set_strays_aside()

    return Engine(store, uuid_from_text(store.identity.directory_id), topics_known)
