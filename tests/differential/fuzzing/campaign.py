"""Many sessions, some at a time: what they found, each difference seen again and made short."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from tests.differential.fuzzing.generate import generate
from tests.differential.fuzzing.judging import sign, unexplained
from tests.differential.fuzzing.playing import play
from tests.differential.fuzzing.shrinking import shrink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.differential.fuzzing.playing import Addresses, Found
    from tests.differential.fuzzing.session import Session

SESSIONS_OF_A_PAIR: Final = 1500
"""After so many the real broker holds too many files, and both are started anew."""
SEEN_AGAIN_IN: Final = 2
"""A difference must show in so many further runs of its session; what does not is chance, and told apart."""


class Finding(NamedTuple):
    """A difference that nobody has accepted."""

    sign: str
    number: int
    """Of the session that showed it first."""
    text: str
    session: Session
    """As short as it was made."""
    is_short: bool = False
    """Whether that has been tried."""


@dataclass
class Results:
    """What a campaign has come to."""

    seed: int
    sessions: int = 0
    steps: int = 0
    seconds: float = 0
    accepted: Counter[str] = field(default_factory=Counter)
    """How often differences were seen that are accepted, by key."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each key was asked for."""
    findings: dict[str, Finding] = field(default_factory=dict)
    """By sign."""
    once: Counter[str] = field(default_factory=Counter)
    """Differences that did not show again, by sign."""
    broken: list[str] = field(default_factory=list)
    """Sessions that could not be played."""


class Brokers(Protocol):
    """The two that are compared; see `Pair`."""

    @property
    def addresses(self) -> Addresses:
        """Where they are."""

    def prefix(self) -> str:
        """Return what the names of one more session begin with."""

    def start(self) -> None:
        """Start both, empty."""

    def stop(self) -> None:
        """End both."""


class Campaign:
    """Plays sessions against a pair of brokers; `progress` hears of every one."""

    def __init__(
        self, pair: Brokers, seed: int, progress: Callable[[Results], None] = lambda _: None, jobs: int = 6
    ) -> None:
        self._pair, self._progress, self._jobs = pair, progress, jobs
        self._lock = Lock()
        self.results = Results(seed)

    def run(self, numbers: Iterable[int], keys: tuple[str, ...] = ()) -> Results:
        """Play the sessions of these numbers, made up of the seed."""
        seed = self.results.seed
        return self.play_all((number, generate(seed, number, keys)) for number in numbers)

    def play_all(self, sessions: Iterable[tuple[int, Session]]) -> Results:
        began = time.monotonic()
        waiting = iter(sessions)
        while chunk := list(_some(waiting, SESSIONS_OF_A_PAIR)):
            if self.results.sessions:
                self._pair.stop()
                self._pair.start()
            self._play_some(chunk, began)
        self.results.seconds = time.monotonic() - began
        return self.results

    def _play_some(self, sessions: list[tuple[int, Session]], began: float) -> None:
        with ThreadPoolExecutor(self._jobs) as threads:
            running = set()
            for number, session in sessions:
                running.add(threads.submit(self._one, number, session))
                if len(running) > self._jobs:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                self.results.seconds = time.monotonic() - began
                self._progress(self.results)
            for future in running:
                future.result()
        self._progress(self.results)

    def _one(self, number: int, session: Session) -> None:
        try:
            found = self._play(session)
        except (OSError, AssertionError, ValueError, AttributeError) as error:
            with self._lock:
                self.results.broken.append(f"session {number}: {type(error).__name__}: {error}")
            return
        left = unexplained(found)
        with self._lock:
            self.results.sessions += 1
            self.results.steps += len(session)
            self.results.asked.update(step.name for step in session)
            self.results.accepted.update(one.step.name for one in found if one not in left)
            signs = {sign(one): one for one in reversed(left)}
            new = [name for name in signs if name not in self.results.findings]
        for name in new:
            self._look_closer(number, session, name, signs[name])

    def _look_closer(self, number: int, session: Session, name: str, found: Found) -> None:
        if not all(self._shows(session, name) for _ in range(SEEN_AGAIN_IN)):
            with self._lock:
                self.results.once[f"{name} (session {number})"] += 1
            return
        with self._lock:
            if name in self.results.findings:
                return
            self.results.findings[name] = Finding(name, number, str(found.difference), session)
        short = shrink(session, lambda candidate: self._shows(candidate, name))
        text = next((str(one.difference) for one in self._play(short) if sign(one) == name), str(found.difference))
        with self._lock:
            self.results.findings[name] = Finding(name, number, text, short, is_short=True)

    def _play(self, session: Session) -> list[Found]:
        return play(session, self._pair.addresses, self._pair.prefix())

    def _shows(self, session: Session, name: str) -> bool:
        """Tell whether a session shows a difference of that sign."""
        try:
            return any(sign(one) == name for one in unexplained(self._play(session)))
        except (OSError, AssertionError, ValueError, AttributeError):
            return False


def _some(sessions: Iterator[tuple[int, Session]], most: int) -> Iterator[tuple[int, Session]]:
    for _ in range(most):
        try:
            yield next(sessions)
        except StopIteration:
            return
