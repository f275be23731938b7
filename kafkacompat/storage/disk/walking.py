"""Walking a segment's file: header by header where it can be trusted, checksum by checksum where it cannot."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.storage.disk.files import READ
from kafkacompat.storage.disk.open_files import DamagedFileError
from kafkacompat.wire.records.batch import (
    CRC_START,
    HEADER_SIZE,
    LENGTH_PREFIX_SIZE,
    MAGIC,
    BatchHeader,
    read_header,
)
from kafkacompat.wire.records.checksum import crc32c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.storage.disk.files import Files
    from kafkacompat.storage.disk.open_files import LogFile

BLOCK_BYTES: Final = 8 << 10
"""What a walk over headers reads at once."""
RUN_BYTES: Final = 1 << 20
"""At most what is read at once, save a single larger batch."""
_LENGTH: Final = Struct(">i")


class Batch(NamedTuple):
    """A batch of a file: where it begins, and its header."""

    position: int
    header: BatchHeader

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.position + self.header.batch_length + LENGTH_PREFIX_SIZE

    @property
    def last_offset(self) -> int:
        """The offset of its last record."""
        return self.header.base_offset + self.header.last_offset_delta


class FirstBatch(NamedTuple):
    """What tells the batch that a segment begins with from any other: its checksum and size."""

    crc: int
    size_bytes: int

    @classmethod
    def of(cls, header: BatchHeader) -> FirstBatch:
        """Return what tells a batch from any other."""
        return cls(header.crc, header.size_bytes)


class Order:
    """What the offset of the next batch must be.

    Only compaction leaves gaps, and only before `gaps_before`; None for an offset that is still to be learned.
    """

    __slots__ = ("gaps_before", "next_offset")

    def __init__(self, next_offset: int | None, gaps_before: int) -> None:
        self.next_offset = next_offset
        self.gaps_before = gaps_before

    def admits(self, header: BatchHeader) -> bool:
        """Tell whether a batch may come next, and if so wait for the one after it."""
        base_offset, expected = header.base_offset, self.next_offset
        if header.last_offset_delta < 0:
            return False
        if expected is not None and base_offset != expected and not expected < min(base_offset, self.gaps_before):
            return False
        self.next_offset = base_offset + header.last_offset_delta + 1
        return True


def headers(file: LogFile, position: int, size_bytes: int, order: Order) -> Iterator[Batch]:
    """Step through the batches from `position` on by their headers, up to the file's end.

    DamagedFileError where no batch can be, or not this one.
    """
    block, block_start = b"", position
    while position < size_bytes:
        if position + HEADER_SIZE > block_start + len(block):
            if position + HEADER_SIZE > size_bytes:
                raise DamagedFileError(file.path, f"byte {position}: a batch is cut off")
            block = file.read_at(position, min(BLOCK_BYTES, size_bytes - position))
            block_start = position
        batch = Batch(position, read_header(block, position - block_start))
        _check_header(file, batch, size_bytes)
        if not order.admits(batch.header):
            raise DamagedFileError(
                file.path, f"byte {position}: a batch of offset {batch.header.base_offset} is out of place"
            )
        yield batch
        position = batch.end


def _check_header(file: LogFile, batch: Batch, size_bytes: int) -> None:
    header = batch.header
    if header.magic != MAGIC or header.batch_length < HEADER_SIZE - LENGTH_PREFIX_SIZE:
        raise DamagedFileError(file.path, f"byte {batch.position}: no record batch begins here")
    if batch.end > size_bytes:
        raise DamagedFileError(file.path, f"byte {batch.position}: a batch is cut off")


def begins_with_another(files: Files, path: str, first: FirstBatch) -> bool:
    """Tell whether a file begins with a batch that is whole and right, and is not the one that was written there.

    One that is torn or changed is none: that is found where checksums are.
    """
    descriptor = files.open(path, READ)
    try:
        start = files.pread(descriptor, HEADER_SIZE, 0)
    finally:
        files.close(descriptor)
    if len(start) < HEADER_SIZE:
        return False
    header = read_header(start)
    if FirstBatch.of(header) == first or header.size_bytes > files.size(path):
        return False
    return next(checked(files.read_whole(path, header.size_bytes), Order(None, 0)), None) is not None


def whole_batches(
    file: LogFile, position: int, size_bytes: int, run_bytes: int = RUN_BYTES
) -> Iterator[tuple[int, bytes]]:
    """Return runs of whole batches, and where each begins; DamagedFileError where no batch can be."""
    while position < size_bytes:
        run = file.read_at(position, min(run_bytes, size_bytes - position))
        if len(run) >= LENGTH_PREFIX_SIZE:
            (length,) = _LENGTH.unpack_from(run, 8)
            if len(run) < length + LENGTH_PREFIX_SIZE <= size_bytes - position:
                run = file.read_at(position, length + LENGTH_PREFIX_SIZE)
        end = whole_end(run)
        if not end:
            raise DamagedFileError(file.path, f"byte {position}: no record batch begins here")
        yield position, run if end == len(run) else run[:end]
        position += end


def whole_end(run: bytes) -> int:
    """Return where the last whole batch of a run ends."""
    position = 0
    while position + HEADER_SIZE <= len(run):
        (length,) = _LENGTH.unpack_from(run, position + 8)
        end = position + length + LENGTH_PREFIX_SIZE
        if length < HEADER_SIZE - LENGTH_PREFIX_SIZE or end > len(run):
            break
        position = end
    return position


def checked(run: bytes, order: Order) -> Iterator[Batch]:
    """Step through a run's batches for as long as each is what was written: its checksum, and its offset."""
    view = memoryview(run)
    position = 0
    while position + HEADER_SIZE <= len(run):
        header = read_header(run, position)
        end = position + header.batch_length + LENGTH_PREFIX_SIZE
        if (
            header.magic != MAGIC
            or header.batch_length < HEADER_SIZE - LENGTH_PREFIX_SIZE
            or end > len(run)
            or crc32c(view[position + CRC_START : end]) != header.crc
            or not order.admits(header)
        ):
            return
        yield Batch(position, header)
        position = end
