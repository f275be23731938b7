"""Settings that all confluent-kafka clients of the bench share."""

from __future__ import annotations

ALERTS_ONLY = 1


def client_settings(bootstrap: str, **more: str | float | bool) -> dict[str, str | float | bool]:
    """Return settings of a client: what it would log is told by exceptions; `more` has `_` for `.`."""
    shared: dict[str, str | float | bool] = {"bootstrap.servers": bootstrap, "log_level": ALERTS_ONLY}
    return shared | {name.replace("_", "."): value for name, value in more.items()}
