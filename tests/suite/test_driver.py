"""Client programs that keep to the contract, and those that do not."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from suite.driver import Driver
from suite.failures import ClientError, CrashedError, GarbledError, HungError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

FAKE = [sys.executable, str(Path(__file__).parent / "fake_client.py")]
PATIENCE_S = 30


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    driver = Driver(FAKE, tmp_path / "stderr")
    yield driver
    driver.kill()


def test_answers_what_it_is_asked(driver: Driver) -> None:
    assert driver.ask("hello", {}, PATIENCE_S)["version"] == "1.2.3"
    long = "ż" * 700_000  # more than a pipe holds, both ways
    assert driver.ask("echo", {"text": long}, PATIENCE_S)["said"] == long
    assert [line.split(" ", 2)[2][:30] for line in driver.transcript[:2]] == [
        '> {"id": 1, "do": "hello"}',
        '< {"id": 1, "client": "fake", ',
    ]


def test_tells_refusals_by_their_names(driver: Driver) -> None:
    with pytest.raises(ClientError) as refused:
        driver.ask("refuse", {}, PATIENCE_S)
    assert (refused.value.verb, refused.value.name, refused.value.message) == (
        "refuse",
        "TOPIC_ALREADY_EXISTS",
        "as I said",
    )
    with pytest.raises(UnsupportedError):
        driver.ask("fly", {}, PATIENCE_S)
    assert driver.ask("echo", {"text": "still here"}, PATIENCE_S)["said"] == "still here"


def test_ends_a_program_that_hangs_with_all_that_it_started(driver: Driver) -> None:
    child = driver.ask("start-a-child", {}, PATIENCE_S)["child"]
    with pytest.raises(HungError, match=r"did not answer hang within 1\.0 s"):
        driver.ask("hang", {}, 1)
    assert ends(child)
    with pytest.raises(HungError):
        driver.ask("hello", {}, PATIENCE_S)


def test_says_how_a_program_ended_and_its_last_words(driver: Driver) -> None:
    with pytest.raises(CrashedError, match=r"ended with 7 when asked to crash: out of cheese"):
        driver.ask("crash", {}, PATIENCE_S)


@pytest.mark.parametrize("verb", ["babble", "another-answer"])
def test_takes_no_other_line_for_an_answer(driver: Driver, verb: str) -> None:
    with pytest.raises(GarbledError, match=verb):
        driver.ask(verb, {}, PATIENCE_S)
    assert isinstance(driver.broken, GarbledError)


def test_says_that_a_program_does_not_start(tmp_path: Path) -> None:
    driver = Driver([sys.executable, "-c", "import none_such"], tmp_path / "stderr")
    with pytest.raises(CrashedError, match="No module named 'none_such'"):
        driver.ask("hello", {}, PATIENCE_S)


def ends(pid: int) -> bool:
    """Whether a process ends within our patience: a kill is carried out a moment after it is asked for."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        watched = select.poll()
        watched.register(descriptor, select.POLLIN)
        return bool(watched.poll(PATIENCE_S * 1000))
    finally:
        os.close(descriptor)
