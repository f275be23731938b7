"""What a probe works with: sessions of the client, and one of kafka-python that prepares topics for it."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SUITE = Path(__file__).resolve().parent.parent.parent
ANSWER_S = 60

PROBES: dict[str, Callable[[Bench], None]] = {}


def probe(name: str):
    """Register a probe under the name that client.toml declares."""

    def registered(function):
        PROBES[name] = function
        return function

    return registered


class Refused(Exception):
    """An answer with an error."""

    def __init__(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        super().__init__(f"{request} -> {answer}")
        self.request = request
        self.answer = answer
        self.name = answer["error"]

    @property
    def lacking(self) -> bool:
        """Whether the client has no such thing, or refuses to send what Kafka would take."""
        return self.name == "UNSUPPORTED" or (self.name == "INVALID_ARGUMENT" and self.request["do"] == "send")


class Session:
    """One process of a client program."""

    def __init__(self, client: str, bootstrap: str, trace: bool, security: str | None = None) -> None:
        # Building takes its own time: a session's first answer does not.
        subprocess.run([sys.executable, str(SUITE / "client"), "build", client], check=True, stdout=subprocess.DEVNULL)
        command = [sys.executable, str(SUITE / "client"), client, "session", "--bootstrap", bootstrap]
        command += ["--security", security] if security else []
        complaints = None if trace else subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        self._trace = trace
        self._numbers = itertools.count(1)

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        request = {"id": next(self._numbers), "do": do} | {name.replace("__", "-"): v for name, v in arguments.items()}
        if self._trace:
            print(">", json.dumps(request)[:2000], file=sys.stderr, flush=True)
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        timer = threading.Timer(ANSWER_S, self._process.kill)
        timer.start()
        line = self._process.stdout.readline()
        timer.cancel()
        if self._trace:
            print("<", line.rstrip()[:2000], file=sys.stderr, flush=True)
        if not line:
            raise AssertionError(f"no answer to {request}: the program ended or hung")
        answer = json.loads(line)
        assert answer.pop("id", None) == request["id"], f"{answer} is no answer to {request}"
        if "error" in answer:
            raise Refused(request, answer)
        return answer

    def refusal(self, do: str, **arguments: Any) -> str:
        """The name of the error that this must be answered with."""
        try:
            answer = self.ask(do, **arguments)
        except Refused as refused:
            if refused.name == "UNSUPPORTED":
                raise
            return refused.name
        raise AssertionError(f"{do} was not refused: {answer}")

    def unsupported(self, do: str, **arguments: Any) -> None:
        """This must be answered with UNSUPPORTED."""
        try:
            answer = self.ask(do, **arguments)
        except Refused as refused:
            same(refused.name, "UNSUPPORTED")
            return
        raise AssertionError(f"{do} was not refused: {answer}")

    def admin(self, call: str, **arguments: Any) -> dict[str, Any]:
        return self.ask("admin", call=call, **arguments)

    def send(self, topic: str, *values: str, **more: Any) -> list[dict[str, Any]]:
        return self.sent([{"topic": topic, "value": text(value)} for value in values], **more)

    def sent(self, records: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
        """Send records, of which none may fail."""
        sent = self.ask("send", records=records, **more)["sent"]
        assert len(sent) == len(records), sent
        for each in sent:
            if each.get("error"):
                raise Refused({"do": "send", "records": records} | more, each)
        return sent

    def read(
        self, topic: str, count: int, partitions: int = 1, consumer: str = "reader", **settings: Any
    ) -> list[dict]:
        """The records of a topic from the start."""
        wanted = [[topic, each] for each in range(partitions)]
        self.ask("assign", consumer=consumer, partitions=wanted, settings=settings)
        got = self.ask("poll", consumer=consumer, timeout_ms=15_000, count=count)["records"]
        assert len(got) >= count, f"{len(got)} records of {count}: {got}"
        return got

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            assert self._process.wait(20) == 0, f"exit code {self._process.returncode}"
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Bench:
    """Sessions and names for one probe after another."""

    def __init__(self, client: str, bootstrap: str, trace: bool, security: str | None) -> None:
        self._client, self._bootstrap, self._trace, self._security = client, bootstrap, trace, security
        self._names = itertools.count(1)
        self._run = f"check-{os.getpid()}-{int(time.time()) % 10000}"
        self._helper: Session | None = None
        self._session: Session | None = None
        self._more: list[Session] = []

    @property
    def helper(self) -> Session:
        """kafka-python, which is known to work: it prepares and looks."""
        if self._helper is None:
            self._helper = Session("kafka-python", self._bootstrap, False, self._security)
        return self._helper

    @property
    def client(self) -> Session:
        if self._session is None:
            self._session = Session(self._client, self._bootstrap, self._trace, self._security)
        return self._session

    def another(self) -> Session:
        """A second process of the client, for this probe."""
        self._more.append(Session(self._client, self._bootstrap, self._trace, self._security))
        return self._more[-1]

    def name(self, stem: str = "topic") -> str:
        return f"{self._run}-{stem}-{next(self._names)}"

    def topic(self, partitions: int = 1, **configs: str) -> str:
        name = self.name()
        wanted = {"name": name, "partitions": partitions, "replicas": 1, "configs": configs}
        answer = self.helper.admin("create-topics", topics=[wanted])
        assert answer["results"] == {name: None}, answer
        return name

    def end(self, well: bool) -> None:
        """End what the probe has opened; a session that does not survive its probe is replaced by a new one."""
        for session in self._more:
            session.close()
        self._more.clear()
        if not well and self._helper is not None:  # it may have been left in the middle of something
            self._helper.close()
            self._helper = None
        try:
            if self._session is not None:
                self._session.ask("reset")
        except Exception:
            with contextlib.suppress(AssertionError):
                self._session.close()
            self._session = None

    def close(self) -> None:
        for session in (self._session, self._helper):
            if session is not None:
                session.close()


def text(value: str | bytes | None) -> str | None:
    """A value as requests carry it."""
    if value is None:
        return None
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


def plain(value: str | None) -> str | None:
    return None if value is None else base64.b64decode(value).decode()


def values(records: list[dict[str, Any]]) -> list[str | None]:
    return [plain(each["value"]) for each in records]


def same(found: Any, wanted: Any) -> None:
    assert found == wanted, f"{found!r}, wanted {wanted!r}"


def until(condition: Callable[[], Any], within_s: float = 20) -> Any:
    """What the condition returns, once that is true."""
    deadline = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Do all at the same time."""
    results: list[Any] = [None] * len(actions)

    def act(index: int) -> None:
        try:
            results[index] = actions[index]()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=act, args=(index,)) for index in range(len(actions))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for each in results:
        if isinstance(each, Exception):
            raise each
    return results
