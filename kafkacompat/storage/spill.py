"""Where the ephemeral engine puts what does not stay in memory: a private folder on a real disk, gone with the process.

A process that is killed leaves its folder; the next one to start finds that nobody holds its lock, and removes it.
"""

from __future__ import annotations

import fcntl
import logging
import os
from itertools import count
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.disk.files import Files
from kafkacompat.storage.disk.open_files import Folder, OpenFiles
from kafkacompat.storage.disk.segment_files import Storage

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

PREFIX: Final = "kafkacompat-spill-"
LOCK: Final = ".lock"
MAX_OPEN_FILES: Final = 256
DEFAULT_TEMPORARY: Final = "/tmp"  # noqa: S108 - the system's own default
PERSISTENT_TEMPORARY: Final = "/var/tmp"  # noqa: S108 - the system's own default
IN_MEMORY: Final = ("tmpfs", "ramfs")
MOUNTS: Final = "/proc/self/mounts"


class SpillFolder:
    """The folder of one engine, made when something is first put into it.

    `parent` is where it is made: a folder on a real disk (`disk_folder` finds one).
    """

    def __init__(self, parent: str, files: Files | None = None) -> None:
        self._parent = parent
        self._files = files or Files()
        self._open_files = OpenFiles(self._files, MAX_OPEN_FILES)
        self._path: str | None = None
        self._lock = -1
        self._logs = count()

    def new_log(self) -> Storage:
        """Return a place for the segments of one log; OSError if there can be none."""
        if self._path is None:
            self._path = self._make()
        path = f"{self._path}/{next(self._logs)}"
        self._files.make_folder(path)
        return Storage(self._open_files, Folder(path))

    def remove_log(self, storage: Storage) -> None:
        """Remove a log's place; what somebody still reads stays readable for him if it was pinned."""
        try:
            self._files.remove_tree(storage.folder.path)
        except OSError as error:
            logger.warning("%s stays: %s", storage.folder.path, error)

    def close(self) -> None:
        """Remove everything."""
        self._open_files.close()
        if self._path is not None:
            _remove_all(self._files, self._path)
            os.close(self._lock)
            self._path = None

    def sweep(self) -> None:
        """Remove folders whose processes are gone."""
        try:
            names = self._files.names(self._parent)
        except OSError:
            return  # whoever wants to write there will say so
        for name in names:
            if name.startswith(PREFIX):
                self._sweep(f"{self._parent}/{name}")

    def _sweep(self, path: str) -> None:
        try:
            lock = os.open(f"{path}/{LOCK}", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return  # another's, or just being made or removed
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_all(self._files, path)
        except OSError:
            pass  # in use
        finally:
            os.close(lock)

    def _make(self) -> str:
        for number in count():
            path = f"{self._parent}/{PREFIX}{os.getpid()}-{number}"
            try:
                self._files.make_folder(path)
            except FileExistsError:
                continue
            self._lock = os.open(f"{path}/{LOCK}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return path
        raise AssertionError("numbers do not end")


def _remove_all(files: Files, path: str) -> None:
    """Remove a folder of log folders, its lock last: until then a sweep may find what is left."""
    try:
        for name in files.names(path):
            if name != LOCK:
                files.remove_tree(f"{path}/{name}")
        files.remove_if_there(f"{path}/{LOCK}")
        files.remove_folder(path)
    except OSError as error:
        logger.warning("%s stays: %s", path, error)


def disk_folder(temporary: str | None, mounts: Iterable[str] | None = None) -> str:
    """Return the folder for temporary files (`$TMPDIR` is handed in), or one on a disk if that is in memory."""
    wanted = temporary or DEFAULT_TEMPORARY
    if mounts is None:
        try:
            with open(MOUNTS, encoding="utf-8") as file:  # noqa: PTH123 - not a file of ours
                mounts = file.read().splitlines()
        except OSError:
            return wanted
    return PERSISTENT_TEMPORARY if _kind_of(os.path.realpath(wanted), mounts) in IN_MEMORY else wanted


def _kind_of(path: str, mounts: Iterable[str]) -> str:
    """Return the kind of file system that a path is on."""
    best, kind = "", ""
    for line in mounts:
        _, point, found, *_ = line.split(" ")
        if len(point) >= len(best) and (path == point or path.startswith(point.rstrip("/") + "/")):
            best, kind = point, found
    return kind
