"""The house's limits: what keeps the code readable is a test, not a wish."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FUNCTION_LINES = 70
FILE_LINES = 500
FOLDERS = [
    "kafkacompat",
    "tests",
    "scripts",
    *(f"compat-suite/{name}" for name in ("suite", "scenarios", "foreign", "seeded")),
]
NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "helpers", "helper", "misc", "shared"}
SCRIPTS = ["kafka", "serve", "test", "bench", "fuzz", "nightly"]


def sources() -> list[Path]:
    """Every Python file of ours; programs of compat-suite speak for their clients and are not held to it."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    programs = [path for name in SCRIPTS if (path := ROOT / "scripts" / name).exists()]
    return sorted([*found, *programs])


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path.relative_to(ROOT): ast.parse(path.read_text(), str(path)) for path in sources()}


def test_functions_are_short(trees: dict[Path, ast.Module]) -> None:
    too_long = [
        f"{path}:{node.lineno} {node.name}: {lines} lines"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and (lines := node.end_lineno - node.lineno + 1) > FUNCTION_LINES
    ]
    assert too_long == []


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in sources()}
    assert {str(path): lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_modules_are_named_for_what_they_hold(trees: dict[Path, ast.Module]) -> None:
    assert [str(path) for path in trees if NAMES_THAT_SAY_NOTHING & {path.stem, *path.parts}] == []


def test_links_for_readers_lead_into_the_package() -> None:
    for name in ("wire", "storage"):
        assert (ROOT / name).is_symlink()
        assert (ROOT / name).resolve() == ROOT / "kafkacompat" / name


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert numbers
    assert sorted(numbers) == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_programs_can_be_started() -> None:
    programs = [".ci/run", "compat-suite/client", "compat-suite/run", "scripts/kafka", "scripts/serve", "scripts/test"]
    for program in programs:
        assert (ROOT / program).stat().st_mode & 0o111, program
    done = subprocess.run([ROOT / "scripts" / "kafka", "tools"], capture_output=True, text=True, check=True)
    assert "kafka-console-consumer" in done.stdout.splitlines()
