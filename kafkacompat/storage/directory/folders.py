"""The folders in a data directory: how logs' folders are named, and what is found when it is opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.directory.checkpoints import LogName
from kafkacompat.storage.directory.properties import PARTITION_METADATA, read_partition_metadata

if TYPE_CHECKING:
    from kafkacompat.storage.disk.files import Files

DELETED: Final = "-delete"
STRAY: Final = "-stray"
MAX_NAME_CHARACTERS: Final = 255
_LOG_FOLDER: Final = re.compile(r"([a-zA-Z0-9._-]{1,249})-(\d{1,10})")
_DELETED_FOLDER: Final = re.compile(r".+-\d+\.[0-9a-f]{32}-delete")


class FoundLog(NamedTuple):
    """A log's folder; its topic's id is None where the folder does not tell it."""

    name: LogName
    topic_id: bytes | None


def find_logs(files: Files, root: str) -> tuple[list[FoundLog], list[str]]:
    """Return the logs in a directory, and the names of folders whose removal was begun.

    A file is no log, whatever it is called, and is left alone (behaviour of Kafka 4.4).
    """
    found: list[FoundLog] = []
    deleted: list[str] = []
    for folder in files.names(root):
        if _DELETED_FOLDER.fullmatch(folder):
            deleted.append(folder)
            continue
        match = _LOG_FOLDER.fullmatch(folder)
        if match is None:
            continue
        name = LogName(match[1], int(match[2]))
        if str(name) != folder:
            continue
        try:
            topic_id = read_partition_metadata(files.read_whole(f"{root}/{folder}/{PARTITION_METADATA}"))
        except NotADirectoryError:
            continue
        except FileNotFoundError:
            topic_id = None
        found.append(FoundLog(name, topic_id))
    return found, deleted


def parting_name(name: LogName, sixteen: bytes, suffix: str) -> str:
    """Return what the folder of a log is called that is on its way out: cut so that a folder may be called that."""
    end = f"-{name.partition}.{sixteen.hex()}{suffix}"
    return name.topic[: MAX_NAME_CHARACTERS - len(end)] + end
