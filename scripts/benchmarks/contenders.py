"""The two servers, each with the defaults that suit CI, on loopback and on ports of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Protocol

from benchmarks.installation import install
from benchmarks.kept import KafkaKept, Kept, OursKept
from benchmarks.places import CACHE, KAFKA
from benchmarks.processes import age_seconds, resident_bytes

READY_TIMEOUT_SECONDS = 90
MEMORY_LIMIT_BYTES = 6 << 30
METADATA_REQUEST = b"\0\0\0\x0f\0\x03\0\x01\0\0\0\x01\0\x01r\0\0\0\0"
"""Metadata version 1, correlation id 1, client "r", no topics."""
ANSWER_BYTES = 12
"""Size, correlation id, number of brokers."""


class Running(Protocol):
    """A server that runs."""

    @property
    def bootstrap(self) -> str:
        """Where clients find it."""

    @property
    def pid(self) -> int:
        """Its process."""


class Contender(Protocol):
    """A server that the rows of the bench are run against."""

    name: str
    bootstrap: str
    pid: int
    keeps_files: bool
    """Whether it has its records in files, rather than in memory."""

    def start(self) -> None:
        """Start it, and return when it answers."""

    def stop(self) -> None:
        """End it, and remove what it wrote."""

    def time_a_start(self) -> tuple[float, int]:
        """Start and end another one: seconds from process to first Metadata answer, resident bytes then."""

    def kept(self) -> Kept:
        """Return another one, not started, on a directory of its own."""


class Ours:
    """This project's server, installed as users install it, in a process of its own."""

    name = "ours"
    keeps_files = False

    def __init__(self) -> None:
        self.bootstrap = ""
        self.pid = 0
        self._folder: Path | None = None
        self._python = Path(sys.executable)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Install and start it, and return when it says that it is ready."""
        self._folder = _new_directory("ours-")
        self._python = install(self._folder)
        self._process = self._launch(0, "--set", f"kafkacompat.storage.memory.max.bytes={MEMORY_LIMIT_BYTES}")
        assert self._process.stdout is not None, "piped"
        ready = self._process.stdout.readline()
        if not ready:
            sys.exit("scripts/bench: our server did not start")
        self.bootstrap = json.loads(ready)["bootstrap_servers"]
        self.pid = self._process.pid

    def stop(self) -> None:
        """End it, and remove the installation."""
        if self._process is not None:
            _end(self._process)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def time_a_start(self) -> tuple[float, int]:
        """Start another one with nothing set, as a user does."""
        port = free_port()
        began = time.perf_counter()
        process = self._launch(port)
        try:
            await_metadata(port, process)
            return time.perf_counter() - began, resident_bytes(process.pid)
        finally:
            _end(process)

    def kept(self) -> Kept:
        """Return another one with `--data`."""
        return OursKept(self._launch, _new_directory("ours-data-"), free_port())

    def _launch(self, port: int, *arguments: str) -> subprocess.Popen[str]:
        command = [str(self._python), "-m", "kafkacompat", "serve", "--port", str(port), "--json", *arguments]
        return subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


class Kafka:
    """The real one, as `scripts/kafka` starts it: one node, data on disk."""

    name = "kafka"
    keeps_files = True

    def __init__(self) -> None:
        self.bootstrap = ""
        self.pid = 0
        self._directory: Path | None = None

    def start(self) -> None:
        """Start it, and return when it answers."""
        self._directory = _new_directory("kafka-")
        process = _launch_kafka(free_port(), self._directory)
        answer, _ = process.communicate(timeout=READY_TIMEOUT_SECONDS)
        if process.returncode:
            sys.exit("scripts/bench: the real Kafka did not start; `--only ours` leaves it out")
        told = json.loads(answer)
        self.bootstrap, self.pid = told["bootstrap"], told["pids"][0]

    def stop(self) -> None:
        """End it, and remove its data."""
        if self._directory is not None:
            _stop_kafka(self._directory)

    def time_a_start(self) -> tuple[float, int]:
        """Start another one; formatting its storage is not counted."""
        directory = _new_directory("kafka-")
        port = free_port()
        process = _launch_kafka(port, directory)
        try:
            await_metadata(port, process)
            pid = int((directory / "node-0.pid").read_text())
            return age_seconds(pid), resident_bytes(pid)
        finally:
            process.communicate(timeout=READY_TIMEOUT_SECONDS)
            _stop_kafka(directory)

    def kept(self) -> Kept:
        """Return another one."""
        return KafkaKept(_launch_kafka, _new_directory("kafka-"), free_port())


def _new_directory(prefix: str) -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=CACHE))


def _launch_kafka(port: int, directory: Path) -> subprocess.Popen[str]:
    command = [str(KAFKA), "start", "--port", str(port), "--dir", str(directory), "--json"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def _stop_kafka(directory: Path) -> None:
    subprocess.run([str(KAFKA), "stop", "--dir", str(directory)], stdout=subprocess.DEVNULL, check=False)
    shutil.rmtree(directory, ignore_errors=True)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    """Return a port that is free, as is the next one (Kafka's controller listens there)."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def await_metadata(port: int, process: subprocess.Popen[str]) -> None:
    """Return when a Metadata answer names a broker; leave when the process has failed or takes too long."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while not _brokers_told(port):
        if process.poll():
            sys.exit(f"scripts/bench: a server ended with {process.returncode} before it answered")
        if time.monotonic() > deadline:
            sys.exit(f"scripts/bench: no Metadata answer after {READY_TIMEOUT_SECONDS} s")
        time.sleep(0.001)


def _brokers_told(port: int) -> int:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as peer:
            peer.sendall(METADATA_REQUEST)
            answer = peer.makefile("rb").read(ANSWER_BYTES)
    except OSError:
        return 0
    return int.from_bytes(answer[8:], "big") if len(answer) == ANSWER_BYTES else 0
