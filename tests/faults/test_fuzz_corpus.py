"""What the fuzzer has found to be different from everything else, once more; `scripts/fuzz` adds to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fuzzed import TARGETS, Fuzzed

CORPUS = Path(__file__).parent / "corpus"
MOST_FILES = 1000
MOST_BYTES = 200_000


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_input_is_taken_without_harm(target: str) -> None:
    fuzzed = Fuzzed()
    fuzzed.begin()
    try:
        for path in sorted((CORPUS / target).iterdir()):
            try:
                fuzzed.take(target, path.read_bytes())
            except Exception as error:
                error.add_note(f"the input is {path}")
                raise
    finally:
        fuzzed.end()


def test_the_corpus_stays_small() -> None:
    sizes = [path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()]
    assert 0 < len(sizes) <= MOST_FILES
    assert sum(sizes) <= MOST_BYTES
