"""Flushing logs to the disk in a thread: in the background, or as one commit of all whose answers wait for it."""

from __future__ import annotations

import logging
from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Iterable

    from kafkacompat.storage.directory.log import DirectoryLog
    from kafkacompat.storage.disk.files import Files

logger = logging.getLogger(__name__)


class Flusher:
    """One thread that waits for the disk, so that nobody else does; it is started when there is something to do."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: dict[DirectoryLog, None] = {}
        self._round: Future[None] | None = None
        self._next_round: Future[None] | None = None

    def do(self, work: Callable[[], None]) -> None:
        """Have something done in the thread; what it raises is logged."""
        self._executor().submit(_logged, work)

    def do_now(self, work: Callable[[], None]) -> None:
        """Have something done in the thread after all before it, and wait until it is done; raises what it raises."""
        self._executor().submit(work).result()

    def flush_soon(self, log: DirectoryLog) -> None:
        """Have what a log has by now flushed in the background."""
        paths, end_offset = log.unsynced(), log.end_offset
        self.do(lambda: self._sync(log, paths, end_offset))

    async def flush(self, logs: Iterable[DirectoryLog]) -> None:
        """Return when what the logs have by now is on the disk; those that failed say so themselves.

        Whoever asks while a flush is under way shares the next one: a group commit.
        """
        self._waiting.update(dict.fromkeys(logs))
        if self._next_round is None:
            self._next_round = get_running_loop().create_future()
        done = self._next_round
        if self._round is None:
            self._begin_round()
        await done

    def close(self) -> None:
        """Finish what was begun."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = None

    def _begin_round(self) -> None:
        self._round, self._next_round = self._next_round, None
        jobs = [(log, log.unsynced(), log.end_offset) for log in self._waiting]
        self._waiting = {}
        loop = get_running_loop()
        loop.run_in_executor(self._executor(), self._sync_all, jobs).add_done_callback(self._end_round)

    def _end_round(self, outcome: Future[None]) -> None:
        done, self._round = self._round, None
        assert done is not None, "a round ends once"
        if not done.done():
            done.set_result(None)
        error = outcome.exception()
        if error is not None:
            logger.error("a flush broke", exc_info=error)
        if self._next_round is not None:
            self._begin_round()

    def _sync_all(self, jobs: list[tuple[DirectoryLog, list[str], int]]) -> None:
        for log, paths, end_offset in jobs:
            self._sync(log, paths, end_offset)

    def _sync(self, log: DirectoryLog, paths: list[str], end_offset: int) -> None:
        for path in paths:
            try:
                self._files.sync_path(path)
            except FileNotFoundError:
                continue  # removed meanwhile, and so needed no more
            except OSError as error:
                log.fail(error)
                return
        log.synced(end_offset)

    def _executor(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "flush")
        return self._thread


def _logged(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        logger.exception("work in the background broke")
