"""Making the folders of new logs: a few at once, many in the background.

A file system may take a millisecond for each, and whoever creates thousands would hold up everybody.  The metadata log
says that a log is there, not its folder: one without a folder is empty, after any stop.  (A broker of Kafka 4.4 makes
them when it reads the controller's record, and the controller's answer does not wait for it.)
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.directory.checkpoints import LogName
from kafkacompat.storage.directory.folders import DELETED, parting_name
from kafkacompat.storage.directory.properties import PARTITION_METADATA, write_partition_metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.clock.ports import Deadline, Deadlines
    from kafkacompat.storage.directory.flushing import Flusher
    from kafkacompat.storage.disk.files import Files
    from kafkacompat.storage.disk.open_files import Folder

logger = logging.getLogger(__name__)

AT_ONCE: Final = 16
"""How many folders are made while their creator waits, in `WINDOW_MS`."""
WINDOW_MS: Final = 1_000
IN_A_ROW: Final = 25
"""How many folders the thread makes before flushes, and the loop's own calls for the same disk, get their turn."""
PACE_MS: Final = 50
_BEING_MADE: Final = LogName("being-made", 0)


class Making:
    """Makes folders in the flusher's thread, or for whoever needs one sooner.

    A folder is taken out of `_wanted` by the thread or by the loop, whichever comes first, and that one makes it.
    """

    def __init__(
        self, files: Files, real_time: Deadlines, flusher: Flusher, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._files = files
        self._random_bytes = random_bytes
        self._real_time = real_time
        self._flusher = flusher
        self._wanted: dict[Folder, bytes] = {}
        """The folders that are not there yet, and the ids of their topics."""
        self._queue: deque[Folder] = deque()
        """Those of them that the thread is to make."""
        self._next_turn: Deadline | None = None
        self._thread_is_busy = False
        self._in_hand: Folder | None = None
        """What the thread is making; it holds `_one` meanwhile."""
        self._one = Lock()
        self._window_start_ms = -WINDOW_MS
        self._made_in_window = 0

    def want(self, folder: Folder, topic_id: bytes) -> None:
        """Have a folder made, now or soon.

        One that cannot be made is left to its first append, which then says so.
        """
        folder.maker = self
        self._wanted[folder] = topic_id
        if self._may_be_now():
            self._try(folder)
            return
        self._queue.append(folder)
        if self._next_turn is None:
            self._ask_for_turn()

    def make(self, folder: Folder) -> None:
        """Return when a folder is there; OSError if it cannot be made."""
        topic_id = self._take(folder)
        if topic_id is None:
            return
        try:
            self._make(folder, topic_id)
        except OSError:
            self._wanted[folder] = topic_id
            raise

    def forgo(self, folder: Folder) -> bool:
        """Have a folder not made any more, and tell whether it was still to be made."""
        return self._take(folder) is not None

    def finish(self) -> None:
        """Make what is still to be made: after a clean stop every log has its folder."""
        if self._next_turn is not None:
            self._next_turn.cancel()
        self._queue.clear()
        for folder in list(self._wanted):
            self._try(folder)

    def _take(self, folder: Folder) -> bytes | None:
        """Take over the making of a folder and return its topic's id, or None if it has been made by now."""
        topic_id = self._wanted.pop(folder, None)
        if topic_id is None and self._in_hand is folder:
            with self._one:
                topic_id = self._wanted.pop(folder, None)
        return topic_id

    def _may_be_now(self) -> bool:
        now_ms = self._real_time.now_ms()
        if now_ms - self._window_start_ms >= WINDOW_MS:
            self._window_start_ms, self._made_in_window = now_ms, 0
        self._made_in_window += 1
        return self._made_in_window <= AT_ONCE

    def _ask_for_turn(self) -> None:
        self._next_turn = self._real_time.call_at(self._real_time.now_ms() + PACE_MS, self._turn)

    def _turn(self) -> None:
        """Give the thread some folders to make, unless it still has some."""
        self._next_turn = None
        if not self._thread_is_busy:
            folders = [self._queue.popleft() for _ in range(min(IN_A_ROW, len(self._queue)))]
            self._thread_is_busy = True
            self._flusher.do(lambda: self._make_all(folders))
        if self._queue:
            self._ask_for_turn()

    def _make_all(self, folders: list[Folder]) -> None:
        for folder in folders:
            with self._one:
                self._in_hand = folder  # before it is taken: whoever finds it taken looks here
                topic_id = self._wanted.pop(folder, None)
                if topic_id is not None:
                    self._make_or_leave(folder, topic_id)
                self._in_hand = None
        self._thread_is_busy = False

    def _make_or_leave(self, folder: Folder, topic_id: bytes) -> None:
        try:
            self._make(folder, topic_id)
        except OSError as error:
            self._wanted[folder] = topic_id
            _tell(folder, error)

    def _try(self, folder: Folder) -> None:
        try:
            self.make(folder)
        except OSError as error:
            _tell(folder, error)

    def _make(self, folder: Folder, topic_id: bytes) -> None:
        """Make a folder that has its topic's id from its first moment: one without is a stray, to Kafka too.

        Until then it is called like one that is on its way out, so that the next start clears it away.
        """
        root = folder.path.rpartition("/")[0]
        path = f"{root}/{parting_name(_BEING_MADE, self._random_bytes(16), DELETED)}"
        self._files.make_folder(path)
        try:
            self._files.replace(f"{path}/{PARTITION_METADATA}", write_partition_metadata(topic_id), sync=False)
            self._files.rename(path, folder.path)
        except OSError:
            with suppress(OSError):
                self._files.remove_tree(path)
            raise


def _tell(folder: Folder, error: OSError) -> None:
    logger.warning("%s is to be made when something is written to it: %s", folder.path, error)
