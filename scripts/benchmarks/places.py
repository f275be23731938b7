"""Where things are."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
KAFKA = ROOT / "scripts" / "kafka"
PAGE = ROOT / "docs" / "performance.md"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kafkacompat" / "bench"
