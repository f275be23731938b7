"""Logs with gaps between their batches, as compaction leaves them."""

from __future__ import annotations

import pytest

from kafkacompat.storage.chunks import placed
from kafkacompat.storage.reading import Taken, take
from kafkacompat.storage.segment import Segment
from kafkacompat.wire.records.batch import read_header
from tests.storage.batches import NOW_MS, batch, split

FIRST = placed(batch(b"a", b"b"), 0, 0)
SECOND = placed(batch(b"c"), 5, 0)
THIRD = placed(batch(b"d"), 9, 0)
TOGETHER = Segment(0, (FIRST + SECOND + THIRD,), (0,), (NOW_MS,), 0)
APART = Segment(0, (FIRST, SECOND, THIRD), (0, 5, 9), (NOW_MS,) * 3, 0)
LEFT, RIGHT = Segment(0, (FIRST,), (0,), (NOW_MS,), 0), Segment(4, (SECOND, THIRD), (5, 9), (NOW_MS,) * 2, 0)


def taken_offsets(taken: Taken) -> list[int]:
    return [read_header(data).base_offset for data in split(taken.pieces)]


@pytest.mark.parametrize("segments", [[TOGETHER], [APART], [LEFT, RIGHT]], ids=["together", "apart", "two segments"])
def test_a_read_inside_a_gap_begins_after_it(segments: list[Segment]) -> None:
    reads = [taken_offsets(take(segments, offset, 1 << 20, whole_first=True)) for offset in (1, 2, 4, 5, 6, 9, 10)]
    assert reads == [[0, 5, 9], [5, 9], [5, 9], [5, 9], [9], [9], []]


@pytest.mark.parametrize("segments", [[TOGETHER], [APART], [LEFT, RIGHT]], ids=["together", "apart", "two segments"])
def test_the_first_whole_batch_after_a_gap(segments: list[Segment]) -> None:
    assert taken_offsets(take(segments, 3, 1, whole_first=True)) == [5]
    assert take(segments, 3, 1, whole_first=False) == Taken([], 0)
