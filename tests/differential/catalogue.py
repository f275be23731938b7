"""All scenarios."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tests.differential.scenario import SCENARIOS

if TYPE_CHECKING:
    from tests.differential.scenario import Scenario


def scenarios() -> dict[str, Scenario]:
    """Import every module of scenarios beside this one, and return what they hold by name."""
    for path in sorted(Path(__file__).parent.glob("scenarios_*.py")):
        import_module(f"tests.differential.{path.stem}")
    return SCENARIOS
