"""What is left of a dump of a log: all that two runs must have in common, and nothing else."""

from __future__ import annotations

from suite.dumped import normalised

BATCH = (
    "baseOffset: {offset} lastOffset: 0 count: 1 baseSequence: 4 lastSequence: 4 producerId: {producer} "
    "producerEpoch: 0 partitionLeaderEpoch: 0 isTransactional: false isControl: false "
    "deleteHorizonMs: OptionalLong.empty position: 70 "
    "CreateTime: 1764000000000 size: 70 magic: 2 compresscodec: gzip crc: {crc} isvalid: true"
)


def test_ids_and_checksums_differ_between_runs() -> None:
    first, second = (BATCH.format(offset=0, producer=number, crc=number * 7) for number in (1, 2000))
    assert normalised(first, "/data/t-0") == normalised(second, "/data/t-0")


def test_all_else_counts() -> None:
    text = normalised(BATCH.format(offset=0, producer=1, crc=7), "/data/t-0")
    assert text != normalised(BATCH.format(offset=1, producer=1, crc=7), "/data/t-0")
    for kept in ("baseSequence: 4", "CreateTime: 1764000000000", "compresscodec: gzip", "isvalid: true"):
        assert kept in text


def test_no_producer_is_not_some_producer() -> None:
    none, some = (BATCH.format(offset=0, producer=number, crc=7) for number in (-1, 1))
    assert normalised(none, "/data/t-0") != normalised(some, "/data/t-0")


def test_folders_and_empty_lines_go() -> None:
    assert normalised("Dumping /data/t-0/00.log\n\nLog starting offset: 0 \n", "/data/t-0") == (
        "Dumping /00.log\nLog starting offset: 0"
    )


def test_producers_lie_in_any_order() -> None:
    lines = [f"producerId: {number} producerEpoch: 0 lastOffset: {number}" for number in (7, 9)]
    assert normalised("\n".join(lines), "/data/t-0") == normalised("\n".join(reversed(lines)), "/data/t-0")
