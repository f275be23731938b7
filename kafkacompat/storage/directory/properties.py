"""The small text files that say whose a directory and a log are: `meta.properties` and `partition.metadata`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.directory.errors import DataDirectoryError
from kafkacompat.wire.uuids import uuid_from_text, uuid_to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.storage.disk.files import Files

META_PROPERTIES: Final = "meta.properties"
PARTITION_METADATA: Final = "partition.metadata"
CLEAN_SHUTDOWN: Final = ".kafka_cleanshutdown"
META_VERSION: Final = "1"
_PARTITION_VERSION: Final = "0"


class DirectoryIdentity(NamedTuple):
    """Whose a directory is: cluster, node, and the directory's own id (KIP-858), as texts and a number."""

    cluster_id: str
    node_id: int
    directory_id: str


def write_identity(identity: DirectoryIdentity) -> bytes:
    """Return the contents of `meta.properties`."""
    return (
        f"#\nnode.id={identity.node_id}\ndirectory.id={identity.directory_id}\n"
        f"version={META_VERSION}\ncluster.id={identity.cluster_id}\n"
    ).encode()


def read_identity(files: Files, path: str) -> DirectoryIdentity | None:
    """Read `meta.properties`, or return None if there is none; DataDirectoryError if this build cannot use it."""
    try:
        text = files.read_whole(path).decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise DataDirectoryError(_unreadable(path)) from error
    pairs = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    version = pairs.get("version")
    if version is not None and version.isdigit() and int(version) > int(META_VERSION):
        raise DataDirectoryError(
            f"{path} has version {version} and this build reads version {META_VERSION}: a newer build wrote it; "
            "use that one, or another directory."
        )
    if version != META_VERSION:
        raise DataDirectoryError(_unreadable(path))
    try:
        uuid_from_text(pairs["directory.id"])
        return DirectoryIdentity(pairs["cluster.id"], int(pairs["node.id"]), pairs["directory.id"])
    except (KeyError, ValueError) as error:
        raise DataDirectoryError(_unreadable(path)) from error


def identify(
    files: Files, path: str, wanted: DirectoryIdentity, random_bytes: Callable[[int], bytes]
) -> DirectoryIdentity:
    """Read whose directory it is, or make it ours, with a new id.

    DataDirectoryError if it is somebody else's, OSError if the file cannot be read or written.
    """
    identity = read_identity(files, path)
    if identity is None:
        identity = wanted._replace(directory_id=uuid_to_text(random_bytes(16)))
        files.replace(path, write_identity(identity), sync=True)
    if identity.cluster_id != wanted.cluster_id:
        raise DataDirectoryError(
            f"{path} is of cluster {identity.cluster_id} and this is {wanted.cluster_id}: "
            "start with that cluster id, or use another directory."
        )
    if identity.node_id != wanted.node_id:
        raise DataDirectoryError(
            f"{path} is of node {identity.node_id} and this is node {wanted.node_id}: "
            f"start with node.id={identity.node_id}, or use another directory."
        )
    return identity


def _unreadable(path: str) -> str:
    return f"{path} cannot be understood: put back the file from a backup, or use another directory."


def write_partition_metadata(topic_id: bytes) -> bytes:
    """Return the contents of `partition.metadata`."""
    return f"version: {_PARTITION_VERSION}\ntopic_id: {uuid_to_text(topic_id)}".encode()


def read_partition_metadata(data: bytes) -> bytes | None:
    """Return the topic id in `partition.metadata`, or None if it makes no sense."""
    try:
        version, topic_id = data.decode().splitlines()
        if version != f"version: {_PARTITION_VERSION}" or not topic_id.startswith("topic_id: "):
            return None
        return uuid_from_text(topic_id.removeprefix("topic_id: "))
    except ValueError:
        return None


def write_clean_shutdown(broker_epoch: int) -> bytes:
    """Return the contents of `.kafka_cleanshutdown`."""
    return json.dumps({"version": 0, "brokerEpoch": broker_epoch}, separators=(",", ":")).encode()
