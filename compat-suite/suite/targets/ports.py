"""Ports that are free."""

from __future__ import annotations

import contextlib
import socket

from suite.failures import TargetError

ATTEMPTS = 50


def free_ports(count: int) -> int:
    """Return the first of so many consecutive ports that nobody listens on."""
    for _ in range(ATTEMPTS):
        with contextlib.ExitStack() as held:
            first = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            try:
                for port in range(first + 1, first + count):
                    held.enter_context(socket.create_server(("127.0.0.1", port)))
            except (OSError, OverflowError):
                continue
            return int(first)
    raise TargetError(f"no {count} consecutive ports are free")
