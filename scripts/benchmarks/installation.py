"""The package as users have it: a wheel, installed in an environment of its own.

The editable installation of the checkout costs 20 ms more at every start, and its files may change during a run.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path) -> Path:
    """Build the checkout's wheel and install it below `folder`; return the Python that has it."""
    python = folder / "environment" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wheels = str(folder / "wheels")
    _run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, str(ROOT)])
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder / "environment")])
    _run([*pip, "--python", str(python), "install", *map(str, (folder / "wheels").glob("*.whl"))])
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if done.returncode:
        sys.exit("scripts/bench: the package could not be built and installed")
