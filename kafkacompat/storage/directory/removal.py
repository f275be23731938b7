"""Removing files some time after their log or segment is gone, so that readers can finish."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.directory.snapshots import SNAPSHOT
from kafkacompat.storage.disk.segment_files import INDEX, LOG, TIME_INDEX, segment_name
from kafkacompat.storage.disk.transaction_index import TRANSACTION_INDEX

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.clock.ports import Deadline, Deadlines
    from kafkacompat.storage.directory.flushing import Flusher
    from kafkacompat.storage.directory.log import DirectoryLog
    from kafkacompat.storage.disk.files import Files
    from kafkacompat.storage.disk.open_files import LogFile
    from kafkacompat.storage.disk.segment_files import ClosedFileSegment

logger = logging.getLogger(__name__)

DELETED_SUFFIX: Final = ".deleted"
SUFFIXES: Final = (LOG, INDEX, TIME_INDEX, TRANSACTION_INDEX, SNAPSHOT)


class Removals:
    """What is to be removed; the work is done in the flusher's thread, because large files take a while."""

    def __init__(self, files: Files, real_time: Deadlines, flusher: Flusher) -> None:
        self._files = files
        self._real_time = real_time
        self._flusher = flusher
        self._pending: dict[int, tuple[Deadline, Callable[[], None]]] = {}
        self._number = 0

    def remove_log(self, log: DirectoryLog) -> None:
        """Remove a log's folder, which has its parting name already."""
        path = log.storage.folder.path
        segments = log.segments()

        def remove() -> None:
            for segment in segments:
                _pin(segment.file)
            self._files.remove_tree(path)

        self._later(log.file_delete_delay_ms, remove)

    def remove_segment(self, log: DirectoryLog, segment: ClosedFileSegment) -> None:
        """Give a segment's files their parting names, and remove them later."""
        storage = log.storage
        segment.close()
        for suffix in SUFFIXES:
            path = storage.path(segment_name(segment.base_offset, suffix))
            try:
                self._files.rename(path, path + DELETED_SUFFIX)
            except FileNotFoundError:
                continue
            except OSError as error:
                logger.warning("%s stays: %s", path, error)
        segment.file.name += DELETED_SUFFIX

        def remove() -> None:
            _pin(segment.file)
            for suffix in SUFFIXES:
                name = segment_name(segment.base_offset, suffix) + DELETED_SUFFIX
                self._files.remove_if_there(storage.path(name))

        self._later(log.file_delete_delay_ms, remove)

    def finish(self) -> None:
        """Remove at once what was to be removed later."""
        for deadline, remove in self._pending.values():
            deadline.cancel()
            self._flusher.do(remove)
        self._pending.clear()

    def _later(self, delay_ms: int, remove: Callable[[], None]) -> None:
        number = self._number
        self._number += 1

        def due() -> None:
            del self._pending[number]
            self._flusher.do(remove)

        self._pending[number] = (self._real_time.call_at(self._real_time.now_ms() + delay_ms, due), remove)


def _pin(file: LogFile) -> None:
    """Keep a file readable for who still sends from it."""
    try:
        file.pin()
    except FileNotFoundError:
        pass
    except OSError as error:
        logger.warning("whoever still reads %s will not finish: %s", file.path, error)
