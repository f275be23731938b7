"""What a log's folder holds: trusted after a clean stop, read over and cut at the first bad byte after any other.

Behaviour of Kafka 4.4: from the segment on that holds the recovery point, checksums are verified, what follows the
first bad batch is cut off, and indexes, leader epochs, producer state and aborted transactions are made anew.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.directory.checkpoints import LEADER_EPOCHS, read_epochs
from kafkacompat.storage.directory.replay import Replay
from kafkacompat.storage.directory.snapshots import SNAPSHOT, read_snapshot, restore
from kafkacompat.storage.directory.transaction_indexes import TransactionIndexes
from kafkacompat.storage.disk.indexes import GrowingIndex
from kafkacompat.storage.disk.open_files import DamagedFileError
from kafkacompat.storage.disk.segment_files import (
    INDEX,
    LOG,
    MAX_POSITION,
    TIME_INDEX,
    ClosedFileSegment,
    GrowingFileSegment,
    Storage,
    segment_name,
)
from kafkacompat.storage.disk.transaction_index import TRANSACTION_INDEX, TransactionIndex
from kafkacompat.storage.disk.walking import Batch, Order, begins_with_another, checked, whole_batches
from kafkacompat.storage.epochs import EpochCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kafkacompat.storage.aborted import AbortedTransaction
    from kafkacompat.storage.disk.file_segment import FileSegment
    from kafkacompat.storage.disk.walking import FirstBatch
    from kafkacompat.storage.producers import ProducerTable
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

logger = logging.getLogger(__name__)

OFFSET_DIGITS: Final = 20
NEVER: Final = 1 << 63
LEFTOVERS: Final = (".deleted", ".cleaned", ".tmp")
"""What was on its way out, or not yet in, when the process ended."""


class LoadedLog(NamedTuple):
    """A log as its folder has it."""

    closed: list[ClosedFileSegment]
    active: GrowingFileSegment
    end_offset: int
    epochs: EpochCache
    producers: ProducerTable | None
    transactions: dict[int, TransactionIndex]


class Loader:
    """Reads one log's folder; `log_start_offset` and `recovery_point` are what the checkpoints say of it.

    `first_batches` are those that its segments begin with, as far as that is known.
    OSError where it cannot be read, or where less is there than is known to have been flushed.
    """

    def __init__(
        self,
        storage: Storage,
        interval_bytes: int,
        log_start_offset: int,
        recovery_point: int,
        new_producers: Callable[[], ProducerTable],
        first_batches: Mapping[int, FirstBatch],
    ) -> None:
        self._storage = storage
        self._interval_bytes = interval_bytes
        self._log_start_offset = log_start_offset
        self._recovery_point = recovery_point
        self._new_producers = new_producers
        self._first_batches = first_batches
        self._replay = Replay(new_producers, self._take_aborted)
        self._remade_from = NEVER
        """From which offset on the indexes of aborted transactions are made anew."""
        self._names = storage.files.names(storage.folder.path)
        self._epochs = EpochCache()
        self._transactions = TransactionIndexes(storage, self._offsets_of(TRANSACTION_INDEX))

    def load(self, *, clean: bool) -> LoadedLog:
        """Read the folder, on trust if `clean`."""
        self._sweep()
        bases = self._offsets_of(LOG)
        for base in bases:
            self._identify(base)
        self._transactions.sweep(bases)
        epochs_known = self._read_epochs()
        if not bases:
            bases = [self._log_start_offset]
            closed = list[ClosedFileSegment]()
            active = self._growing(bases[0])
        elif clean:
            closed, active = self._trusted(bases)
        else:
            closed, active = self._recovered(bases)
        end_offset = active.end_offset
        if end_offset < self._recovery_point:
            raise DamagedFileError(
                active.file.path,
                f"ends at offset {end_offset} although {self._recovery_point} was flushed: put back what is missing, "
                "or remove the folder to begin the log anew",
            )
        segments: list[FileSegment] = [*closed, active]
        if clean:
            self._trust_transactions(segments)
            self._read_producers(segments, end_offset)
        if not epochs_known:
            self._complete_epochs(batch for _, batch in _batches_of(segments, 0))
        elif clean:
            self._complete_epochs(_batches_after_index(active))
        self._epochs.drop_after(end_offset)
        self._epochs.drop_before(self._log_start_offset)
        return LoadedLog(
            closed, active, end_offset, self._epochs, self._replay.producers, self._transactions.of_segments
        )

    # Segments.

    def _trusted(self, bases: list[int]) -> tuple[list[ClosedFileSegment], GrowingFileSegment]:
        storage, base = self._storage, bases[-1]
        closed = [self._closed(base_offset, after) for base_offset, after in pairwise(bases)]
        active = self._growing(base)
        size = storage.files.size(active.file.path)
        try:
            stored = self._stored_index(base)
            active.read_over(size, stored=stored)
        except DamagedFileError as error:
            logger.warning("reading a segment over that should have been whole: %s", error)
            active, _ = self._scan(base, visit=lambda _header, _run, _position: None)
        return closed, active

    def _recovered(self, bases: list[int]) -> tuple[list[ClosedFileSegment], GrowingFileSegment]:
        first = max((i for i, base in enumerate(bases) if base <= self._recovery_point), default=0)
        closed = [self._closed(base, after) for base, after in pairwise(bases[: first + 1])]
        flushed = self._up_to_recovery_point(bases[first])
        self._trust_transactions(closed)
        self._remade_from = bases[first]
        read_from = self._read_producers([*closed, flushed], flushed.end_offset)
        if not self._transactions.keep_before(bases[first], read_from):
            self._remake_transactions([*closed, flushed], read_from)
        for position, base in enumerate(bases[first:], first):
            active, whole = self._scan(base, self._visit)
            self._transactions.save(base)
            if position + 1 == len(bases):
                break
            if not whole or not self._follows(bases[position + 1], active.end_offset):
                for gone in bases[position + 1 :]:
                    logger.warning("removing segment %d of %s: it follows a bad one", gone, self._storage.folder.path)
                    self._remove_segment(gone)
                break
            closed.append(active.closed())
        for offset in self._offsets_of(SNAPSHOT):
            if offset > active.end_offset:
                self._storage.files.remove_if_there(self._storage.path(segment_name(offset, SNAPSHOT)))
        return closed, active

    def _follows(self, base: int, end_offset: int) -> bool:
        """Tell whether a segment may follow what ends at an offset."""
        return base == end_offset or end_offset < min(base, self._storage.gaps_before)

    def _identify(self, base: int) -> None:
        """Refuse the file of another log, before anything in it is cut off; compaction may have changed what it did."""
        first = self._first_batches.get(base)
        if first is None or base < self._storage.gaps_before:
            return
        path = self._storage.path(segment_name(base, LOG))
        if begins_with_another(self._storage.files, path, first):
            raise DamagedFileError(
                path, "does not begin with the batch that was written here, as another log's file would: put it back"
            )

    def _scan(self, base: int, visit: Callable[[BatchHeader, Piece, int], None]) -> tuple[GrowingFileSegment, bool]:
        """Read a segment over and cut it at the first bad byte; tell whether it was whole."""
        growing = self._up_to_recovery_point(base)
        path, size, flushed_end = growing.file.path, self._size_of(base), growing.size_bytes
        order = Order(growing.end_offset, self._storage.gaps_before)
        self._complete_epochs(_batches_after_index(growing))
        try:
            for _, run in whole_batches(growing.file, flushed_end, size):
                last_end = 0
                for batch in checked(run, order):
                    growing.note(batch.header.base_offset, batch.header, batch.end - batch.position)
                    visit(batch.header, run, batch.position)
                    last_end = batch.end
                if last_end != len(run):
                    break
        except DamagedFileError as error:
            logger.info("%s", error)
        if growing.size_bytes < size:
            logger.warning("cutting %s from %d to %d bytes", path, size, growing.size_bytes)
            growing.file.cut(growing.size_bytes)
        growing.trust(flushed_end)
        return growing, growing.size_bytes == size

    def _up_to_recovery_point(self, base: int) -> GrowingFileSegment:
        """Return a segment with what was flushed, if a clean stop has left an index of that, else with nothing.

        What was flushed is there, and is checked when it is first read; so it need not be read now.
        """
        growing = self._growing(base)
        if self._recovery_point <= base:
            return growing
        try:
            stored = self._stored_index(base)
            if stored is not None:
                growing.read_over(self._size_of(base), stored=stored, until_offset=self._recovery_point)
                if stored.at_position(MAX_POSITION).position >= growing.size_bytes:
                    return self._growing(base)  # the index is of more than was flushed
        except DamagedFileError as error:
            logger.info("reading a segment over from its start: %s", error)
            return self._growing(base)
        return growing

    def _growing(self, base: int) -> GrowingFileSegment:
        return GrowingFileSegment(self._storage, base, self._interval_bytes)

    def _closed(self, base: int, end_offset: int) -> ClosedFileSegment:
        segment = ClosedFileSegment(self._storage, base, end_offset, self._size_of(base), self._interval_bytes)
        segment.first_batch = self._first_batches.get(base)
        return segment

    def _size_of(self, base: int) -> int:
        return self._storage.files.size(self._storage.path(segment_name(base, LOG)))

    def _stored_index(self, base: int) -> GrowingIndex | None:
        files, path = self._storage.files, self._storage.path
        try:
            offset_data = files.read_whole(path(segment_name(base, INDEX)))
            time_data = files.read_whole(path(segment_name(base, TIME_INDEX)))
        except FileNotFoundError:
            return None
        return GrowingIndex.parse(offset_data, time_data)

    def _remove_segment(self, base: int) -> None:
        for suffix in (LOG, INDEX, TIME_INDEX, SNAPSHOT, TRANSACTION_INDEX):
            self._storage.files.remove_if_there(self._storage.path(segment_name(base, suffix)))

    # Producers and epochs.

    def _visit(self, header: BatchHeader, run: Piece, position: int) -> None:
        self._take_epoch(header)
        self._replay.take(header, run, position, self._storage.folder.path)

    def _take_epoch(self, header: BatchHeader) -> None:
        if header.leader_epoch > self._epochs.latest:
            self._epochs.begin(header.leader_epoch, header.base_offset)

    def _take_aborted(self, aborted: AbortedTransaction) -> None:
        if aborted.last_offset >= self._remade_from:
            self._transactions.note(aborted)

    def _read_producers(self, segments: Sequence[FileSegment], end_offset: int) -> int:
        """Take the newest good snapshot up to `end_offset` and what comes after it; return where that begins."""
        return self._read_into(self._replay, segments, end_offset, end_offset)

    def _read_into(self, replay: Replay, segments: Sequence[FileSegment], snapshot_until: int, end_offset: int) -> int:
        offset = self._read_newest_snapshot(replay, snapshot_until)
        if offset < end_offset:
            for segment, batch in _batches_of(segments, max(offset, self._log_start_offset)):
                if offset <= batch.header.base_offset < end_offset:
                    replay.take_from(segment, batch)
        return offset

    def _trust_transactions(self, segments: Sequence[FileSegment]) -> None:
        for position, segment in enumerate(segments):
            if not self._transactions.trust(segment.base_offset, segment.end_offset):
                self._remake_transactions(segments[: position + 1], segment.end_offset)
                self._transactions.save(segment.base_offset)

    def _remake_transactions(self, segments: Sequence[FileSegment], end_offset: int) -> None:
        """Make the index of the last of some segments anew, up to an offset, from where its producers are known."""
        base = segments[-1].base_offset
        aborted: list[AbortedTransaction] = []
        replay = Replay(self._new_producers, aborted.append)
        self._read_into(replay, segments, base, end_offset)
        replay.table().release()
        self._transactions.put_before(one for one in aborted if one.last_offset >= base)

    def _read_newest_snapshot(self, replay: Replay, end_offset: int) -> int:
        for snapshot_offset in reversed(self._offsets_of(SNAPSHOT)):
            if snapshot_offset <= end_offset and self._read_snapshot(replay, snapshot_offset):
                return snapshot_offset
        return 0

    def _read_snapshot(self, replay: Replay, offset: int) -> bool:
        path = self._storage.path(segment_name(offset, SNAPSHOT))
        entries = read_snapshot(self._storage.files.read_whole(path))
        if entries is None:
            logger.warning("passing over %s: it is not what was written", path)
            return False
        for entry in entries:
            restore(replay.table(), entry)
        return True

    def _read_epochs(self) -> bool:
        """Read the epochs' checkpoint, and tell whether there was a good one."""
        path = self._storage.path(LEADER_EPOCHS)
        try:
            epochs = read_epochs(self._storage.files.read_whole(path))
        except FileNotFoundError:
            return False
        for epoch, offset in epochs or ():
            self._epochs.begin(epoch, offset)
        return epochs is not None

    def _complete_epochs(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            self._take_epoch(batch.header)

    # The folder.

    def _offsets_of(self, suffix: str) -> list[int]:
        end = OFFSET_DIGITS + len(suffix)
        return sorted(
            int(name[:OFFSET_DIGITS])
            for name in self._names
            if len(name) == end and name.endswith(suffix) and name[:OFFSET_DIGITS].isdigit()
        )

    def _sweep(self) -> None:
        for name in self._names:
            if name.endswith(LEFTOVERS):
                self._storage.files.remove_if_there(self._storage.path(name))


def _batches_of(segments: Sequence[FileSegment], offset: int) -> Iterator[tuple[FileSegment, Batch]]:
    """Step through the batches of segments from the one that contains `offset` on, by their headers."""
    for position, segment in enumerate(segments):
        if position + 1 < len(segments) and segments[position + 1].base_offset <= offset:
            continue
        for batch in segment.headers_from(segment.position_of(offset)):
            yield segment, batch


def _batches_after_index(active: GrowingFileSegment) -> Iterator[Batch]:
    """Step through the batches from the last indexed one on."""
    return active.headers_from(active.index.at_position(MAX_POSITION).position)
