"""Servers of ours with one bug in them, for the suite's runner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from suite.targets.ours import Ours
from suite.targets.target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from seeded.bug import Bug


class Buggy(Target, Protocol):
    """Something that servers with a bug can be had from."""

    @property
    def broken(self) -> str | None:
        """What went wrong inside the bug itself, or None."""


class SeededTarget(Ours):
    """Starts servers with this bug."""

    name = "seeded"

    def __init__(self, folder: Path, bug: Bug) -> None:
        self._broken = folder / "broken"
        super().__init__(folder, ("-m", "seeded.server", bug.id, str(self._broken)))

    @property
    def broken(self) -> str | None:
        """The last line of what went wrong inside the bug itself, or None."""
        return self._broken.read_text().strip().splitlines()[-1] if self._broken.exists() else None
