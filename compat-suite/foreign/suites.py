"""What a suite is to the runner: a small module that fetches it, names its tests and runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from suite.places import CACHE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from foreign.outcomes import Ended

FOREIGN: Final = CACHE / "foreign"
"""Where suites are downloaded to: nothing of them is in this repository."""


class Suite(Protocol):
    """A suite of another project."""

    @property
    def name(self) -> str:
        """Its name on the command line."""

    @property
    def title(self) -> str:
        """What it is, in a few words."""

    @property
    def version(self) -> str:
        """The version that is pinned."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Settings of the broker that it expects."""

    @property
    def needs(self) -> Sequence[str]:
        """Programs that this machine must have."""

    def prepare(self) -> None:
        """Fetch and build it, unless that is done; NotPreparedError when that cannot be done."""

    def units(self) -> list[str]:
        """Name what is run in one process each, once it is prepared: a test, or a few that belong together."""

    def run(self, unit: str, bootstrap: str, folder: Path) -> dict[str, Ended]:
        """Run one against a server, within a time limit, and say how each of its tests ended.

        `folder` is a new one for its scraps.
        """
