"""The clients there are: what each declares, and how its program is built and started."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from suite.driver import Driver
from suite.places import SUITE
from suite.tools import lack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

BUILD_S: Final = 900


@dataclass(frozen=True)
class ClientProgram:
    """One folder of `clients`: the client of another project, and the program that drives it."""

    name: str
    folder: Path
    title: str
    version: str
    needs: tuple[str, ...]
    has: frozenset[str]
    command: tuple[str, ...]
    refused_by_kafka_4: str | None = None
    """Why no Kafka from 4.0 on understands it: then the real one has no cells of it."""

    @classmethod
    def read(cls, folder: Path) -> ClientProgram:
        """Read its `client.toml`."""
        about = tomllib.loads((folder / "client.toml").read_text())
        command = (sys.executable, str(SUITE / "client"), folder.name)
        has = frozenset(about.get("has", ()))
        refused = about.get("refused_by_kafka_4")
        return cls(folder.name, folder, about["title"], about["version"], tuple(about["needs"]), has, command, refused)

    def unavailable(self) -> str | None:
        """Return why its program cannot be run on this machine, or None."""
        if not self.has:
            return "its program has no sessions yet"
        return next(filter(None, map(lack, self.needs)), None)

    def build(self) -> str | None:
        """Build its program unless it is built; return what was wrong if that fails."""
        command = [sys.executable, str(SUITE / "client"), "build", self.name]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=BUILD_S, check=False
            )
        except subprocess.TimeoutExpired:
            return f"its program was not built within {BUILD_S} s"
        return f"its program cannot be built: {done.stderr.strip()[-800:]}" if done.returncode else None

    def start(self, bootstrap: str, security: Mapping[str, str], complaints: Path) -> Driver:
        """Start a session."""
        words: Sequence[str] = [*self.command, "session", "--bootstrap", bootstrap, "--client-id", self.name]
        if security:
            words = [*words, "--security", json.dumps(security)]
        return Driver(words, complaints)


def read_clients(folder: Path = SUITE / "clients") -> dict[str, ClientProgram]:
    """Return all clients by name."""
    found = [ClientProgram.read(path.parent) for path in sorted(folder.glob("*/client.toml"))]
    return {client.name: client for client in found}
