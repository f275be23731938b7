"""Client programs of the suite, run as a user would: arguments in, JSON lines out (compat-suite/README.md)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import tomllib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

SUITE = Path(__file__).resolve().parent.parent.parent / "compat-suite"
NAMES = ("kafka-go", "sarama-0.10")
"""Clients of old ways that sessions do not take: messages of magic 1, kafka-go's Conn.

All others, and these by their sessions, are held by tests/suite/test_fast_slice.py.
"""
COMMAND_TIMEOUT_S = 60
BUILD_TIMEOUT_S = 300
WAIT_TIMEOUT_S = 30

Event = dict[str, Any]


class Client:
    """One stock client and the server it talks to."""

    def __init__(self, name: str, bootstrap: str) -> None:
        self.name = name
        self.bootstrap = bootstrap
        about = self.about(name)
        self.codecs: list[str] = about["codecs"]
        self.lacks: list[str] = about.get("lacks", [])
        self.tells_commits: bool = about.get("tells_commits", True)

    @staticmethod
    def about(name: str) -> dict[str, Any]:
        return tomllib.loads((SUITE / "clients" / name / "client.toml").read_text())

    @classmethod
    def needs(cls, name: str) -> list[str]:
        return list(cls.about(name)["needs"])

    def build(self) -> str | None:
        """Build the program if its sources have changed; return what was wrong if that fails."""
        command = [sys.executable, str(SUITE / "client"), "build", self.name]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=BUILD_TIMEOUT_S,
            check=False,
        )
        return f"{self.name} cannot be built: {done.stderr.strip()[-500:]}" if done.returncode else None

    def command(self, name: str, topic: str, **options: object) -> list[str]:
        words = [
            sys.executable,
            str(SUITE / "client"),
            self.name,
            name,
            "--bootstrap",
            self.bootstrap,
            "--topic",
            topic,
        ]
        for option, value in options.items():
            words.append(f"--{option.replace('_', '-')}")
            words += [] if value is True else [str(value)]
        return words

    def run(self, name: str, topic: str, **options: object) -> list[Event]:
        """Run a command to its end and return its events; raise AssertionError with its complaints when it fails."""
        command = self.command(name, topic, **options)
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert events[-1]["event"] == "done"
        return events

    def member(self, topic: str, group: str) -> Member:
        return Member(self.command("group", topic, group=group))


class Member:
    """A member of a group: a client program that goes on until it is told to leave."""

    def __init__(self, command: list[str]) -> None:
        self.events: list[Event] = []
        self._heard = threading.Condition()
        self._complaints: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `__exit__`
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._complaints, encoding="utf-8"
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._heard:
                self.events.append(json.loads(line))
                self._heard.notify_all()

    @property
    def owned(self) -> set[int]:
        """The partitions that it has now."""
        partitions: set[int] = set()
        for event in list(self.events):
            if event["event"] == "assigned":
                partitions |= set(event["partitions"])
            elif event["event"] in {"revoked", "lost"}:
                partitions -= set(event["partitions"])
        return partitions

    @property
    def records(self) -> list[Event]:
        return [event for event in list(self.events) if event["event"] == "record"]

    @property
    def committed(self) -> dict[str, int]:
        """The offset that it last committed, by partition."""
        offsets: dict[str, int] = {}
        for event in list(self.events):
            if event["event"] == "committed":
                offsets |= event["offsets"]
        return offsets

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for what this member's events bring about."""
        wait_until(condition, self)

    def leave(self) -> None:
        """Let it commit, leave and end."""
        self._process.terminate()
        assert self._process.wait(WAIT_TIMEOUT_S) == 0, self.complaints()
        self._listener.join(WAIT_TIMEOUT_S)
        assert [event["event"] for event in self.events[-2:]] == ["left", "done"]

    def complaints(self) -> str:
        self._complaints.flush()
        self._complaints.seek(0)
        return f"{self.events[-20:]}\n{self._complaints.read()[-4000:]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._listener.join(WAIT_TIMEOUT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._complaints.close()


def wait_until(condition: Callable[[], bool], *members: Member) -> None:
    """Wait until the condition holds; look again whenever the first member has said something."""
    first = members[0]
    with first._heard:
        # The others notify conditions of their own, so look now and then as well.
        for _ in range(WAIT_TIMEOUT_S * 20):
            if first._heard.wait_for(condition, 0.05):
                return
    raise AssertionError("\n".join(["waited in vain", *(member.complaints() for member in members)]))
