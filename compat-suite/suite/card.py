"""The report card: a page for people, and Markdown for summaries of CI."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from suite.places import SUITE
from suite.results import Outcome, Result, Status, counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from suite.clients import ClientProgram
    from suite.scenario import Scenario

TEMPLATES: Final = SUITE / "suite" / "templates"
SYMBOLS: Final = {
    Status.PASS: "✓",
    Status.FAIL: "✗",
    Status.SKIP: "·",
    Status.EXPECTED: "~",
    Status.STALE: "!",
}
WORDS: Final = {status: status.name.lower() for status in Status}
EXCERPT_CHARACTERS: Final = 3000


@dataclass
class Card:
    """A run, and what it was a run of."""

    outcome: Outcome
    scenarios: Sequence[Scenario]
    clients: Mapping[str, ClientProgram]
    seconds: float
    made: dt.datetime | None = None

    @property
    def targets(self) -> list[str]:
        """The targets of the run, ours first."""
        return list(dict.fromkeys(result.target for result in self.outcome.results))

    @property
    def families(self) -> list[str]:
        """The families of scenarios."""
        return list(dict.fromkeys(scenario.family for scenario in self.scenarios))

    @property
    def when(self) -> str:
        """When it was made."""
        return (self.made or dt.datetime.now(dt.UTC)).strftime("%Y-%m-%d %H:%M UTC")

    def of(self, target: str, client: str | None = None, family: str | None = None) -> list[Result]:
        """Return some of the results."""
        return [
            result
            for result in self.outcome.results
            if result.target == target
            and client in {None, result.client}
            and family in {None, result.scenario.partition("/")[0]}
        ]

    def version(self, kind: str, results: Iterable[Result], otherwise: str = "") -> str:
        """Return the version that was seen of a client or a target."""
        return next((seen for result in results if (seen := result.versions.get(kind))), otherwise)

    @property
    def versions(self) -> dict[str, str]:
        """The version of each target."""
        return {target: self.version("target", self.of(target)) for target in self.targets}


def score(results: Iterable[Result]) -> str:
    """Return how many of the cells that were run passed, and how many failures were expected: `11/12`, `9/12 (3~)`."""
    found = counts(results)
    ran = sum(found.values()) - found[Status.SKIP]
    if not ran:
        return "-"
    expected = f" ({found[Status.EXPECTED]}~)" if found[Status.EXPECTED] else ""
    return f"{found[Status.PASS]}/{ran}{expected}"


def write_markdown(path: Path, card: Card) -> None:
    """Write the summary, and what fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template("card.md.jinja", escape=False, card=card, score=score, Status=Status, counts=counts))


def write_html(path: Path, card: Card, report: Path) -> None:
    """Write one page that needs nothing else; `report` is the folder that logs are relative to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    halves: dict[tuple[str, str], dict[str, Result]] = {}
    for result in card.outcome.results:
        halves.setdefault(result.cell, {})[result.target] = result
    said = {
        f"{result.scenario} {result.client} {result.target}": details(result, report) for result in card.outcome.results
    }
    page = template(
        "card.html.jinja",
        escape=True,
        card=card,
        halves=halves,
        said=said,
        score=score,
        counts=counts,
        symbols=SYMBOLS,
        words=WORDS,
        Status=Status,
    )
    path.write_text(page)


def details(result: Result, report: Path) -> dict[str, Any]:
    """Return what the page says of a half cell when it is opened."""
    told: dict[str, Any] = {"status": result.status.value, "reason": result.reason, "seconds": result.seconds}
    if result.log:
        told["log"] = result.log
        if result.status is not Status.PASS:
            told["excerpt"] = (report / result.log).read_text(errors="replace")[-EXCERPT_CHARACTERS:]
    return told


def template(name: str, *, escape: bool, **values: Any) -> str:
    """Fill in a template."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escape,  # noqa: S701 - Markdown is not HTML; the page does escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(**values)
