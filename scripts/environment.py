"""The project's own Python environment, `.venv`, made by nothing but python3 with venv."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LEAST_PYTHON = (3, 11)


def prepare(extra: str = "") -> Path:
    """Return the Python of `.venv`, with the package installed in it, and the tools of `extra`.

    A stamp of pyproject.toml makes this cheap when nothing has changed; a lock lets two callers wait for one another.
    """
    if sys.version_info < LEAST_PYTHON:
        sys.exit(f"kafkacompat needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable})")
    if up_to_date(extra):
        return PYTHON
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not up_to_date(extra):
            install(extra)
    finally:
        os.close(folder)
    return PYTHON


def stamp_of(extra: str) -> Path:
    """Return the file that says what `.venv` was installed from."""
    return VENV / f".installed-{extra or 'plain'}"


def fingerprint() -> str:
    """Return what an installation depends on."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()


def up_to_date(extra: str) -> bool:
    """Whether `.venv` has what is asked for; the tools of development include the plain package."""
    wanted = fingerprint()
    stamps = {stamp_of(extra), stamp_of("dev")}
    return PYTHON.exists() and any(stamp.exists() and stamp.read_text() == wanted for stamp in stamps)


def install(extra: str) -> None:
    """Make `.venv` when it is missing or its Python is gone, and install the package in it, editable."""
    if not works(PYTHON):
        if VENV.exists():
            print(f"making {VENV.name} anew: its Python does not start", file=sys.stderr)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
        if made.returncode:
            sys.exit("python3 could not make .venv (Debian and Ubuntu: apt-get install python3-venv)")
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    print(f"installing into {VENV.name} ...", file=sys.stderr)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if done.returncode:
        sys.exit("pip could not install the project into .venv")
    stamp_of(extra).write_text(fingerprint())


def works(python: Path) -> bool:
    """Whether this is a Python that we can use: it may have been removed, or be too old."""
    test = f"import sys, pip; sys.exit(sys.version_info < {LEAST_PYTHON})"
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", test], stderr=subprocess.DEVNULL, check=False).returncode == 0
