"""What a directory of data holds besides logs, and how much room there is."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from kafkacompat.cluster.disk_space import DiskSpace, unknown_space
from kafkacompat.metadata.features import format_levels
from kafkacompat.metadata.formatted import CHECKPOINT, QUORUM_STATE, bootstrap_snapshot, quorum_state
from kafkacompat.metadata.topic import CLUSTER_METADATA_TOPIC
from kafkacompat.storage.directory.errors import DataDirectoryError
from kafkacompat.storage.directory.properties import META_PROPERTIES, DirectoryIdentity, identify
from kafkacompat.storage.disk.files import Files
from kafkacompat.wire.errors import ApiError
from kafkacompat.wire.uuids import uuid_from_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.cluster import Cluster

_log = logging.getLogger(__name__)


async def start_in(root: str, cluster: Cluster) -> None:
    """Start a cluster on what a directory holds; DataDirectoryError if its metadata is no use.

    Whatever stops the replay of a log that its checksums found whole is a log of somebody else, or put together anew.
    """
    try:
        await cluster.start()
    except Exception as error:
        folder = f"{root}/{CLUSTER_METADATA_TOPIC}-0"
        raise DataDirectoryError(
            f"{folder} does not hold the metadata that was written ({_reason(error)}): put the folder back from a "
            "backup, or use another directory."
        ) from error


def _reason(error: Exception) -> str:
    return error.message or error.code.name if isinstance(error, ApiError) else repr(error)


def directory_ids(data: str, root: str, cluster_id: str, node_ids: Sequence[int]) -> list[bytes]:
    """Return the ids of the log directories of all nodes but the first, made and kept where they are not there yet.

    The first node's, `root`, holds the logs of all.  DataDirectoryError for one that is somebody else's.
    """
    return [_directory_id(_meta_properties(data, root, i), cluster_id, node_ids[i]) for i in range(1, len(node_ids))]


def _meta_properties(data: str, root: str, number: int) -> str:
    """Return where a node's `meta.properties` is.

    A folder among logs would be taken for a log, by Kafka too: where `root` was made for one node, files stand in.
    """
    return f"{root}/node-{number}.{META_PROPERTIES}" if root == data else f"{data}/node-{number}/{META_PROPERTIES}"


def _directory_id(path: str, cluster_id: str, node_id: int) -> bytes:
    wanted = DirectoryIdentity(cluster_id, node_id, "")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - pathlib costs a start 5 ms
        return uuid_from_text(identify(Files(), path, wanted, os.urandom).directory_id)
    except OSError as error:
        raise DataDirectoryError(
            f"{path} cannot be used: {error.strerror}; put it right, or use another directory."
        ) from error


def write_quorum_files(root: str, cluster: Cluster) -> None:
    """Write what Kafka keeps beside the metadata log; nothing here reads it, so a failure is only told."""
    folder = os.path.join(root, f"{CLUSTER_METADATA_TOPIC}-0")  # noqa: PTH118 - pathlib costs a start 5 ms
    checkpoint = os.path.join(folder, CHECKPOINT)  # noqa: PTH118 - likewise
    metadata = cluster.metadata
    files = Files()
    try:
        if not os.path.exists(checkpoint):  # noqa: PTH110 - likewise
            files.replace(
                checkpoint, bootstrap_snapshot(cluster.clock.now_ms(), format_levels(cluster.settings)), sync=False
            )
        state = quorum_state(metadata.controller_id, metadata.leader_epoch)
        files.replace(os.path.join(folder, QUORUM_STATE), state, sync=False)  # noqa: PTH118 - likewise
    except OSError as error:
        _log.warning("what Kafka keeps beside its metadata log could not be written in %s: %s", folder, error)


def disk_space(root: str) -> DiskSpace:
    """Return how much room there is where the logs are, as DescribeLogDirs tells it."""
    try:
        found = os.statvfs(root)
    except (OSError, AttributeError):  # not there, or an operating system without this call
        return unknown_space()
    return DiskSpace(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)
