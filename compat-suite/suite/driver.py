"""A client program at work: requests in, answers out, JSON lines, each within its time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Any, Final

from suite.failures import ClientError, CrashedError, DriverError, GarbledError, HungError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PIECE_BYTES: Final = 1 << 16
LONGEST_NOTED: Final = 2000
LAST_WORDS_BYTES: Final = 4000
FAREWELL_S: Final = 3


class Driver:
    """One process of a client program.

    Every request has a deadline; a program that hangs, ends or writes what is no answer is ended with its whole process
    group, the request fails with a DriverError, and so does every request after it.
    """

    def __init__(self, command: Sequence[str], complaints: Path, environment: Mapping[str, str] | None = None) -> None:
        self.complaints_file = complaints
        self.transcript: list[str] = []
        self._complaints: IO[bytes] = complaints.open("ab")
        # A process group of its own: what the program starts ends with it.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            start_new_session=True,
            env=environment,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = self._process.stdin.fileno()
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        self._received = b""
        self._asked = 0
        self._one_at_a_time = threading.Lock()
        self.broken: DriverError | None = None

    def ask(self, do: str, arguments: Mapping[str, Any], within_s: float) -> dict[str, Any]:
        """Return the answer; raise ClientError when the verb failed and DriverError when there is none."""
        with self._one_at_a_time:
            if self.broken:
                raise self.broken
            self._asked += 1
            request = json.dumps({"id": self._asked, "do": do, **arguments}, ensure_ascii=False)
            self._note(f"> {request}")
            try:
                answer = self._answer(request, do, within_s)
            except DriverError as error:
                self._note(f"! {error}")
                self.broken = error
                self.kill()
                raise
        if error_name := answer.get("error"):
            kind = UnsupportedError if error_name == "UNSUPPORTED" else ClientError
            raise kind(do, str(error_name), str(answer.get("message") or ""))
        return answer

    def _answer(self, request: str, do: str, within_s: float) -> dict[str, Any]:
        line = self._exchange(request.encode() + b"\n", do, within_s).decode("utf-8", "replace")
        self._note(f"< {line}")
        try:
            answer = json.loads(line)
        except ValueError:
            raise GarbledError(f"the client program answered {do} with {line[:200]!r}") from None
        if not isinstance(answer, dict) or answer.get("id") != self._asked:
            raise GarbledError(f"the client program answered {do}, request {self._asked}, with {line[:200]}")
        return answer

    def _exchange(self, request: bytes, do: str, within_s: float) -> bytes:
        """Write the request, and return the first line that comes back."""
        deadline = time.monotonic() + within_s
        unwritten = memoryview(request)
        while True:
            wait_s = deadline - time.monotonic()
            if wait_s <= 0:
                raise HungError(f"the client program did not answer {do} within {within_s:.1f} s")
            for descriptor in self._ready(wait_s, writing=bool(unwritten)):
                if descriptor == self._input:
                    unwritten = unwritten[self._write(unwritten[:PIECE_BYTES], do) :]
                    continue
                piece = os.read(self._output, PIECE_BYTES)
                if not piece:
                    raise self._crashed(do)
                self._received += piece
                if b"\n" in piece:
                    line, _, self._received = self._received.partition(b"\n")
                    return line

    def _ready(self, wait_s: float, *, writing: bool) -> list[int]:
        watched = select.poll()
        watched.register(self._output, select.POLLIN)
        if writing:
            watched.register(self._input, select.POLLOUT)
        return [descriptor for descriptor, _ in watched.poll(wait_s * 1000)]

    def _write(self, piece: memoryview, do: str) -> int:
        try:
            return os.write(self._input, piece)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise self._crashed(do) from None

    def _crashed(self, do: str) -> CrashedError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(FAREWELL_S)
        code = self._process.returncode
        how = "closed its output" if code is None else f"ended with {code}"
        return CrashedError(f"the client program {how} when asked to {do}: {self.last_words().strip()[-600:]}")

    def last_words(self) -> str:
        """Return the end of what it wrote to standard error."""
        return self.complaints_file.read_bytes()[-LAST_WORDS_BYTES:].decode("utf-8", "replace")

    def complaints_size(self) -> int:
        """Return how much it has written to standard error."""
        return self.complaints_file.stat().st_size

    def _note(self, line: str) -> None:
        if len(line) > LONGEST_NOTED:
            line = f"{line[:LONGEST_NOTED]}... ({len(line)} characters)"
        self.transcript.append(f"{time.strftime('%H:%M:%S')} {self._process.pid} {line}")

    def kill(self) -> None:
        """End it and what it has started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close_pipes()

    def close(self) -> None:
        """Let it end in order; end it if it does not."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(FAREWELL_S)
        self.kill()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            if pipe:
                pipe.close()
