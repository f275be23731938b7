"""Which names of settings are known, which are let pass, and which known one somebody may have meant.

Kafka itself ignores names that it does not know.  Here a name that nothing knows is refused, because it is nearly
always a slip; what plugins and authorizers read, and what older or other distributions set, is let pass.
"""

from __future__ import annotations

from typing import Final

from kafkacompat.settings.own import OWN_SETTINGS
from kafkacompat.settings.table import Row, table

LISTENER_PREFIX: Final = "listener.name."
_MECHANISM_SETTINGS: Final = (
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
)
"""What may be set for one SASL mechanism of a listener (KIP-85): `listener.name.NAME.MECHANISM.sasl.jaas.config`."""

_LET_PASS_NAMES: Final = frozenset({"super.users", "allow.everyone.if.no.acl.found"})
_LET_PASS_PREFIXES: Final = (
    "authorizer.",
    "alter.config.policy.",
    "client.quota.callback.",
    "config.providers.",
    "confluent.",
    "create.topic.policy.",
    "jmx.",
    "kafka.metrics.",
    "metric.reporters.",
    "metrics.jmx.",
    "principal.builder.",
    "rlmm.config.",
    "rsm.config.",
    "zookeeper.",
)


_ONLY_AT_RUN_TIME: Final = {
    name: Row(name, "LONG", str((1 << 63) - 1), "[0,...]", False, False, False, None)
    for name in (
        "follower.replication.throttled.rate",
        "leader.replication.throttled.rate",
        "replica.alter.log.dirs.io.max.bytes.per.second",
    )
}
"""Throttles of replication (KIP-73, 113), which no properties file may set."""


def known_row(name: str) -> Row | None:
    """Return the broker setting of that name, Kafka's or the project's own."""
    return table("broker").get(name) or OWN_SETTINGS.get(name)


def base_name(name: str) -> str | None:
    """Return the setting that `listener.name.NAME.SETTING` sets for one listener; None if the name has not that form.

    The setting may still be one that Kafka does not know.
    """
    listener, dot, setting = name.removeprefix(LISTENER_PREFIX).partition(".")
    if not name.startswith(LISTENER_PREFIX) or not listener or not dot or not setting:
        return None
    return next((base for base in _MECHANISM_SETTINGS if setting.endswith(base)), setting)


def row_of(name: str) -> Row | None:
    """Return the row that says how to read a setting, also when it is set for one listener or only at run time."""
    row = known_row(name) or _ONLY_AT_RUN_TIME.get(name)
    if row is None and (base := base_name(name)) is not None:
        row = table("broker").get(base)
    return row


def passes(name: str) -> bool:
    """Tell whether a name is known or let pass."""
    return (
        known_row(name) is not None
        or name in _LET_PASS_NAMES
        or name.startswith((LISTENER_PREFIX, *_LET_PASS_PREFIXES))
    )


def nearest(name: str) -> str | None:
    """Return the known name that looks most like `name`, or None if none does."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a refusal pays for it

    found = get_close_matches(name, [*table("broker"), *OWN_SETTINGS], n=1, cutoff=0.6)
    return found[0] if found else None


def unknown_sentence(name: str) -> str:
    """Say that nothing knows a setting, and what may have been meant."""
    meant = nearest(name)
    return f"Unknown setting: {name}" + (f" (did you mean {meant}?)" if meant else "")
