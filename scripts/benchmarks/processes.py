"""What Linux tells about a process: processor time, resident memory, age."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Self

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
USER_TICKS, SYSTEM_TICKS, START_TICKS = 11, 12, 19
"""Fields of /proc/<pid>/stat, counted from the one after the program's name."""


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pid: int) -> float:
    """Return the processor time that all threads of a process have used, user and system."""
    fields = _fields(pid)
    return (int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND


def age_seconds(pid: int) -> float:
    """Return how long ago a process began (to a hundredth of a second)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(_fields(pid)[START_TICKS]) / TICKS_PER_SECOND


def resident_bytes(pid: int) -> int:
    """Return the memory of a process that is in RAM now."""
    return _status_bytes(pid, "VmRSS:")


def _status_bytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has no memory: it has ended")


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has had in RAM since it began, or since `forget_peak`."""
    return _status_bytes(pid, "VmHWM:")


def forget_peak(pid: int) -> None:
    """Have the peak begin at what is resident now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


class Meter:
    """Measures what happens inside a `with`: the server's processor time, and time on the clock."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_before = self._clock_before = 0.0
        self.cpu_seconds = self.wall_seconds = 0.0

    def __enter__(self) -> Self:
        self._cpu_before = cpu_seconds(self._pid)
        self._clock_before = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_seconds = time.perf_counter() - self._clock_before
        self.cpu_seconds = cpu_seconds(self._pid) - self._cpu_before
