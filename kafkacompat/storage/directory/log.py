"""One partition's log in files."""

from __future__ import annotations

import errno
import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from kafkacompat.storage.directory.checkpoints import LEADER_EPOCHS, write_epochs
from kafkacompat.storage.directory.recovery import Loader
from kafkacompat.storage.directory.snapshots import SNAPSHOT, entry_of, write_snapshot
from kafkacompat.storage.disk.segment_files import LOG, ClosedFileSegment, GrowingFileSegment, Storage, segment_name
from kafkacompat.storage.disk.transaction_index import TransactionIndex
from kafkacompat.storage.partition_log import FULL, EmbeddedLog
from kafkacompat.wire.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kafkacompat.clock.ports import Clock
    from kafkacompat.storage.aborted import AbortedTransaction
    from kafkacompat.storage.directory.checkpoints import LogName
    from kafkacompat.storage.disk.file_segment import FileSegment
    from kafkacompat.storage.disk.walking import FirstBatch
    from kafkacompat.storage.memory import Memory
    from kafkacompat.storage.producers import ProducerTable
    from kafkacompat.storage.reading import SegmentView
    from kafkacompat.storage.store import (
        ActiveProducer,
        Append,
        Appended,
        Bounds,
        Duplicate,
        EpochEnd,
        Isolation,
        LogConfig,
        Read,
        Refused,
        TimestampOffset,
    )

logger = logging.getLogger(__name__)

NEVER: Final = (1 << 63) - 1
"""`flush.messages` and `flush.ms` where the operating system decides when to write."""
PASSING: Final = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)
"""After these errors the next append may succeed; after any other the file cannot be relied on."""
NOTHING_KNOWN: Final[Mapping[int, FirstBatch]] = MappingProxyType({})


class LogKeeper(Protocol):
    """What a log asks of its engine."""

    def checkpoint_starts(self) -> None:
        """Make the logs' start offsets durable; OSError if that fails."""

    def discard(self, log: DirectoryLog, segment: ClosedFileSegment) -> None:
        """Remove a segment's files, when readers have had their time."""

    def sync_soon(self, log: DirectoryLog) -> None:
        """Have what the log has by now flushed in the background."""

    def flush_before_answer(self, log: DirectoryLog) -> None:
        """Have the log flushed before its appends are answered."""

    def flush_within(self, log: DirectoryLog, delay_ms: int) -> None:
        """Have the log flushed after a delay of real time."""

    def first_batches_changed(self) -> None:
        """Have it written down which batches segments begin with, before what is appended now is answered."""


class DirectoryLog(EmbeddedLog[ClosedFileSegment]):
    """A log in files.

    After a clean stop its folder is read when it is first used.  `recovery_point` is the offset up to which everything
    is known to be on the disk.
    """

    __slots__ = (
        "_epochs_to_write",
        "_first_batches_before",
        "_flushes",
        "_keeper",
        "_pending_epoch",
        "_ready",
        "_storage",
        "_transactions",
        "failure",
        "flush_is_due",
        "name",
        "recovery_point",
    )

    def __init__(
        self,
        name: LogName,
        storage: Storage,
        keeper: LogKeeper,
        config: LogConfig,
        clock: Clock,
        memory: Memory,
        new_producers: Callable[[], ProducerTable],
        *,
        log_start_offset: int = 0,
        recovery_point: int = 0,
        first_batches: Mapping[int, FirstBatch] = NOTHING_KNOWN,
    ) -> None:
        super().__init__(config, clock, memory, new_producers)
        self.name = name
        self._storage = storage
        self._keeper = keeper
        self._log_start_offset = log_start_offset
        self.recovery_point = recovery_point
        self.failure: OSError | None = None
        """Why the log cannot be used, if it cannot."""
        self.flush_is_due = False
        self._ready = False
        self._pending_epoch = -1
        self._flushes = _flushes(config)
        self._epochs_to_write = False
        self._first_batches_before = first_batches
        self._transactions: dict[int, TransactionIndex] = {}
        """Which segments have an index of aborted transactions, by base offset."""

    # The folder.

    @property
    def storage(self) -> Storage:
        """Where its files are."""
        return self._storage

    @property
    def log_start_offset(self) -> int:
        """Where the log starts, as far as is known without reading its folder."""
        return self._log_start_offset

    @property
    def start_needs_checkpoint(self) -> bool:
        """Whether the log starts later than its first segment, which its files do not tell."""
        if not self._ready:
            return self._log_start_offset > 0
        first = self._closed[0] if self._closed else self._active
        return self._log_start_offset > first.base_offset

    @property
    def file_delete_delay_ms(self) -> int:
        """How long files stay after they are no longer needed."""
        return self._config.file_delete_delay_ms

    def segments(self) -> list[FileSegment]:
        """Return the segments whose files readers may hold."""
        return [*(self._closed or ()), self._active] if self._ready else []

    def first_batches(self) -> Mapping[int, FirstBatch]:
        """Return which batches its segments begin with, by base offset, as far as that is known."""
        if not self._ready:
            return self._first_batches_before
        return {
            segment.base_offset: segment.first_batch for segment in self.segments() if segment.first_batch is not None
        }

    @property
    def is_loaded(self) -> bool:
        """Whether its folder has been read, and can be used."""
        return self._ready

    def begin_empty(self) -> None:
        """Be a new log, without files yet: what the checkpoints say is of one whose folder somebody has removed."""
        self._log_start_offset = self.recovery_point = 0
        self._active = GrowingFileSegment(self._storage, 0, self._config.index_interval_bytes)
        self._begin_use()

    def load(self, *, clean: bool = True) -> bool:
        """Read the folder and tell whether the log can be used; after a stop that was not clean, recover it."""
        if self._ready or self.failure is not None:
            return self._ready
        try:
            loaded = Loader(
                self._storage,
                self._config.index_interval_bytes,
                self._log_start_offset,
                self.recovery_point,
                self._new_producers,
                self._first_batches_before,
            ).load(clean=clean)
        except OSError as error:
            self.fail(error)
            return False
        self._closed = loaded.closed or None
        self._active = loaded.active
        self.end_offset = loaded.end_offset
        self._epochs = loaded.epochs
        self._leader_epoch = loaded.epochs.latest
        self._producers = loaded.producers
        self._transactions = loaded.transactions
        first = self._closed[0] if self._closed else self._active
        self._log_start_offset = min(max(self._log_start_offset, first.base_offset), self.end_offset)
        self._begin_use()
        if self._pending_epoch > self._leader_epoch:
            self._begin(self._pending_epoch)
        return True

    def _begin_use(self) -> None:
        """Be ready; what was known of batches that are not there may not be held against those that come instead."""
        self._ready = True
        before, self._first_batches_before = self._first_batches_before, NOTHING_KNOWN
        if before:
            now, last_base = self.first_batches(), self._active.base_offset
            if any(now.get(base) != first for base, first in before.items() if base >= last_base):
                self._keeper.first_batches_changed()

    def save(self) -> None:
        """Write what is only in memory, at a clean stop; OSError if that fails."""
        if not self._ready:
            return
        if self._active.size_bytes:
            self._active.write_index()
        if self._active.size_bytes or self._closed:
            self._write_snapshot()
        if self._epochs_to_write:
            self._save_epochs()

    def shut(self) -> None:
        """Give back every descriptor."""
        if self._ready:
            for segment in self._closed or ():
                segment.close()
            self._active.file.close()
            for index in self._transactions.values():
                index.close()

    def unsynced(self) -> list[str]:
        """Return what must be flushed to have all after the recovery point: files, and the folder if some are new."""
        if not self._ready or self.recovery_point >= self.end_offset:
            return []
        segments = [*(self._closed or ()), self._active]
        after = [segment.base_offset for segment in segments[1:]] + [self.end_offset]
        paths = []
        for segment, end in zip(segments, after, strict=True):
            if end > self.recovery_point:
                paths.append(segment.file.path)
                index = self._transactions.get(segment.base_offset)
                if index is not None:
                    paths.append(index.path)
        return [*paths, self._storage.folder.path] if self.recovery_point <= self._active.base_offset else paths

    def synced(self, offset: int) -> None:
        """Take note that everything before an offset is on the disk."""
        self.recovery_point = max(self.recovery_point, offset)
        self.flush_is_due = False

    # What the engine asks, and everyone: as in memory, once the folder is read.

    def append(self, append: Append) -> Appended | Duplicate | Refused:
        """Check a batch, write it at the log's end, and wake whoever waits for it."""
        if not self._ready and not self.load():
            return FULL
        outcome = super().append(append)
        if self._flushes:
            self._ask_for_flush()
        if self._epochs_to_write:
            self._try_to_write_epochs()
        return outcome

    def _ask_for_flush(self) -> None:
        config = self._config
        if config.flush_messages != NEVER and self.end_offset - self.recovery_point >= config.flush_messages:
            self._keeper.flush_before_answer(self)
        elif config.flush_ms != NEVER and not self.flush_is_due and self.end_offset > self.recovery_point:
            if config.flush_ms <= 0:
                self._keeper.flush_before_answer(self)
            else:
                self.flush_is_due = True
                self._keeper.flush_within(self, config.flush_ms)

    def read(self, offset: int, limit_bytes: int, isolation: Isolation, *, whole_first: bool) -> Read | Refused:
        """Return whole batches from the one that contains `offset` on."""
        if not self._ready and not self.load():
            return FULL
        return super().read(offset, limit_bytes, isolation, whole_first=whole_first)

    def readable_end(self, isolation: Isolation) -> int:
        """Return the offset before which a reader may see."""
        if not self._ready and not self.load():
            return NEVER  # whoever waits is better told
        return super().readable_end(isolation)

    def configure(self, config: LogConfig) -> None:
        """Take new settings."""
        super().configure(config)
        self._flushes = _flushes(config)
        if self._ready:
            self._active.interval_bytes = config.index_interval_bytes

    async def bounds(self) -> Bounds:
        """Return where the log starts and ends."""
        self._need()
        return await super().bounds()

    async def find_timestamp(self, timestamp_ms: int, isolation: Isolation) -> TimestampOffset | None:
        """Return the first readable record at or after `timestamp_ms`."""
        self._need()
        return await super().find_timestamp(timestamp_ms, isolation)

    async def find_max_timestamp(self) -> TimestampOffset | None:
        """Return the first record with the largest timestamp."""
        self._need()
        return await super().find_max_timestamp()

    async def begin_epoch(self, leader_epoch: int) -> None:
        """Note that a leader of this epoch begins at the log's end; an unread folder stays unread."""
        if self._ready:
            await super().begin_epoch(leader_epoch)
        else:
            self._pending_epoch = max(self._pending_epoch, leader_epoch)

    async def find_epoch(self, leader_epoch: int) -> EpochEnd:
        """Return where `leader_epoch` ends."""
        self._need()
        return await super().find_epoch(leader_epoch)

    async def epoch_at(self, offset: int) -> int:
        """Return the epoch of the record at `offset`."""
        self._need()
        return await super().epoch_at(offset)

    async def delete_before(self, offset: int) -> int | Refused:
        """Raise the log start offset, on the disk too, and remove the segments before it."""
        if not self._ready and not self.load():
            return FULL
        return await super().delete_before(offset)

    async def apply_retention(self, now_ms: int, retention_ms: int, retention_bytes: int) -> int | Refused:
        """Delete segments that are too old or too much."""
        if not self._ready and not self.load():
            return FULL
        return await super().apply_retention(now_ms, retention_ms, retention_bytes)

    async def size_bytes(self) -> int:
        """Return the size of all batches."""
        self._need()
        return await super().size_bytes()

    async def transaction_guard(self, producer_id: int, producer_epoch: int, base_sequence: int = -1) -> int | None:
        """Return what the first batch of a transaction needs, None if it is open already."""
        self._need()
        return await super().transaction_guard(producer_id, producer_epoch, base_sequence)

    async def active_producers(self) -> list[ActiveProducer]:
        """Return the producers that are remembered."""
        self._need()
        return await super().active_producers()

    # How it is done.

    _active: GrowingFileSegment

    def _need(self) -> None:
        if not self._ready and not self.load():
            raise ApiError(FULL.code)

    def _roll(self) -> None:
        closed = self._active.closed()
        if self._closed is None:
            self._closed = []
        self._closed.append(closed)
        self._active = GrowingFileSegment(self._storage, self.end_offset, self._config.index_interval_bytes)
        self._write_snapshot()
        self._keeper.sync_soon(self)

    def _make_room(self, size_bytes: int) -> bool:  # noqa: ARG002 - records are in files
        return True

    def _discard(self, segment: ClosedFileSegment) -> int:
        index = self._transactions.pop(segment.base_offset, None)
        if index is not None:
            index.close()
        self._keeper.discard(self, segment)
        return 0

    def _modified_ms(self, segment: SegmentView) -> int:
        return self._storage.files.modified_ms(self._storage.path(segment_name(segment.base_offset, LOG)))

    def _without_head(self, segment: ClosedFileSegment, offset: int) -> tuple[ClosedFileSegment, int]:  # noqa: ARG002 - a file goes as a whole
        return segment, 0

    def _has_aborted(self) -> bool:
        return bool(self._transactions)

    def _aborted(self, offset: int, end_offset: int) -> list[AbortedTransaction]:
        found: list[AbortedTransaction] = []
        for segment in self._segments_from(offset):
            index = self._transactions.get(segment.base_offset)
            if index is not None and index.collect(offset, end_offset, found):
                break
        return found

    def _note_aborted(self, aborted: AbortedTransaction) -> None:
        base_offset = self._active.base_offset
        index = self._transactions.get(base_offset) or TransactionIndex(self._storage, base_offset, grows=True)
        index.add(aborted)
        self._transactions[base_offset] = index

    def _take_back_aborted(self) -> None:
        index = self._transactions[self._active.base_offset]
        try:
            index.take_back()
            if not index.count:
                self._storage.files.remove_if_there(index.path)
                del self._transactions[self._active.base_offset]
        except OSError as error:
            self.fail(error)  # it names what is not there
            raise

    def _start_moved(self) -> None:
        self._keeper.checkpoint_starts()

    def _begin(self, leader_epoch: int) -> None:
        super()._begin(leader_epoch)
        self._epochs_to_write = True

    def _try_to_write_epochs(self) -> None:
        try:
            self._write_epochs()
        except OSError as error:
            logger.warning("the leader epochs of %s are to be written later: %s", self.name, error)

    def _write_epochs(self) -> None:
        if self._epochs is not None:
            data = write_epochs(self._epochs.entries())
            self._storage.files.replace(self._storage.path(LEADER_EPOCHS), data, sync=False)
        self._epochs_to_write = False

    def _save_epochs(self) -> None:
        """Write the epochs that have records; one without is begun again, at the same offset, by the next leader.

        So the stop of many logs that nobody has written to replaces no files.
        """
        epochs = () if self._epochs is None else self._epochs.entries()
        written = [(epoch, start_offset) for epoch, start_offset in epochs if start_offset < self.end_offset]
        if written:
            self._storage.files.replace_if_other(self._storage.path(LEADER_EPOCHS), write_epochs(written))

    def _write_snapshot(self) -> None:
        """Write the producers as they are at the log's end."""
        states = () if self._producers is None else self._producers.states()
        entries = (entry_of(producer_id, state) for producer_id, state in states)
        name = segment_name(self.end_offset, SNAPSHOT)
        self._storage.files.replace_if_other(self._storage.path(name), write_snapshot(entries))

    def _write_failed(self, error: OSError) -> Refused:
        if error.errno in PASSING:
            return super()._write_failed(error)
        self.fail(error)
        return FULL

    def fail(self, error: OSError) -> None:
        """Serve no more: the log's files cannot be relied on."""
        self.failure = error
        self._ready = False
        logger.error(
            "%s answers KAFKA_STORAGE_ERROR from now on: %s; put right or remove its files in %s, and start again",
            self.name,
            error,
            self._storage.folder.path,
        )


def _flushes(config: LogConfig) -> bool:
    """Tell whether a log is ever flushed for its topic's sake."""
    return config.flush_messages != NEVER or config.flush_ms != NEVER
