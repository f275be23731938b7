"""Looks for what catches each bug: the scenario that is known to, then all that are about the bug's family."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from seeded.bug import NO_BUG, Bug
from seeded.catalogue import FAMILIES
from suite.cells import plan
from suite.failures import TargetError
from suite.results import Result, Status
from suite.running import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seeded.comparing import Comparison
    from seeded.target import Buggy
    from suite.cells import Cell
    from suite.clients import ClientProgram
    from suite.scenario import Scenario

COMPARED: Final = "differential/"
CELLS_AT_ONCE: Final = 2
CELLS_OF_A_LOOK: Final = 8
"""After so many scenarios of the family it is seen whether one failed, and whether to go on."""


@dataclass(frozen=True)
class Catch:
    """What turned red: a scenario with a client, or one of the comparison (then there is none)."""

    scenario: str
    client: str | None
    reason: str
    version: str = ""


@dataclass
class Verdict:
    """What came of one bug; `complaint` says why a catch is none, or why there was none."""

    bug: Bug
    catch: Catch | None = None
    complaint: str = ""
    seconds: float = 0.0
    tried: int = 0

    @property
    def caught(self) -> bool:
        """Whether something turned red that is green without the bug."""
        return self.catch is not None and not self.complaint


class Silent:
    """Tells nobody of single cells."""

    def finished(self, result: Result) -> None:
        """Do nothing."""


@dataclass
class Hunt:
    """Runs scenarios against servers with bugs.

    `clients` are those by which bugs are known, `others()` those that look for what they do not catch; `target(folder,
    bug)` is where servers are had from; they live below `folder`, and logs of scenarios below `report`.
    """

    scenarios: dict[str, Scenario]
    clients: dict[str, ClientProgram]
    others: Callable[[], dict[str, ClientProgram]]
    comparison: Callable[[], Comparison]
    target: Callable[[Path, Bug], Buggy]
    folder: Path
    report: Path
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self, bugs: Sequence[Bug], jobs: int, say: Callable[[Verdict], None]) -> list[Verdict]:
        """Look for what catches each bug, and hold the same scenarios to a server without one."""

        def one(bug: Bug) -> Verdict:
            began = time.monotonic()
            verdict = self.look(bug)
            verdict.seconds = round(time.monotonic() - began, 1)
            with self._lock:
                say(verdict)
            return verdict

        with ThreadPoolExecutor(jobs) as threads:
            verdicts = list(threads.map(one, bugs))
        self._hold_to_no_bug(verdicts)
        return verdicts

    def look(self, bug: Bug) -> Verdict:
        """Look for what catches one bug."""
        target = self.target(Path(mkdtemp(prefix="seeded-", dir=self.folder)), bug)
        verdict = Verdict(bug)
        try:
            verdict.catch = self._known(bug, target, verdict) or self._any(bug, target, verdict)
        except TargetError as error:
            verdict.complaint = str(error)
        if not verdict.catch and not verdict.complaint:
            verdict.complaint = f"nothing catches it: {verdict.tried} scenarios are green"
        if target.broken:
            verdict.complaint = f"the bug itself broke down: {target.broken}"
        return verdict

    def _known(self, bug: Bug, target: Buggy, verdict: Verdict) -> Catch | None:
        """Look at what is known to catch it."""
        if bug.caught_by.startswith(COMPARED):
            return self._compared(bug.caught_by, target)
        scenario = self.scenarios[bug.caught_by]
        cells = plan([scenario], {bug.client: self.clients[bug.client]}, [target], 1, {})
        return self._first(cells, self.clients, verdict)

    def _compared(self, name: str, target: Buggy) -> Catch | None:
        comparison = self.comparison()
        if refusal := comparison.refusal():
            raise TargetError(f"it shows beside the real Kafka only: {refusal}")
        found = comparison.differences(target, name.removeprefix(COMPARED))
        return Catch(name, None, found[0]) if found else None

    def _any(self, bug: Bug, target: Buggy, verdict: Verdict) -> Catch | None:
        """Look at all scenarios of the family, with each client, some at a time."""
        about = [
            each
            for each in self.scenarios.values()
            if any(fnmatchcase(each.id, pattern) for pattern in FAMILIES[bug.family])
        ]
        clients = self.others()
        cells = [cell for cell in plan(about, clients, [target], 1, {}) if cell.skip is None]
        for start in range(0, len(cells), CELLS_OF_A_LOOK):
            if catch := self._first(cells[start : start + CELLS_OF_A_LOOK], clients, verdict):
                return catch
        return None

    def _run(self, cells: Sequence[Cell], clients: Mapping[str, ClientProgram], label: str) -> list[Result]:
        folder = self.report / label / str(next(self._numbers))
        return Runner(clients, {}, folder).run(cells, CELLS_AT_ONCE, Silent())

    def _first(self, cells: Sequence[Cell], clients: Mapping[str, ClientProgram], verdict: Verdict) -> Catch | None:
        """Run these cells; return the first that failed."""
        results = self._run(cells, clients, f"{verdict.bug.family}.{verdict.bug.name}")
        verdict.tried += len(results)
        for result in results:
            if result.status is Status.FAIL:
                if not result.versions:  # the scenario was not run at all
                    raise TargetError(result.reason)
                return Catch(result.scenario, result.client, result.reason, result.versions["client"])
        return None

    # The control run

    def _hold_to_no_bug(self, verdicts: Sequence[Verdict]) -> None:
        """Complain of each catch whose scenario is not green on a server without a bug: it proves nothing."""
        target = self.target(Path(mkdtemp(prefix="control-", dir=self.folder)), NO_BUG)
        wanted: dict[str | None, dict[str, None]] = defaultdict(dict)
        for verdict in verdicts:
            if verdict.catch:
                wanted[verdict.catch.client][verdict.catch.scenario] = None
        red: dict[tuple[str, str | None], str] = {}
        for client, names in wanted.items():
            red |= {(name, client): reason for name, reason in self._control(target, client, names)}
        for verdict in verdicts:
            catch = verdict.catch
            if catch and (reason := red.get((catch.scenario, catch.client))):
                verdict.complaint = f"{catch.scenario} is not green without the bug either: {reason}"

    def _control(self, target: Buggy, client: str | None, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return the scenarios that are not green, each with the reason."""
        if client is None:
            found = [(each, self.comparison().differences(target, each.removeprefix(COMPARED))) for each in names]
            return [(name, differences[0]) for name, differences in found if differences]
        clients = {client: self.clients.get(client) or self.others()[client]}
        cells = plan([self.scenarios[each] for each in names], clients, [target], 1, {})
        results = self._run(cells, clients, "control")
        return [(each.scenario, f"{each.status}: {each.reason}") for each in results if each.status is not Status.PASS]
