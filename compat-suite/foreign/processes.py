"""Programs under a time limit, each in a session of its own, so that nothing it started outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

NICENESS: Final = "10"
"""Suites run for a long time: whoever works on the machine meanwhile goes first."""
TAIL: Final = 3


class NotPreparedError(Exception):
    """A suite cannot be fetched or built here, as one sentence says."""


@dataclass(frozen=True)
class Done:
    """What a program said, and its exit code; None when its time was over."""

    code: int | None
    output: str


def run(
    command: Sequence[str],
    folder: Path,
    within_s: float,
    environment: Mapping[str, str] | None = None,
    *,
    terminal: bool = False,
) -> Done:
    """Run a program and return what it wrote on both its outputs; its input is empty or a terminal where none types."""
    with tempfile.TemporaryFile() as output, _input(terminal) as told:
        child = subprocess.Popen(
            ["nice", "-n", NICENESS, *command],  # noqa: S607 - wherever this machine has it
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=told,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code: int | None
        try:
            code = child.wait(within_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(child)
        output.seek(0)
        return Done(code, output.read().decode(errors="replace"))


@contextlib.contextmanager
def _input(terminal: bool) -> Iterator[int]:  # noqa: FBT001 - an option handed on
    """Yield a file descriptor to read from."""
    held = list(os.openpty()) if terminal else [os.open(os.devnull, os.O_RDONLY)]
    try:
        yield held[-1]
    finally:
        for each in held:
            os.close(each)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the whole session: what a finished program left behind, too."""
    with contextlib.suppress(ProcessLookupError):  # all of it may have ended
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def build(command: Sequence[str], folder: Path, within_s: float = 1800) -> str:
    """Run a step of a suite's preparation and return its output; NotPreparedError when it fails."""
    done = run(command, folder, within_s)
    if done.code:
        last = " / ".join(done.output.strip().splitlines()[-TAIL:])
        raise NotPreparedError(f"{' '.join(command[:3])} failed: {last}")
    if done.code is None:
        raise NotPreparedError(f"{' '.join(command[:3])} took longer than {within_s} s")
    return done.output
