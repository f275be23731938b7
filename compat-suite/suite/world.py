"""What a scenario function is given."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from suite import checks
from suite.arranging import Arranging
from suite.client import Client
from suite.failures import ClientError, ScenarioFailedError, SkippedError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from suite.pool import Pool
    from suite.scenario import Scenario
    from suite.targets.server import Server

T = TypeVar("T")


@dataclass
class Caught:
    """The error that was expected, once the block has ended."""

    error: ClientError | None = None


@dataclass
class World(Arranging):
    """One run of one scenario with one client against one server."""

    scenario: Scenario
    client_name: str
    server: Server
    pool: Pool
    partner_names: list[str]
    stopped: threading.Event = field(default_factory=threading.Event)
    log: list[str] = field(default_factory=list)
    _borrowed: list[Any] = field(default_factory=list)
    _client: Client | None = None

    def __post_init__(self) -> None:
        """Start the clock."""
        self._deadline = time.monotonic() + self.scenario.seconds
        self._numbers = itertools.count(1)
        # Not id(self): the next run of a scenario may get the same, and find the former's group with members in it.
        self._token = secrets.token_hex(4)

    # Clients

    @property
    def client(self) -> Client:
        """The client under test."""
        if self._client is None:
            self._client = self.another()
        return self._client

    def another(self, **security: str) -> Client:
        """Return a further process of the client under test, such as another member of a group.

        `security` changes what it is told by `--security`: `world.another(password="wrong")`.
        """
        return self.partner(self.client_name, **security)

    def partner(self, name: str, **security: str) -> Client:
        """Return a session of another client, by its name."""
        driver = self.pool.borrow(name, self.server, self.log, {**self.server.client_security, **security})
        self._borrowed.append(driver)
        return Client(name, driver.process, self.pool.has(name), self.seconds_left)

    @property
    def partners(self) -> Iterator[Client]:
        """A session of every client of this run, the client under test too, one after the other.

        Each goes back when the next is asked for.
        """
        for name in self.partner_names:
            client = self.partner(name)
            borrowed = self._borrowed[-1]
            yield client
            self._borrowed.remove(borrowed)
            self.pool.give_back(borrowed)

    def release(self, *, healthy: bool) -> None:
        """Give back all sessions; those of a scenario that failed are ended."""
        for borrowed in self._borrowed:
            self.pool.give_back(borrowed, healthy=healthy)
        self._borrowed.clear()

    def name(self, stem: str) -> str:
        """Return a name that nobody else uses: of a group, a transactional id, a topic that is not made yet."""
        return f"{stem}-{self.client_name}-{os.getpid()}-{self._token}-{next(self._numbers)}"

    # Time

    def seconds_left(self) -> float:
        """Return what is left of the scenario's time; fail when that is nothing."""
        if self.stopped.is_set():
            raise ScenarioFailedError("the run was broken off")
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ScenarioFailedError(f"the scenario's {self.scenario.seconds:g} s are over")
        return left

    def until(self, condition: Callable[[], T], within_s: float = 10, what: str = "it did not come about") -> T:
        """Return the condition's first true answer; fail when there is none in time."""
        return checks.until(condition, min(within_s, self.seconds_left()), what)

    def pause(self, seconds: float) -> None:
        """Let time go by, where nothing can be waited for."""
        time.sleep(min(seconds, self.seconds_left()))

    def together(self, *actions: Callable[[], T]) -> list[T]:
        """Do all at the same time and return their answers in order; the first error of one is raised."""
        with ThreadPoolExecutor(len(actions)) as threads:
            return [done.result() for done in [threads.submit(action) for action in actions]]

    # Statements

    @contextlib.contextmanager
    def errors(self, *names: str) -> Iterator[Caught]:
        """State that the verb in the block fails with one of these errors."""
        caught = Caught()
        try:
            yield caught
        except UnsupportedError:
            raise
        except ClientError as error:
            if error.name not in names:
                raise ScenarioFailedError(f"expected {' or '.join(names)}, and got {error}") from error
            caught.error = error
        else:
            raise ScenarioFailedError(f"expected {' or '.join(names)}, and it succeeded")

    def skip(self, reason: str) -> None:
        """End the scenario: it cannot be run here."""
        raise SkippedError(reason)
