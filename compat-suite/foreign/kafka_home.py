"""A folder that looks like Kafka's own to scripts and tests: `bin/kafka-topics.sh` and its like, on Maven's jars."""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING, Final

from foreign.suites import FOREIGN
from suite.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TOOLS: Final = ("kafka-acls", "kafka-configs", "kafka-topics")
NEEDS: Final = ("java", "mvn")


def kafka_home() -> Path | None:
    """Return the folder; None where there is no Java to run the tools with, and tests that want them skip."""
    if any(shutil.which(program) is None for program in NEEDS):
        return None
    folder = FOREIGN / "kafka-home"
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    for tool in TOOLS:
        script = folder / "bin" / f"{tool}.sh"
        command = shlex.join([sys.executable, str(ROOT / "scripts" / "kafka"), "tool", tool])
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        script.chmod(0o755)
    return folder
