"""Where things are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

SUITE: Final = Path(__file__).resolve().parent.parent
ROOT: Final = SUITE.parent
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kafkacompat"
