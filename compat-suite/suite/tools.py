"""What a machine must have for a client's program to be built and run."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from typing import Final

PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    "python": (),
    "java": ("java", "javac"),
    "kafka": ("java", "mvn"),
    "go": ("go",),
    "node": ("node", "npm"),
    "cargo": ("cargo",),
    "kcat": ("kcat",),
}
LEAST: Final[dict[str, tuple[tuple[str, ...], tuple[int, ...]]]] = {
    "java": (("java", "-version"), (17,)),
    "kafka": (("java", "-version"), (17,)),
    "go": (("go", "version"), (1, 24)),
    "node": (("node", "--version"), (18,)),
}


@functools.cache
def lack(tool: str) -> str | None:
    """Return why a tool of a `client.toml` cannot be used here, or None when it can."""
    if tool not in PROGRAMS:
        raise ValueError(f"no tool {tool!r}: there are {', '.join(PROGRAMS)}")
    absent = [program for program in PROGRAMS[tool] if shutil.which(program) is None]
    if absent:
        return f"no {' and no '.join(absent)} on this machine"
    if tool not in LEAST:
        return None
    command, least = LEAST[tool]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    numbers = re.search(r"(\d+(?:\.\d+)*)", said.stdout + said.stderr)
    version = tuple(int(number) for number in numbers[1].split(".")) if numbers else ()
    return f"{command[0]} is older than {'.'.join(map(str, least))}" if version < least else None
