"""The machine's clock, without deadlines: those need an event loop and live in `server`."""

from __future__ import annotations

from time import time


class SystemClock:
    """Milliseconds since the Unix epoch, as the machine has them."""

    def now_ms(self) -> int:
        """Return the current time."""
        return int(time() * 1000)
