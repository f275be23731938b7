"""Sessions of clients that scenarios borrow, one after the other: a process is kept as long as it behaves."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from suite.failures import ClientError, DriverError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from suite.clients import ClientProgram
    from suite.driver import Driver
    from suite.targets.server import Server

HELLO_S: Final = 60
RESET_S: Final = 15
MOST_IDLE: Final = 30
"""More processes than this are not kept without work: each may be a Java machine."""


@dataclass
class Session:
    """A borrowed process."""

    client: str
    server: Server
    security: Mapping[str, str]
    process: Driver
    version: str
    log: list[str]
    noted: int = 0
    complained: int = 0


class Pool:
    """Starts sessions, keeps idle ones by client and server, and ends them."""

    def __init__(self, clients: Mapping[str, ClientProgram], folder: Path) -> None:
        self._clients = clients
        self._folder = folder
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._numbers = itertools.count(1)
        self.versions: dict[str, str] = {}

    def has(self, client: str) -> frozenset[str]:
        """Return what a client declares."""
        return self._clients[client].has

    def borrow(self, client: str, server: Server, log: list[str], security: Mapping[str, str] | None = None) -> Session:
        """Return a session of this client on this server: an idle one, or a new one.

        It comes with these credentials, or with those that the server's clients have.
        """
        told = server.client_security if security is None else security
        session = self._take(client, server, told) or self._start(client, server, told)
        session.log = log
        session.noted = len(session.process.transcript)
        session.complained = session.process.complaints_size()
        return session

    def _take(self, client: str, server: Server, security: Mapping[str, str]) -> Session | None:
        with self._lock:
            for session in self._idle:
                if session.client == client and session.server is server and session.security == security:
                    self._idle.remove(session)
                    return session
        return None

    def _start(self, client: str, server: Server, security: Mapping[str, str]) -> Session:
        complaints = self._folder / f"{client}-{next(self._numbers)}.stderr"
        driver = self._clients[client].start(server.bootstrap, security, complaints)
        try:
            hello: dict[str, Any] = driver.ask("hello", {}, HELLO_S)
        except (DriverError, ClientError):
            driver.kill()
            raise
        version = str(hello.get("version") or self._clients[client].version)
        self.versions[client] = version
        return Session(client, server, security, driver, version, [])

    def give_back(self, session: Session, *, healthy: bool = True) -> None:
        """Take a session back: reset and kept, or ended when the scenario failed or it does not reset."""
        if healthy and session.process.broken is None:
            try:
                session.process.ask("reset", {}, RESET_S)
            except (DriverError, ClientError):
                healthy = False
        self._write_log(session)
        if not healthy or session.process.broken:
            session.process.kill()
            return
        with self._lock:
            self._idle.append(session)
            surplus = self._idle[: max(0, len(self._idle) - MOST_IDLE)]
            del self._idle[: len(surplus)]
        for each in surplus:
            each.process.close()

    def _write_log(self, session: Session) -> None:
        """Add to the scenario's log what was asked and answered, and what the client logged meanwhile."""
        session.log.append(f"--- {session.client} {session.version}")
        session.log += session.process.transcript[session.noted :]
        del session.process.transcript[:]
        with session.process.complaints_file.open("rb") as file:
            file.seek(session.complained)
            said = file.read().decode("utf-8", "replace").strip()
        if said:
            session.log += [f"--- {session.client}, standard error", said]

    def end_sessions_of(self, server: Server) -> None:
        """End the idle sessions of a server that is about to stop."""
        with self._lock:
            ended = [session for session in self._idle if session.server is server]
            self._idle = [session for session in self._idle if session.server is not server]
        for session in ended:
            session.process.close()
