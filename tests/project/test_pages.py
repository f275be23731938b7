"""Pages for people do not lie: commands, options, defaults, floors and gaps are those of the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kafkacompat.api.routes import ROUTES
from kafkacompat.settings.settings import CI_DEFAULTS

ROOT = Path(__file__).resolve().parent.parent.parent
NEVER_ON_A_BROKER_LISTENER = {4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82}
LAST_KEY_OF_KAFKA_4_4 = 94


def page(name: str) -> str:
    return (ROOT / name).read_text()


def commands(name: str) -> list[list[str]]:
    """The lines of plain code blocks, without their comments, as words."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page(name), re.DOTALL | re.MULTILINE)
    plain = [block for language, block in blocks if not language]
    lines = [line.partition("   #")[0].split() for block in plain for line in block.splitlines()]
    return [words for words in lines if words]


def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "kafkacompat", *words, "--help"], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", ["README.md", "compat-suite/README.md"])
def test_programs_that_a_page_names_exist(name: str) -> None:
    programs = {words[0] for words in commands(name)} - {"kafkacompat", "echo", "kcat"}
    assert programs
    for program in programs:
        assert os.access(ROOT / program, os.X_OK), program


def test_subcommands_and_options_in_the_readme_exist() -> None:
    lines = [words[1:] for words in commands("README.md") if words[0] == "kafkacompat"]
    assert {words[0] for words in lines} == {"serve", "settings"}
    for subcommand, *words in lines:
        options = {word for word in words if word.startswith("--")}
        assert all(option in help_of(subcommand) for option in options), (subcommand, options)
    for option in re.findall(r"`(--[a-z]+)", page("README.md")):
        assert option in help_of("serve"), option


def test_defaults_that_differ_from_kafkas_are_named_in_the_readme() -> None:
    text = page("README.md")
    alone = {name: value for name, value in CI_DEFAULTS.items() if not re.search(r"replication\.factor|min\.isr", name)}
    for name, value in alone.items():
        assert f"| `{name}` | {value} |" in text
    assert set(CI_DEFAULTS.values()) - set(alone.values()) <= {"1"}, "the internal topics' row says 1 for all of them"
    assert "`--defaults kafka`" in text


def test_the_floors_are_drawn_as_the_import_contract_has_them() -> None:
    contracts = tomllib.loads(page("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = [layer for layer in contracts[0]["layers"] if "__main__" not in layer]
    drawn = [line for line in page("CONTRIBUTING.md").splitlines() if line.partition("  ")[0] in layers]
    assert [line.partition("  ")[0] for line in drawn] == layers


def keys_in(text: str) -> set[int]:
    """The keys of the first column of a table: numbers and ranges."""
    found: set[int] = set()
    for cell in re.findall(r"^\| ([\d ,-]+) \|", text, re.MULTILINE):
        for part in cell.split(","):
            first, _, last = part.strip().partition("-")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def test_every_key_of_kafka_is_served_or_skipped_by_name() -> None:
    served, not_served = page("skipped.md").split("## Keys that are not served")
    assert keys_in(not_served) & set(ROUTES) == set()
    assert keys_in(not_served) | set(ROUTES) == set(range(LAST_KEY_OF_KAFKA_4_4 + 1))
    assert keys_in(not_served) >= NEVER_ON_A_BROKER_LISTENER
    assert keys_in(served) <= set(ROUTES)
