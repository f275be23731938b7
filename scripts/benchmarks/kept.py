"""Servers that keep their logs in a directory, and are stopped, killed and started again on it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Protocol

from benchmarks.places import KAFKA
from benchmarks.processes import age_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START_TIMEOUT_SECONDS = 300
STOP_TIMEOUT_SECONDS = 120
ALL_TOPICS = b"\0\0\0\x0f\0\x03\0\x01\0\0\0\x01\0\x01r\xff\xff\xff\xff"
"""Metadata version 1, correlation id 1, client "r", all topics."""


class Kept(Protocol):
    """A server on a directory of its own; `start` and `stop` or `kill` take turns."""

    directory: Path
    bootstrap: str
    pid: int

    def start(self, topics: int = 0) -> float:
        """Start it: seconds from process to the first Metadata answer that lists `topics` topics or more."""

    def stop(self) -> None:
        """Stop it cleanly; the directory stays."""

    def kill(self) -> None:
        """End it as `kill -9` does; the directory stays."""

    def remove(self) -> None:
        """End it, if it runs, and remove the directory."""


class OursKept:
    """This project's server with `--data`."""

    def __init__(self, launch: Callable[..., subprocess.Popen[str]], directory: Path, port: int) -> None:
        self.directory = directory
        self.bootstrap = f"127.0.0.1:{port}"
        self.pid = 0
        self._launch = launch
        self._port = port
        self._process: subprocess.Popen[str] | None = None

    def start(self, topics: int = 0) -> float:
        """Start it: seconds from process to the first Metadata answer that lists `topics` topics or more."""
        began = time.perf_counter()
        process = self._process = self._launch(self._port, "--data", str(self.directory))
        self.pid = process.pid
        _await_topics(self._port, topics, process)
        return time.perf_counter() - began

    def stop(self) -> None:
        """Stop it cleanly; the directory stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as `kill -9` does; the directory stays."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """End it, if it runs, and remove the directory."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(STOP_TIMEOUT_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None


class KafkaKept:
    """The real one, as `scripts/kafka` starts it; formatting its storage is not counted."""

    def __init__(self, launch: Callable[[int, Path], subprocess.Popen[str]], directory: Path, port: int) -> None:
        self.directory = directory
        self.bootstrap = f"127.0.0.1:{port}"
        self.pid = 0
        self._launch = launch
        self._port = port

    def start(self, topics: int = 0) -> float:
        """Start it: seconds from process to the first Metadata answer that lists `topics` topics or more."""
        script = self._launch(self._port, self.directory)
        _await_topics(self._port, topics, script)
        self.pid = int((self.directory / "node-0.pid").read_text())
        seconds = age_seconds(self.pid)
        script.communicate(timeout=START_TIMEOUT_SECONDS)
        return seconds

    def stop(self) -> None:
        """Stop it cleanly; the directory stays."""
        command = [str(KAFKA), "stop", "--dir", str(self.directory), "--keep"]
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=STOP_TIMEOUT_SECONDS, check=True)

    def kill(self) -> None:
        """End it as `kill -9` does; the directory stays."""
        os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while _is_there(self.pid) and time.monotonic() < deadline:
            time.sleep(0.01)

    def remove(self) -> None:
        """End it, if it runs, and remove the directory."""
        command = [str(KAFKA), "stop", "--dir", str(self.directory)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _await_topics(port: int, topics: int, process: subprocess.Popen[str]) -> None:
    """Return when a Metadata answer lists so many topics; leave when the process has failed or takes too long."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while _topics_told(port) < topics:
        if process.poll():
            sys.exit(f"scripts/bench: a server ended with {process.returncode} before it answered")
        if time.monotonic() > deadline:
            sys.exit(f"scripts/bench: not {topics} topics after {START_TIMEOUT_SECONDS} s")
        time.sleep(0.01)


def _topics_told(port: int) -> int:
    """Return how many topics the server lists; -1 while it does not answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), START_TIMEOUT_SECONDS) as peer:
            peer.sendall(ALL_TOPICS)
            stream = peer.makefile("rb")
            size = stream.read(4)
            answer = stream.read(int.from_bytes(size, "big")) if len(size) == 4 else b""  # noqa: PLR2004 - an INT32
    except OSError:
        return -1
    return _topic_count(answer) if answer else -1


def _topic_count(answer: bytes) -> int:
    """Return the length of the array of topics in a Metadata answer of version 1."""
    (brokers,) = struct.unpack_from(">i", answer, 4)
    if brokers < 1:
        return -1
    at = 8
    for _ in range(brokers):
        (host_bytes,) = struct.unpack_from(">h", answer, at + 4)
        at += 4 + 2 + host_bytes + 4
        (rack_bytes,) = struct.unpack_from(">h", answer, at)
        at += 2 + max(rack_bytes, 0)
    (topics,) = struct.unpack_from(">i", answer, at + 4)
    return int(topics)
