"""Producers and their transactions, made anew from the batches of a log: nothing is checked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.storage.disk.open_files import DamagedFileError
from kafkacompat.storage.partition_log import aborted_by
from kafkacompat.wire.records.batch import CONTROL_BIT
from kafkacompat.wire.records.control import EndTransaction, read_end_transaction
from kafkacompat.wire.records.errors import CorruptRecordsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.storage.aborted import AbortedTransaction
    from kafkacompat.storage.disk.file_segment import FileSegment
    from kafkacompat.storage.disk.walking import Batch
    from kafkacompat.storage.producers import ProducerTable
    from kafkacompat.wire.records.batch import BatchHeader
    from kafkacompat.wire.schema import Piece

MAX_MARKER_BYTES: Final = 64 << 10
"""A control batch of a producer is much smaller."""


class Replay:
    """Takes batches in order; `on_abort` is told of every transaction that is aborted on the way."""

    def __init__(
        self, new_producers: Callable[[], ProducerTable], on_abort: Callable[[AbortedTransaction], None]
    ) -> None:
        self._new_producers = new_producers
        self._on_abort = on_abort
        self.producers: ProducerTable | None = None

    def table(self) -> ProducerTable:
        """Return the producers, made when there is the first."""
        if self.producers is None:
            self.producers = self._new_producers()
        return self.producers

    def take(self, header: BatchHeader, run: Piece, position: int, path: str) -> None:
        """Take a batch that is in memory: in a run from a position on, read from a file."""
        if header.producer_id < 0:
            return
        if header.attributes & CONTROL_BIT:
            self._end(header, _read_marker(run[position : position + header.size_bytes], path))
        else:
            self.table().record(header, header.base_offset)

    def take_from(self, segment: FileSegment, batch: Batch) -> None:
        """Take a batch of a segment, of which only the header has been read."""
        header, file = batch.header, segment.file
        if header.producer_id < 0:
            return
        if header.attributes & CONTROL_BIT:
            if header.size_bytes > MAX_MARKER_BYTES:
                raise DamagedFileError(file.path, f"byte {batch.position}: a marker of {header.size_bytes} bytes")
            self._end(header, _read_marker(file.read_at(batch.position, header.size_bytes), file.path))
        else:
            self.table().record(header, header.base_offset)

    def _end(self, header: BatchHeader, marker: EndTransaction | None) -> None:
        if marker is None:
            return
        producers, offset = self.table(), header.base_offset
        if not marker.commit:
            aborted = aborted_by(producers, header.producer_id, offset)
            if aborted is not None:
                self._on_abort(aborted)
        producers.end_transaction(header, marker.coordinator_epoch, offset)


def _read_marker(batch: Piece, path: str) -> EndTransaction | None:
    try:
        return read_end_transaction(batch)
    except CorruptRecordsError as error:
        raise DamagedFileError(path, f"has a marker that cannot be read: {error}") from error
