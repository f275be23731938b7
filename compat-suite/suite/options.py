"""The command line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Final

from suite.places import CACHE

TARGETS: Final = ("ours", "kafka", "docker")
JOBS_PER_CORE: Final = 2
"""Scenarios wait more than they work."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="compat-suite/run",
        description="Run scenarios with stock clients against our server and the real Kafka, and print a report card.",
    )
    top.add_argument(
        "--target",
        action="append",
        type=target,
        metavar="ours|kafka|docker|HOST:PORT",
        help="what to run against; may be given several times (default: ours and kafka, side by side)",
    )
    top.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="nodes of servers that are started here")
    top.add_argument("--client", nargs="+", action="extend", metavar="NAME", help="only these clients")
    top.add_argument("--scenario", nargs="+", action="extend", metavar="GLOB", help="only these, such as 'basics/*'")
    jobs = JOBS_PER_CORE * (os.cpu_count() or 1)
    top.add_argument("--jobs", type=int, default=jobs, help=f"cells at the same time (default here: {jobs})")
    top.add_argument("--json", type=Path, metavar="FILE", help="write one object for each cell")
    top.add_argument(
        "--with",
        dest="known",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="FILE",
        help="results of earlier runs (written by --json): their cells are taken over and not run again",
    )
    report = CACHE / "report"
    top.add_argument("--report", type=Path, default=report, metavar="DIR", help=f"card and logs (default {report})")
    top.add_argument("--list", action="store_true", help="name clients and scenarios, and run nothing")
    top.add_argument(
        "--publish", action="store_true", help="put the card of a whole run into compat-suite/results and README.md"
    )
    return top


def target(text: str) -> str:
    """Return a target; argparse's error if it is none."""
    host, _, port = text.rpartition(":")
    if text in TARGETS or (host and port.isdigit()):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(TARGETS)} and HOST:PORT")
