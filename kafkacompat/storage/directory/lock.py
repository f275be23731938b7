"""One process a directory."""

from __future__ import annotations

import fcntl
import os
from typing import Final

from kafkacompat.storage.directory.errors import DataDirectoryError

LOCK: Final = ".lock"


class DirectoryLock:
    """Holds a folder's `.lock` until it is let go, or the process ends."""

    def __init__(self, root: str) -> None:
        path = f"{root}/{LOCK}"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise DataDirectoryError(f"{path} cannot be opened: {error.strerror}; see who may write there.") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # another of us
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a Kafka
        except OSError as error:
            os.close(self._descriptor)
            raise DataDirectoryError(
                f"{path} is held by another process: stop the one that uses {root}, or use another directory."
            ) from error

    def release(self) -> None:
        """Let go."""
        os.close(self._descriptor)
