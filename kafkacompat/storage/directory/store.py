"""The directory engine: logs in Kafka's own files, there again after any stop of the process."""

from __future__ import annotations

import logging
import resource
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from kafkacompat.storage.directory.checkpoints import (
    CLEANER_POINTS,
    HIGH_WATERMARKS,
    LOG_STARTS,
    RECOVERY_POINTS,
    LogName,
    read_offsets,
    write_offsets,
)
from kafkacompat.storage.directory.errors import DataDirectoryError
from kafkacompat.storage.directory.first_batches import FirstBatches
from kafkacompat.storage.directory.flushing import Flusher
from kafkacompat.storage.directory.folders import DELETED, STRAY, find_logs, parting_name
from kafkacompat.storage.directory.lock import DirectoryLock
from kafkacompat.storage.directory.log import NOTHING_KNOWN, DirectoryLog
from kafkacompat.storage.directory.making import Making
from kafkacompat.storage.directory.properties import (
    CLEAN_SHUTDOWN,
    META_PROPERTIES,
    PARTITION_METADATA,
    DirectoryIdentity,
    identify,
    write_clean_shutdown,
    write_partition_metadata,
)
from kafkacompat.storage.directory.removal import Removals
from kafkacompat.storage.disk.files import Files
from kafkacompat.storage.disk.open_files import (
    KEPT_FOR_OTHERS,
    MAX_OPEN_FILES,
    DamagedFileError,
    Folder,
    OpenFiles,
)
from kafkacompat.storage.disk.segment_files import Storage
from kafkacompat.storage.embedded import EmbeddedStore
from kafkacompat.storage.memory import Memory
from kafkacompat.storage.producers import ProducerTable
from kafkacompat.storage.store import LogConfig, PartitionKey, Refused
from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kafkacompat.clock.ports import Clock, Deadline, Deadlines
    from kafkacompat.storage.disk.segment_files import ClosedFileSegment
    from kafkacompat.storage.disk.walking import FirstBatch
    from kafkacompat.storage.store import Append, Appended, Duplicate, Fence

logger = logging.getLogger(__name__)

CHECKPOINT_INTERVAL_MS: Final = 60_000
DEFAULT_PRODUCER_EXPIRATION_MS: Final = 86_400_000
NO_LIMIT: Final = 1 << 62
FLUSH_FAILED: Final = Refused(ErrorCode.KAFKA_STORAGE_ERROR)


class Progress(Protocol):
    """Told of a recovery."""

    def __call__(self, log_name: str, done: int, total: int) -> None:
        """Take note that one more log is about to be read over, after `done` of `total`."""


class Unclaimed(NamedTuple):
    """A log whose topic has not been created yet, and which topic its folder says it is of: None if it does not."""

    log: DirectoryLog
    topic_id: bytes | None


class DirectoryStore(EmbeddedStore[DirectoryLog]):
    """A `Store` in a directory.  Use `open`."""

    def __init__(
        self,
        root: str,
        identity: DirectoryIdentity,
        lock: DirectoryLock,
        clock: Clock,
        real_time: Deadlines,
        random_bytes: Callable[[int], bytes],
        files: Files,
        max_open_files: int,
        producer_expiration_ms: int,
    ) -> None:
        super().__init__(real_time)
        self.root = root
        self.identity = identity
        self.broker_epoch = -1
        """What a clean stop writes down for the next start (KIP-966)."""
        self._lock = lock
        self._random_bytes = random_bytes
        self._files = files
        self._open_files = OpenFiles(files, max_open_files)
        self._clock = clock
        self._memory = Memory(NO_LIMIT)
        self._new_producers = partial(ProducerTable, clock, producer_expiration_ms, self._memory)
        self._flusher = Flusher(files)
        self._removals = Removals(files, real_time, self._flusher)
        self._making = Making(files, real_time, self._flusher, random_bytes)
        self._first_batches = FirstBatches(files, root)
        self._unclaimed: dict[LogName, Unclaimed] = {}
        self._to_flush: dict[DirectoryLog, None] = {}
        self._next_checkpoint: Deadline | None = None
        self._starts: dict[LogName, int] = {}
        self._cleaned: dict[LogName, int] = {}
        self._recovery_points: dict[LogName, int] = {}

    @classmethod
    def open(
        cls,
        root: str,
        clock: Clock,
        real_time: Deadlines,
        random_bytes: Callable[[int], bytes],
        *,
        cluster_id: str,
        node_id: int,
        producer_expiration_ms: int = DEFAULT_PRODUCER_EXPIRATION_MS,
        max_open_files: int = MAX_OPEN_FILES,
        files: Files | None = None,
        progress: Progress | None = None,
    ) -> DirectoryStore:
        """Open a directory, made if it is not there; what was not stopped cleanly is recovered here.

        `clock` is the domain clock, by which producers and records expire, `real_time` what readers and
        flushes wait for.
        DataDirectoryError, whose message is a sentence for the person who named the directory.
        """
        try:
            Path(root).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataDirectoryError(f"{root} cannot be made a directory: {error.strerror}; name another.") from error
        lock = DirectoryLock(root)
        try:
            files = files or Files()
            wanted = DirectoryIdentity(cluster_id, node_id, "")
            identity = identify(files, f"{root}/{META_PROPERTIES}", wanted, random_bytes)
            max_open_files = _allowed_files(max_open_files)
            store = cls(
                root, identity, lock, clock, real_time, random_bytes, files, max_open_files, producer_expiration_ms
            )
            store._find(progress)
        except OSError as error:
            lock.release()
            name = error.filename or root
            raise DataDirectoryError(
                f"{name} cannot be used: {error.strerror}; put it right, or use another directory."
            ) from error
        except BaseException:
            lock.release()
            raise
        return store

    # What everyone asks: `Store`.

    async def create(self, partition: PartitionKey, topic_name: str, config: LogConfig) -> None:
        """Create an empty log; one that is there keeps what it has, and takes the settings.

        Its folder may follow later.  Where that cannot be made the log answers KAFKA_STORAGE_ERROR to whoever writes:
        its topic has been decided on already.
        """
        name = LogName(topic_name, partition.partition)
        log = self._logs.get(partition)
        if log is None or log.name != name or name in self._unclaimed:
            log = self._logs[partition] = self._claim(name, partition, config)
        log.configure(config)

    async def delete(self, partition: PartitionKey) -> None:
        """Delete a log, if there is one; its files go after `file.delete.delay.ms`."""
        log = self._logs.pop(partition, None)
        if log is None:
            return
        log.release()
        self._forget(log.name)
        if self._making.forgo(log.storage.folder):
            return
        path = f"{self.root}/{parting_name(log.name, self._random_bytes(16), DELETED)}"
        try:
            self._files.rename(log.storage.folder.path, path)
        except OSError as error:
            logger.warning("the folder of %s stays: %s", log.name, error)
            return
        log.storage.folder.path = path
        self._removals.remove_log(log)

    async def append(
        self, appends: Sequence[Append], fence: Fence | None = None
    ) -> list[Appended | Duplicate | Refused]:
        """Append batches, in order, each to its partition; suspends only where a flush is asked for."""
        outcomes = await super().append(appends, fence)
        if self._next_checkpoint is None:
            self._begin_to_change()
        if self._to_flush:
            logs, self._to_flush = self._to_flush, {}
            await self._flusher.flush(logs)
            for place, append in enumerate(appends):
                log = self._logs.get(append.partition)
                if log in logs and log is not None and log.failure is not None:
                    outcomes[place] = FLUSH_FAILED
        return outcomes

    async def close(self) -> None:
        """Stop cleanly: flush everything, and write down that the next start need not look."""
        if self._next_checkpoint is not None:
            self._next_checkpoint.cancel()
        self._making.finish()
        self._removals.finish()
        self._flusher.close()
        try:
            clean = self._save()
            self._write_checkpoints()
            if clean:
                path = f"{self.root}/{CLEAN_SHUTDOWN}"
                self._files.replace(path, write_clean_shutdown(self.broker_epoch), sync=True)
        except OSError as error:
            logger.warning("the directory %s was not closed cleanly: %s", self.root, error)
        for log in self._every_log():
            log.release()
        self._open_files.close()
        self._logs.clear()
        self._lock.release()

    def set_strays_aside(self) -> list[str]:
        """Rename the folders of logs that nobody has created since the directory was opened, and return their names.

        Called once every topic is known: what is left belongs to no topic (behaviour of Kafka 4.4: `-stray`).
        """
        return [self._set_aside(name) for name in list(self._unclaimed)]

    # What a log asks: `LogKeeper`.

    def checkpoint_starts(self) -> None:
        """Make the logs' start offsets durable."""
        for log in self._logs.values():
            if log.start_needs_checkpoint:
                self._starts[log.name] = log.log_start_offset
            elif log.is_loaded:
                self._starts.pop(log.name, None)
        self._files.replace(f"{self.root}/{LOG_STARTS}", write_offsets(self._starts), sync=True)

    def discard(self, log: DirectoryLog, segment: ClosedFileSegment) -> None:
        """Remove a segment's files after the topic's delay."""
        self._removals.remove_segment(log, segment)

    def sync_soon(self, log: DirectoryLog) -> None:
        """Have what the log has by now flushed in the background."""
        self._flusher.flush_soon(log)

    def flush_before_answer(self, log: DirectoryLog) -> None:
        """Have the log flushed before its appends are answered."""
        self._to_flush[log] = None

    def flush_within(self, log: DirectoryLog, delay_ms: int) -> None:
        """Have the log flushed after a delay of real time."""
        self._real_time.call_at(self._real_time.now_ms() + delay_ms, lambda: self._flusher.flush_soon(log))

    def first_batches_changed(self) -> None:
        """Have it written down which batches segments begin with, before what is appended now is answered."""
        self._first_batches.is_wrong = True
        if self._next_checkpoint is not None:
            self._next_checkpoint.cancel()
            self._next_checkpoint = None

    # How it is done.

    def _begin_to_change(self) -> None:
        """After an append that has nothing to be checkpointed before it: have that done later."""
        if self._first_batches.is_wrong:
            first_batches = self._segments_begin()
            try:
                self._flusher.do_now(lambda: self._first_batches.write(first_batches))
            except OSError as error:
                logger.warning("what segments begin with is to be written down at the next append: %s", error)
                return
            self._first_batches.is_wrong = False
        self._next_checkpoint = self._real_time.call_at(
            self._real_time.now_ms() + CHECKPOINT_INTERVAL_MS, self._checkpoint
        )

    def _find(self, progress: Progress | None) -> None:
        """Take up the logs that the directory has."""
        clean_path = f"{self.root}/{CLEAN_SHUTDOWN}"
        names = self._files.names(self.root)
        clean = CLEAN_SHUTDOWN in names
        self._recovery_points = self._read_checkpoint(RECOVERY_POINTS)
        self._starts = self._read_checkpoint(LOG_STARTS)
        self._cleaned = self._read_checkpoint(CLEANER_POINTS)
        self._first_batches.load()
        found, deleted = find_logs(self._files, self.root)
        for folder in deleted:
            with suppress(NotADirectoryError):
                self._files.remove_tree(f"{self.root}/{folder}")
        for position, (name, topic_id) in enumerate(found):
            key = None if topic_id is None else PartitionKey(topic_id, name.partition)
            log = self._new_log(name, key, LogConfig())
            self._unclaimed[name] = Unclaimed(log, topic_id)
            if key is None:
                continue
            self._logs.setdefault(key, log)
            if not clean:
                if progress is not None:
                    progress(str(name), position, len(found))
                log.load(clean=False)
        if clean:
            # From the first append on the directory is not what was closed cleanly.
            self._files.remove(clean_path)
        if CLEANER_POINTS not in names:
            self._files.replace(f"{self.root}/{CLEANER_POINTS}", b"", sync=False)

    def _read_checkpoint(self, name: str) -> dict[LogName, int]:
        path = f"{self.root}/{name}"
        try:
            offsets = read_offsets(self._files.read_whole(path))
        except FileNotFoundError:
            return {}
        if offsets is None:
            raise DataDirectoryError(
                f"{path} cannot be understood: put it back from a backup, or remove it to have every log read over."
            )
        return offsets

    def _new_log(self, name: LogName, partition: PartitionKey | None, config: LogConfig) -> DirectoryLog:
        storage = Storage(self._open_files, Folder(f"{self.root}/{name}"), self._cleaned.get(name, 0))
        return DirectoryLog(
            name,
            storage,
            self,
            config,
            self._clock,
            self._memory,
            self._new_producers,
            log_start_offset=self._starts.get(name, 0),
            recovery_point=self._recovery_points.get(name, 0),
            first_batches=NOTHING_KNOWN if partition is None else self._first_batches.take(partition),
        )

    def _claim(self, name: LogName, partition: PartitionKey, config: LogConfig) -> DirectoryLog:
        """Return the log of a topic that is known now: the one in the folder of its name, if that is of this topic."""
        there = self._unclaimed.get(name)
        if there is not None and there.topic_id == partition.topic_id:
            del self._unclaimed[name]
            return there.log
        log = self._new_log(name, partition, config)
        try:
            self._begin(log, partition, there)
        except OSError as error:
            log.fail(error)
        self._disown(name)
        return log

    def _disown(self, name: LogName) -> None:
        """Forget an unclaimed log, which may be known by the topic that its folder names."""
        there = self._unclaimed.pop(name, None)
        if there is not None:
            there.log.shut()
            if there.topic_id is not None:
                key = PartitionKey(there.topic_id, name.partition)
                if self._logs.get(key) is there.log:
                    del self._logs[key]

    def _begin(self, log: DirectoryLog, partition: PartitionKey, there: Unclaimed | None) -> None:
        """Give a log its folder: a new one, or the one of its name that does not say which topic it is of.

        One of another topic of that name, from before this one was created, is set aside.
        """
        folder = log.storage.folder.path
        if there is not None and there.topic_id is not None:
            if self._is_mixed_up(log.name, partition.topic_id, there.topic_id):
                raise DamagedFileError(f"{folder}/{PARTITION_METADATA}", "names the topic of another folder")
            self._set_aside(log.name)
            there = None
        if there is None:
            self._making.want(log.storage.folder, partition.topic_id)
            log.begin_empty()
            return
        metadata = write_partition_metadata(partition.topic_id)
        self._files.replace(f"{folder}/{PARTITION_METADATA}", metadata, sync=False)
        log.load(clean=False)

    def _is_mixed_up(self, name: LogName, topic_id: bytes, named_id: bytes) -> bool:
        """Tell whether a topic's id, or the one that its folder names, is known from a folder of another topic."""
        others = {key.topic_id for key, log in self._logs.items() if log.name.topic != name.topic}
        others.update(
            there.topic_id for at, there in self._unclaimed.items() if there.topic_id and at.topic != name.topic
        )
        return topic_id in others or named_id in others

    def _set_aside(self, name: LogName) -> str:
        self._disown(name)
        self._forget(name)
        stray = parting_name(name, self._random_bytes(16), STRAY)
        logger.warning("no topic has the folder %s in %s: it is called %s now", name, self.root, stray)
        self._files.rename(f"{self.root}/{name}", f"{self.root}/{stray}")
        return stray

    def _forget(self, name: LogName) -> None:
        self._starts.pop(name, None)
        self._cleaned.pop(name, None)
        self._recovery_points.pop(name, None)

    def _save(self) -> bool:
        """Write and flush what every log has, and tell whether all is on the disk."""
        for log in self._every_log():
            log.save()
            paths = log.unsynced()
            for path in paths:
                self._files.sync_path(path)
            if log.is_loaded:
                log.synced(log.end_offset)
        return all(log.failure is None for log in self._every_log())

    def _every_log(self) -> list[DirectoryLog]:
        return list(dict.fromkeys((*self._logs.values(), *(there.log for there in self._unclaimed.values()))))

    def _checkpoint(self) -> None:
        """Write the checkpoints, in the thread; the next append has the next ones written."""
        self._next_checkpoint = None
        offsets, first_batches = self._offsets(), self._segments_begin()
        self._flusher.do(lambda: self._write_offsets(*offsets, first_batches))

    def _write_checkpoints(self) -> None:
        self._write_offsets(*self._offsets(), self._segments_begin())
        self.checkpoint_starts()

    def _offsets(self) -> tuple[dict[LogName, int], dict[LogName, int]]:
        recovery_points, ends = dict(self._recovery_points), dict(self._recovery_points)
        for log in self._every_log():
            recovery_points[log.name] = ends[log.name] = log.recovery_point
            if log.is_loaded:
                ends[log.name] = log.end_offset
        return recovery_points, ends

    def _segments_begin(self) -> dict[PartitionKey, Mapping[int, FirstBatch]]:
        return {key: log.first_batches() for key, log in self._logs.items()}

    def _write_offsets(
        self,
        recovery_points: dict[LogName, int],
        ends: dict[LogName, int],
        first_batches: dict[PartitionKey, Mapping[int, FirstBatch]],
    ) -> None:
        self._files.replace(f"{self.root}/{RECOVERY_POINTS}", write_offsets(recovery_points), sync=True)
        self._files.replace(f"{self.root}/{HIGH_WATERMARKS}", write_offsets(ends), sync=True)
        self._first_batches.write(first_batches)


def _allowed_files(wanted: int) -> int:
    """Raise the process's limit of open files as far as it goes, and return how many of them logs may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted + KEPT_FOR_OTHERS
    if soft != resource.RLIM_INFINITY and soft < enough:
        allowed = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
        if allowed > soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
    return wanted if soft == resource.RLIM_INFINITY else max(16, min(wanted, soft - KEPT_FOR_OTHERS))
