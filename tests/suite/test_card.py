"""The report card, made of a fixed run."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from suite.card import Card, score, write_html, write_markdown
from suite.clients import ClientProgram
from suite.publishing import BEGIN, END, publish
from suite.results import Outcome, Result, Status, write_json
from suite.scenario import Scenario

if TYPE_CHECKING:
    from suite.world import World

MADE = dt.datetime(2026, 11, 24, 12, 30, tzinfo=dt.UTC)


def nothing(_world: World) -> None: ...


def result(scenario: str, client: str, target: str, status: Status, reason: str = "", log: str = "") -> Result:
    versions = {"client": "1.5.1", "target": {"ours": "0.1.0", "kafka": "4.4.0"}[target]}
    return Result(scenario, client, target, status, reason, 0.5, log, versions=versions)


def program(name: str) -> ClientProgram:
    return ClientProgram(name, Path(), f"The {name}", "1.5", (), frozenset(), ())


@pytest.fixture
def report(tmp_path: Path) -> Path:
    log = tmp_path / "logs" / "broken.log"
    log.parent.mkdir()
    log.write_text('> {<b>"id": 1}\n</script> it broke\n')
    return tmp_path


@pytest.fixture
def card() -> Card:
    scenarios = [
        Scenario("basics", "a_value_comes_back", "A value < comes back.", nothing, rules=("2.3",)),
        Scenario("transactions", "a_commit", "It commits.", nothing, feature="transactions"),
    ]
    results = [
        result("basics/a_value_comes_back", "alpha", "ours", Status.PASS),
        result("basics/a_value_comes_back", "alpha", "kafka", Status.PASS),
        result("basics/a_value_comes_back", "beta", "ours", Status.FAIL, "not <the> same", "logs/broken.log"),
        result("basics/a_value_comes_back", "beta", "kafka", Status.PASS),
        result("transactions/a_commit", "alpha", "ours", Status.EXPECTED, "not served", "logs/broken.log"),
        result("transactions/a_commit", "alpha", "kafka", Status.PASS),
        result("transactions/a_commit", "beta", "ours", Status.SKIP, "the client has no transactions"),
        result("transactions/a_commit", "beta", "kafka", Status.SKIP, "the client has no transactions"),
    ]
    clients = {"alpha": program("alpha"), "beta": program("beta")}
    return Card(Outcome(results, ["an entry is about nothing"]), scenarios, clients, 61.0, MADE)


class Page(HTMLParser):
    """Reads the half cells, links to elsewhere and the data of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.halves: dict[str, tuple[str, str]] = {}
        self.loads: list[str] = []
        self._label: tuple[str, str] | None = None
        self._in_data = False
        self.data: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.loads += [name for name in ("src", "href") if told.get(name)]
        if tag == "button" and told.get("data-target"):
            self._label = (told["aria-label"] or "", told["class"] or "")
        self._in_data = tag == "script" and told.get("id") == "said"

    def handle_data(self, data: str) -> None:
        if self._label:
            self.halves[self._label[0]] = (self._label[1], data)
            self._label = None
        if self._in_data:
            self.data = json.loads(data)
            self._in_data = False


def test_the_page_shows_both_halves_of_every_cell_by_symbol_and_colour(card: Card, report: Path) -> None:
    write_html(report / "card.html", card, report)
    page = Page()
    page.feed((report / "card.html").read_text())
    assert page.halves["basics/a_value_comes_back, beta, kafkacompat: fail"] == ("fail", "✗")
    assert page.halves["basics/a_value_comes_back, beta, Kafka: pass"] == ("pass", "✓")
    assert page.halves["transactions/a_commit, alpha, kafkacompat: expected failure"] == ("expected", "~")
    assert page.halves["transactions/a_commit, beta, Kafka: skip"] == ("skip", "·")
    assert len(page.halves) == 8


def test_the_page_needs_nothing_else_and_carries_what_failed(card: Card, report: Path) -> None:
    write_html(report / "card.html", card, report)
    page = Page()
    page.feed((report / "card.html").read_text())
    assert page.loads == []
    told = page.data["basics/a_value_comes_back beta ours"]
    assert (told["reason"], told["log"]) == ("not <the> same", "logs/broken.log")
    assert "</script> it broke" in told["excerpt"]
    assert "an entry is about nothing" in (report / "card.html").read_text()


def test_markdown_sums_up_and_names_what_fails(card: Card, report: Path) -> None:
    write_markdown(report / "card.md", card)
    text = (report / "card.md").read_text()
    assert "2026-11-24 12:30 UTC, 2 scenarios, 2 clients, 61 s" in text
    assert "| kafkacompat 0.1.0 | 1 | 1 | 1 | 1 | 0 |" in text
    assert "| alpha | 1/1 · 1/1 | 0/1 (1~) · 1/1 |" in text
    assert "| beta | 0/1 · 1/1 | - · - |" in text
    assert "- **basics/a_value_comes_back** with beta on kafkacompat: fail: not <the> same" in text
    assert re.search(r"(?m)^- error: an entry is about nothing$", text)


def test_the_published_table_replaces_the_former_one(card: Card, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    publish(card, tmp_path / "results", readme)
    text = readme.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "| The alpha 1.5.1 | 1/2 (1~) | 2/2 |" in text
    assert "old" not in text
    lines = (tmp_path / "results" / "results.jsonl").read_text().splitlines()
    assert json.loads(lines[2])["status"] == "fail"


def test_json_has_one_object_for_each_cell(card: Card, tmp_path: Path) -> None:
    write_json(tmp_path / "results.json", card.outcome)
    cells = json.loads((tmp_path / "results.json").read_text())
    assert cells[0] == {
        "scenario": "basics/a_value_comes_back",
        "client": "alpha",
        "target": "ours",
        "status": "pass",
        "reason": "",
        "seconds": 0.5,
        "log": "",
        "unsupported": False,
        "versions": {"client": "1.5.1", "target": "0.1.0"},
    }


def test_scores() -> None:
    assert score([]) == "-"
    assert score([result("a/b", "alpha", "ours", Status.FAIL), result("a/b", "alpha", "ours", Status.PASS)]) == "1/2"
