"""The newest card of a whole run, kept in the repository: results, and the table in README.md."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from suite.card import score, template, write_markdown
from suite.places import ROOT, SUITE
from suite.results import Status, counts

if TYPE_CHECKING:
    from pathlib import Path

    from suite.card import Card

BEGIN: Final = "<!-- made by compat-suite/run --publish -->"
END: Final = "<!-- end of what compat-suite/run made -->"


def publish(card: Card, results: Path = SUITE / "results", readme: Path = ROOT / "README.md") -> None:
    """Write the card and the results of every cell, and the table between the marks of README.md, if it has any."""
    results.mkdir(parents=True, exist_ok=True)
    write_markdown(results / "card.md", card)
    lines = []
    for result in card.outcome.results:
        kept = {name: value for name, value in asdict(result).items() if name not in {"log", "unsupported"}}
        lines.append(json.dumps(kept, ensure_ascii=False))
    (results / "results.jsonl").write_text("\n".join(lines) + "\n")
    text = readme.read_text()
    if BEGIN in text:
        table = template("summary.md.jinja", escape=False, card=card, score=score, counts=counts, Status=Status)
        readme.write_text(re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n{table.strip()}\n{END}", text))
