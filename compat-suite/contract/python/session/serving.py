"""The loop of a session: a request a line in, an answer a line out."""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import logging
import os
import runpy
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from session.failures import Failure, Failures, unsupported
from session.settings import Start

PRODUCER_VERBS = {"send", "init", "begin", "commit", "abort", "send-offsets"}
CONSUMER_VERBS = {
    "subscribe",
    "unsubscribe",
    "assign",
    "poll",
    "assignment",
    "seek",
    "pause",
    "resume",
    "position",
    "commit-offsets",
    "committed",
    "offsets",
    "acknowledge",
}


@dataclass(frozen=True)
class Client:
    """One client library: how its handles are opened, and what its exceptions mean.

    A handle is opened by `opener(start, settings)`. Its methods are the verbs (and calls of `admin`) that it has, with
    underscores for hyphens and the arguments by name; each returns the fields of the answer, or None. `close(how)` is
    there always. All of them, the openers too, may be coroutine functions: those run in one loop beside the session.
    """

    name: str
    version: str
    failures: Failures
    producer: Callable[[Start, dict[str, Any] | None], Any] | None = None
    consumer: Callable[[Start, dict[str, Any] | None], Any] | None = None
    administrator: Callable[[Start, dict[str, Any] | None], Any] | None = None
    verbs: dict[str, Callable[..., Any]] | None = None
    """Further verbs, beyond the contract's: each is called with `start` and its arguments."""


class Session:
    """Open handles by name, and the verbs that they serve."""

    def __init__(self, client: Client, start: Start) -> None:
        self._client = client
        self._start = start
        self._handles: dict[str, Any] = {}
        self._beside: asyncio.AbstractEventLoop | None = None

    def answer(self, line: str) -> dict[str, Any]:
        """Do what a line asks for."""
        identity: dict[str, Any] = {}
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise Failure("INVALID_ARGUMENT", "a request is an object")
            identity = {"id": request.pop("id")} if "id" in request else {}
            answer = self._perform(request) or {}
            json.dumps(answer)  # what can not be written is this verb's failure, not the program's end
            return identity | answer
        except Exception as error:  # noqa: BLE001 - whatever the client raises is the answer
            logging.getLogger("session").info("%s", line, exc_info=True)
            return identity | self._client.failures.item(error)

    def close(self) -> None:
        """Close all handles, whatever becomes of them."""
        while self._handles:
            name, handle = self._handles.popitem()
            try:
                self._finish(handle.close("leave"))
            except Exception:
                logging.getLogger("session").warning("closing %s", name, exc_info=True)

    def _perform(self, request: dict[str, Any]) -> dict[str, Any] | None:
        verb = request.pop("do", "")
        client = self._client
        match verb:
            case "hello":
                return {"client": client.name, "version": client.version}
            case "reset":
                return self.close()
            case "close":
                return self._close(**request)
            case "admin":
                verb = request.pop("call", "")
                return self._call("admin", client.administrator, verb, request)
            case "metadata":
                return self._call("admin", client.administrator, verb, request)
        if verb in PRODUCER_VERBS:
            name = request.pop("producer", "producer")
            if "consumer" in request:
                request["consumer"] = self._open(request["consumer"], client.consumer, None)
            return self._call(name, client.producer, verb, request)
        if verb in CONSUMER_VERBS:
            return self._call(request.pop("consumer", "consumer"), client.consumer, verb, request)
        if client.verbs and verb in client.verbs:
            return self._finish(called(client.verbs[verb], {"start": self._start} | request))
        raise unsupported(verb)

    def _close(self, handle: str, how: str = "leave") -> None:
        opened = self._handles.get(handle)
        if opened is None:
            raise Failure("INVALID_ARGUMENT", f"{handle} is not open")
        self._finish(opened.close(how))
        del self._handles[handle]

    def _call(self, name: str, opener: Callable[..., Any] | None, verb: str, request: dict[str, Any]) -> Any:
        handle = self._open(name, opener, request.pop("settings", None))
        method = getattr(handle, verb.replace("-", "_"), None) if verb[:1].isalpha() else None
        if method is None:
            raise unsupported(verb)
        return self._finish(called(method, request))

    def _open(self, name: str, opener: Callable[..., Any] | None, settings: dict[str, Any] | None) -> Any:
        """The handle of that name, which is made at its first use: only then do settings count."""
        if opener is None:
            raise unsupported(name)
        if name not in self._handles:
            self._handles[name] = self._finish(opener(self._start, settings))
        return self._handles[name]

    def _finish(self, result: Any) -> Any:
        """The result itself; a coroutine is run to its end, in a loop that goes on between requests."""
        if not inspect.iscoroutine(result):
            return result
        if self._beside is None:
            self._beside = asyncio.new_event_loop()
            threading.Thread(target=self._beside.run_forever, daemon=True).start()
        return asyncio.run_coroutine_threadsafe(result, self._beside).result()


def called(method: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call a verb; arguments that it does not know are refused, not ignored."""
    arguments = {name.replace("-", "_"): value for name, value in arguments.items()}
    signature = inspect.signature(method)
    unknown = sorted(set(arguments) - set(signature.parameters))
    if unknown:
        raise unsupported(f"the argument {', '.join(unknown)}")
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise Failure("INVALID_ARGUMENT", str(error)) from error
    return method(**arguments)


def serve(client: Client) -> None:
    """Be the program: answer the requests on standard input until it ends."""
    if sys.argv[1:2] != ["session"]:
        # The commands of compat-suite/README.md, which came before sessions and go when nobody uses them.
        runpy.run_path(os.path.join(os.path.dirname(sys.argv[0]), "commands.py"), run_name="__main__")
        return
    parser = argparse.ArgumentParser(prog="session")
    parser.add_argument("command", choices=["session"])
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--security", type=json.loads, default={})
    parser.add_argument("--client-id")
    arguments = parser.parse_args()
    answers = private_output()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    session = Session(client, Start(arguments.bootstrap, arguments.client_id, arguments.security))
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(session.answer(line)), file=answers, flush=True)
    session.close()


def private_output() -> IO[str]:
    """Standard output for the answers alone: what a client prints goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers
