"""What a machine must have for some tests: a missing tool skips them, unless KAFKACOMPAT_REQUIRE names it."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess

import pytest


def require(*tools: str) -> None:
    """Skip the test when the machine lacks a tool; fail it when KAFKACOMPAT_REQUIRE names that tool.

    Tools are `java` (17 or newer, with javac), `kafka` (the real one: java and mvn), `go`, `node`, `cargo`, `kcat`,
    `python`.
    """
    for tool in tools:
        skip_or_fail(lack(tool), tool)


def skip_or_fail(reason: str | None, *tools: str) -> None:
    """Skip the test for this reason, if there is one; fail it when KAFKACOMPAT_REQUIRE names one of the tools."""
    if reason and required() & set(tools):
        pytest.fail(f"{reason} (KAFKACOMPAT_REQUIRE names {', '.join(tools)})", pytrace=False)
    if reason:
        pytest.skip(reason)


def required() -> set[str]:
    """Return the tools that must be there."""
    return set(filter(None, os.environ.get("KAFKACOMPAT_REQUIRE", "").replace(",", " ").split()))


@functools.cache
def lack(tool: str) -> str | None:
    """Return why a tool cannot be used, or None when it can."""
    match tool:
        case "java":
            return missing("java", "javac") or older("java", ("-version",), (17,))
        case "kafka":
            return missing("java", "mvn") or older("java", ("-version",), (17,))
        case "go":
            return missing("go") or older("go", ("version",), (1, 24))
        case "node":
            return missing("node", "npm") or older("node", ("--version",), (18,))
        case "cargo" | "kcat":
            return missing(tool)
        case "python":
            return None
        case _:
            raise ValueError(f"no tool {tool!r}")


def missing(*programs: str) -> str | None:
    """Return which of the programs are not on the path, in words."""
    absent = [program for program in programs if shutil.which(program) is None]
    return f"no {' and no '.join(absent)} on this machine" if absent else None


def older(program: str, arguments: tuple[str, ...], least: tuple[int, ...]) -> str | None:
    """Return that the program is older than we need, in words."""
    said = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    numbers = re.search(r"(\d+(?:\.\d+)*)", said.stdout + said.stderr)
    version = tuple(int(number) for number in numbers[1].split(".")) if numbers else ()
    return f"{program} is older than {'.'.join(map(str, least))}" if version < least else None
