"""The table in Markdown, and the page that keeps the last one."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.places import PAGE

if TYPE_CHECKING:
    from benchmarks.samples import Figure, Results, Row

HEAD = "| work | figure | Kafka 4.4.0 | kafkacompat | to reach | reached |\n|---|---|---:|---:|---:|---|\n"
THREE_DIGITS_FROM = 100
TO_BE_SAID = "To be found out."


def table(rows: tuple[Row, ...], results: Results) -> str:
    """Return the table: a line for each figure of each row that was run."""
    lines = [_line(row, figure, results) for row in rows if row.name in results.samples for figure in row.figures]
    skipped = [f"\nNot run: {row.title}. {results.skipped[row.name]}" for row in rows if row.name in results.skipped]
    return HEAD + "\n".join(lines + skipped) + "\n"


def _line(row: Row, figure: Figure, results: Results) -> str:
    ours = results.value(row, "ours", figure)
    kafka = results.value(row, "kafka", figure)
    aimed = figure.target is not None or (figure.below_kafka and kafka is not None)
    cells = [
        row.title if figure is row.figures[0] else "",
        figure.unit,
        number(kafka),
        number(ours),
        number(figure.target) or ("Kafka's" if figure.below_kafka else ""),
        "" if not aimed or ours is None else ("yes" if figure.is_reached(ours, kafka) else "**no**"),
    ]
    return "| " + " | ".join(cells) + " |"


def number(value: float | None) -> str:
    """Return about three digits of a number, enough to compare."""
    if value is None:
        return ""
    if value >= THREE_DIGITS_FROM:
        return f"{round(value, 2 - len(str(int(value))) + 1):,.0f}"
    return f"{value:.3g}"


def missed(rows: tuple[Row, ...], results: Results) -> list[Row]:
    """Return the rows of which a figure of ours is worse than its target."""
    return [row for row in rows if any(_misses(row, figure, results) for figure in row.figures)]


def _misses(row: Row, figure: Figure, results: Results) -> bool:
    ours = results.value(row, "ours", figure)
    return ours is not None and not figure.is_reached(ours, results.value(row, "kafka", figure))


def machine() -> dict[str, str]:
    """Return what the numbers depend on."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "java": _java(),
    }


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1].strip() if found else platform.machine()


def _java() -> str:
    try:
        told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    except FileNotFoundError:
        return "none"
    return told.partition("\n")[0]


def write(rows: tuple[Row, ...], results: Results, rounds: int) -> None:
    """Put the run into the page, in the places it has for it; whatever else people wrote there stays."""
    page = PAGE.read_text()
    page = _fill(page, "run", _run(results, rounds))
    page = _fill(page, "table", table(rows, results))
    told = [row for row in rows if row.name in results.samples or row.name in results.skipped]
    page = _fill(page, "rows", "".join(f"- **{row.title}** (`{row.name}`): {row.about}\n" for row in told))
    page = _fill(page, "limits", _limits(page, missed(rows, results)))
    PAGE.write_text(page)


def _fill(page: str, place: str, text: str) -> str:
    begin, end = f"<!-- {place} -->\n", f"<!-- end of {place} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{PAGE.name} has no place called {place}")
    return before + begin + text + end + after


def _run(results: Results, rounds: int) -> str:
    told = machine()
    return (
        f"Measured on {told['date']}: {told['processor']}, {told['memory']}, {told['system']}, Python "
        f"{told['python']}, {told['java']}. Medians of {rounds} rounds; the load average was "
        f"{results.load_before:.1f} before them and {os.getloadavg()[0]:.1f} at their end.\n"
    )


def _limits(page: str, rows: list[Row]) -> str:
    """Return a section for each row that missed, with what people have said about it before."""
    said = dict(re.findall(r"^### (.+)\n\n((?:(?!###|<!--).*\n)+)", page, re.MULTILINE))
    sections = [f"### {row.title}\n\n{said.get(row.title, TO_BE_SAID).strip()}\n\n" for row in rows]
    return "".join(sections) or "Every row is reached.\n"
