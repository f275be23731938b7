"""How a run is followed: a bar on a terminal, lines elsewhere; what fails is named at once."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from suite.results import Result, Status, counts

if TYPE_CHECKING:
    from types import TracebackType

EVERY_S: Final = 10
LONGEST_REASON: Final = 160
MARKS: Final = {
    Status.PASS: "[green]✓[/]",
    Status.FAIL: "[red]✗[/]",
    Status.STALE: "[red]![/]",
    Status.EXPECTED: "[yellow]~[/]",
    Status.SKIP: "[dim]·[/]",
}


class Following:
    """Told of every cell that is done; use it as a context manager around the run."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200)
        self._results: list[Result] = []
        self._total = total
        self._lock = threading.Lock()
        self._said_at = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=self._console, transient=True) if sys.stderr.isatty() else None
        self._task = self._bar.add_task("cells", total=total) if self._bar else None

    def __enter__(self) -> Self:
        """Show the bar."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        if self._bar:
            self._bar.stop()

    def finished(self, result: Result) -> None:
        """Take note of a cell; called from several threads."""
        with self._lock:
            self._results.append(result)
            if result.status is Status.FAIL:
                reason = " ".join(result.reason.split())[:LONGEST_REASON]
                where = f"{result.scenario} · {result.client} · {result.target}"
                self._console.print(f"{MARKS[result.status]} {where}: {escape(reason)}", soft_wrap=True)
            if self._bar and self._task is not None:
                self._bar.advance(self._task)
            elif time.monotonic() - self._said_at >= EVERY_S:
                self._said_at = time.monotonic()
                self._console.print(f"{len(self._results)} of {self._total} cells: {in_words(self._results)}")


def in_words(results: list[Result]) -> str:
    """Say how many there are of each status."""
    told = [f"{number} {status}" for status, number in counts(results).items() if number]
    return ", ".join(told) or "none"
