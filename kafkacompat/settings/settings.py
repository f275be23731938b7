"""The settings of one cluster: what it was told, what stands behind that, and where each value comes from."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.known import known_row, passes, row_of, unknown_sentence
from kafkacompat.settings.synonyms import FALLBACKS
from kafkacompat.settings.values import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.settings.table import Row
    from kafkacompat.settings.values import Value

__all__ = [
    "CI_DEFAULTS",
    "NOT_DYNAMIC",
    "ConfigSource",
    "Defaults",
    "DynamicSettings",
    "InvalidSettingError",
    "Settings",
    "ci_defaults",
]

Defaults = Literal["ci", "kafka"]

CI_DEFAULTS: Final[Mapping[str, str]] = {
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}
"""Where the defaults differ from Kafka's: groups form at once, and one node suffices for the internal topics."""

_MOST_REPLICAS: Final = 3
_REPLICATION_FACTORS: Final = tuple(name for name in CI_DEFAULTS if name.endswith(".replication.factor"))


def ci_defaults(nodes: int) -> dict[str, str]:
    """Return `CI_DEFAULTS` for a cluster: its internal topics outlive a node, with three replicas as Kafka's own do."""
    return {**CI_DEFAULTS, **dict.fromkeys(_REPLICATION_FACTORS, str(min(nodes, _MOST_REPLICAS)))}


_STAND_INS: Final[Mapping[str, str]] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
}
"""For settings that Kafka refuses to start without, what its packaged properties file says."""

_FIRST_NODE_ID: Final = "1"


class ConfigSource(IntEnum):
    """Where a value comes from, as DescribeConfigs numbers it."""

    TOPIC = 1
    DYNAMIC_BROKER = 2
    DYNAMIC_DEFAULT_BROKER = 3
    STATIC_BROKER = 4
    DEFAULT = 5
    LOGGER = 6
    CLIENT_METRICS = 7
    GROUP = 8


class DynamicSettings(NamedTuple):
    """What was set at run time (KIP-226): for this broker, which wins, and for the whole cluster."""

    broker: Mapping[str, str]
    cluster: Mapping[str, str]


NOT_DYNAMIC: Final = DynamicSettings({}, {})


class Settings:
    """Typed access by Kafka's names.

    What was set at run time wins over what the server was told at its start.  A setting without a value of its own
    takes that of its coarser synonym: `log.retention.ms` minutes, then hours.
    """

    __slots__ = ("_parsed", "_static", "dynamic")

    def __init__(self, static: Mapping[str, str], dynamic: DynamicSettings = NOT_DYNAMIC) -> None:
        """Take values already completed and validated: see `from_values`."""
        self._static = dict(static)
        self._parsed: dict[str, Value] = {}
        self.dynamic = dynamic

    @classmethod
    def from_values(cls, values: Mapping[str, str], *, defaults: Defaults = "ci", nodes: int = 1) -> Settings:
        """Build from names and texts as a properties file has them; InvalidSettingError if Kafka would refuse them.

        `defaults` chooses what stands behind them: Kafka's own defaults, or those with `ci_defaults(nodes)` on top.
        """
        for name, text in values.items():
            _validate(name, text)
        behind = {**_STAND_INS, **(ci_defaults(nodes) if defaults == "ci" else {})}
        static = {**behind, **values}
        _complete_node_id(static, values)
        settings = cls(static)
        if settings.int("log.retention.ms") == 0:
            raise InvalidSettingError("log.retention.ms must be unlimited (-1) or, greater than or equal to 1")
        return settings

    def for_node(self, node_id: int, dynamic: DynamicSettings = NOT_DYNAMIC) -> Settings:
        """Return the settings as one node of the cluster has them: its own id and what was set for it alone."""
        text = str(node_id)
        return Settings({**self._static, "node.id": text, "broker.id": text}, dynamic)

    def as_at_start(self) -> Settings:
        """Return the same settings with nothing set at run time, to be changed on their own."""
        return Settings(self._static)

    def with_text(self, name: str, text: str) -> Settings:
        """Return the same settings, told one more thing at the start."""
        return Settings({**self._static, name: text})

    def set_dynamic(self, dynamic: DynamicSettings) -> None:
        """Take what was set at run time; it replaces what was set before."""
        self.dynamic = dynamic
        self._parsed.clear()

    def dynamic_texts(self, name: str) -> list[tuple[str, ConfigSource]]:
        """Return what a setting was told at run time, the most specific first."""
        told = (
            (self.dynamic.broker.get(name), ConfigSource.DYNAMIC_BROKER),
            (self.dynamic.cluster.get(name), ConfigSource.DYNAMIC_DEFAULT_BROKER),
        )
        return [(text, source) for text, source in told if text is not None]

    def static_text(self, name: str) -> str | None:
        """Return the text that a setting was told, by a person or the chosen defaults; None if nothing."""
        return self._static.get(name)

    def static_names(self) -> list[str]:
        """Return the names of all settings that were told something."""
        return list(self._static)

    def source(self, name: str) -> ConfigSource:
        """Return where the value comes from."""
        return ConfigSource.STATIC_BROKER if name in self._static else ConfigSource.DEFAULT

    def own_value(self, name: str) -> Value:
        """Return a setting's value without looking at its synonyms; None if it has none."""
        known = self._parsed.get(name, self)
        if known is not self:
            return known  # type: ignore[return-value]  # `self` only stands for "not there"
        row = row_of(name)
        assert row is not None, f"no setting is called {name}"
        value = self._dynamic_value(name, row)
        if value is None:
            value = self.start_value(name)
        self._parsed[name] = value
        return value

    def start_value(self, name: str) -> Value:
        """Return the value that a setting had at the start, as `own_value` does."""
        row = row_of(name)
        assert row is not None, f"no setting is called {name}"
        text = self._static.get(name)
        if text is None:
            text = None if row.required else row.default
        return None if text is None else parse(row, text)

    def _dynamic_value(self, name: str, row: Row) -> Value:
        """Return what a setting was told at run time; what cannot be is passed over, as Kafka does."""
        if row.read_only:
            return None
        for text, _ in self.dynamic_texts(name):
            try:
                return parse(row, text)
            except InvalidSettingError:
                continue
        return None

    def value(self, name: str) -> Value:
        """Return a setting's value, from a synonym if it has none of its own."""
        value = self.own_value(name)
        if value is None:
            for synonym in FALLBACKS.get(name, ()):
                value = self.own_value(synonym.name)
                if value is not None:
                    return _scaled(value, synonym.factor)
        return _scaled(value, 1) if name in FALLBACKS else value

    def optional_int(self, name: str) -> int | None:
        """Return a whole number, or None if there is none."""
        return None if self.value(name) is None else self.int(name)

    def int(self, name: str) -> int:
        """Return a whole number; the setting has one."""
        value = self.value(name)
        assert isinstance(value, int), f"{name} is not a whole number"
        return value

    def bool(self, name: str) -> bool:
        """Return a yes or no."""
        value = self.value(name)
        assert isinstance(value, bool), f"{name} is not a yes or no"
        return value

    def float(self, name: str) -> float:
        """Return a number."""
        value = self.value(name)
        assert isinstance(value, float), f"{name} is not a number"
        return value

    def text(self, name: str) -> str:
        """Return a text; the setting has one."""
        value = self.value(name)
        assert isinstance(value, str), f"{name} is not a text"
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None if there is none."""
        return None if self.value(name) is None else self.text(name)

    def list(self, name: str) -> list[str]:
        """Return a list of texts, empty if there is none."""
        value = self.value(name)
        if value is None:
            return []
        assert isinstance(value, list), f"{name} is not a list"
        return value


def _validate(name: str, text: str) -> None:
    row: Row | None = row_of(name)
    if row is not None:
        parse(row, text)
    elif not passes(name):
        raise InvalidSettingError(unknown_sentence(name))


def _complete_node_id(static: dict[str, str], values: Mapping[str, str]) -> None:
    """Give `node.id` and its deprecated name `broker.id` one value, as Kafka does."""
    ids = [int(values[name]) for name in ("node.id", "broker.id") if name in values]
    ids = [node_id for node_id in ids if node_id != _UNSET_BROKER_ID]
    if len(set(ids)) > 1:
        raise InvalidSettingError(
            "`node.id` and `broker.id` must be set to the same value. "
            "`broker.id` is deprecated, please use `node.id` instead."
        )
    row = known_row("node.id")
    assert row is not None
    chosen = str(ids[0]) if ids else _FIRST_NODE_ID
    parse(row, chosen)
    static["node.id"] = static["broker.id"] = chosen


_UNSET_BROKER_ID: Final = -1


def _scaled(value: Value, factor: int) -> Value:
    """Convert a span of time to the finer unit; any negative one means without limit, spelled -1."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * factor if value >= 0 else -1
    return value
