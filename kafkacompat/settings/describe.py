"""The rows in which DescribeConfigs and CreateTopics show settings, as Kafka 4.4.0 fills them.

Each row has the value, where it comes from, and its synonyms: everything that could have decided it, the most specific
first.  Rows come sorted by name (the order of Kafka is that of a hash table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.settings.known import base_name, known_row, row_of
from kafkacompat.settings.settings import ConfigSource
from kafkacompat.settings.synonyms import broker_name_of_topic_setting, broker_synonyms
from kafkacompat.settings.table import TYPE_CODES, table
from kafkacompat.settings.values import parse_type, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.settings.settings import Settings
    from kafkacompat.settings.table import Row

_UNKNOWN_TYPE: Final = 0


class ConfigSynonym(NamedTuple):
    """One of the things that decide a value."""

    name: str
    value: str | None
    source: ConfigSource


class ConfigRow(NamedTuple):
    """One setting as clients see it; `type_code` as DescribeConfigs v3+ numbers types."""

    name: str
    value: str | None
    read_only: bool
    source: ConfigSource
    is_sensitive: bool
    synonyms: list[ConfigSynonym]
    type_code: int


def broker_rows(settings: Settings) -> list[ConfigRow]:
    """Return the rows of a broker: all that Kafka lists, and what it was told besides."""
    listed = {row.name for row in table("broker").rows() if row.listed}
    told = {name for name in settings.static_names() if known_row(name) is None}
    set_later = settings.dynamic.broker.keys() | settings.dynamic.cluster.keys()
    return [_broker_row(settings, name) for name in sorted(listed | told | set_later)]


def cluster_rows(cluster_defaults: Mapping[str, str]) -> list[ConfigRow]:
    """Return the rows of the BROKER resource without a name: the dynamic settings of the whole cluster."""
    rows = []
    for name in sorted(cluster_defaults):
        row = row_of(name)
        if row is None:
            rows.append(_unknown(name, ConfigSource.DYNAMIC_DEFAULT_BROKER))
            continue
        value = _shown(row, cluster_defaults[name])
        synonyms = [ConfigSynonym(name, value, ConfigSource.DYNAMIC_DEFAULT_BROKER)]
        rows.append(_row(row, name, value, synonyms))
    return rows


def topic_rows(settings: Settings, overrides: Mapping[str, str]) -> list[ConfigRow]:
    """Return the rows of a topic whose own settings are `overrides`."""
    rows = []
    for row in table("topic").rows():
        text = overrides.get(row.name)
        if not row.listed and text is None:
            continue
        synonyms = _synonyms_behind_topic(settings, row.name)
        if text is not None:
            value = _shown(row, text)
            synonyms.insert(0, ConfigSynonym(row.name, value, ConfigSource.TOPIC))
        else:
            value = _value_behind_topic(settings, row)
        rows.append(_row(row, row.name, value, synonyms))
    return sorted(rows)


def created_topic_rows(settings: Settings, overrides: Mapping[str, str]) -> list[ConfigRow]:
    """Return the rows that CreateTopics v5+ answers with.

    They differ from those of DescribeConfigs: values are shown as they were written, and one that comes from a coarser
    unit (`log.retention.hours`) names its source.
    """
    rows = []
    for row in table("topic").rows():
        if row.listed or row.name in overrides:
            value, source = _created_value(settings, overrides, row)
            rows.append(ConfigRow(row.name, value, False, source, row.sensitive, [], TYPE_CODES[row.type]))
    return sorted(rows)


def group_rows(settings: Settings, overrides: Mapping[str, str]) -> list[ConfigRow]:
    """Return the rows of a group whose own settings are `overrides`."""
    rows = []
    for row in table("group").rows():
        text = overrides.get(row.name)
        if not row.listed and text is None:
            continue
        broker_name = row.broker_synonym
        if broker_name is None:
            value: str | None = "" if row.default is None else row.default
            synonyms = [ConfigSynonym(row.name, value, ConfigSource.DEFAULT)]
        else:
            value = _rendered(settings, broker_name)
            synonyms = _broker_synonyms(settings, broker_name)
        if text is not None:
            value = _shown(row, text)
            synonyms.insert(0, ConfigSynonym(row.name, value, ConfigSource.GROUP))
        rows.append(_row(row, row.name, value, synonyms))
    return sorted(rows)


def client_metrics_rows(overrides: Mapping[str, str]) -> list[ConfigRow]:
    """Return the rows of a client metrics subscription that was told `overrides`."""
    rows = []
    for row in table("client-metrics").rows():
        text = overrides.get(row.name)
        if text is None:
            rows.append(_row(row, row.name, row.default, []))
        else:
            value = _shown(row, text)
            rows.append(_row(row, row.name, value, [ConfigSynonym(row.name, value, ConfigSource.CLIENT_METRICS)]))
    return sorted(rows)


def _row(row: Row, name: str, value: str | None, synonyms: list[ConfigSynonym]) -> ConfigRow:
    """Make a row that comes from the first of its synonyms."""
    source = synonyms[0].source if synonyms else ConfigSource.DEFAULT
    return ConfigRow(name, value, row.read_only, source, row.sensitive, synonyms, TYPE_CODES[row.type])


def _shown(row: Row, text: str) -> str | None:
    """Spell a written value as Kafka shows it; secrets are never shown."""
    return None if row.sensitive else render(row, parse_type(row, text))


def _rendered(settings: Settings, name: str) -> str | None:
    row = row_of(name)
    assert row is not None, f"no setting is called {name}"
    return None if row.sensitive else render(row, settings.own_value(name))


def _broker_row(settings: Settings, name: str) -> ConfigRow:
    row = row_of(name)
    if row is None:
        return _unknown(name, *(source for _, source in settings.dynamic_texts(name)), *_told(settings, name))
    shown = _row(row, name, _rendered(settings, name), _broker_synonyms(settings, name))
    # For one listener alone, everything is read-only.
    return shown._replace(read_only=True) if known_row(name) is None else shown


def _told(settings: Settings, name: str) -> list[ConfigSource]:
    return [] if settings.static_text(name) is None else [ConfigSource.STATIC_BROKER]


def _unknown(name: str, *sources: ConfigSource) -> ConfigRow:
    """Show a setting of which Kafka does not know whether it is a secret."""
    synonyms = [ConfigSynonym(name, None, source) for source in sources]
    return ConfigRow(name, None, True, sources[0], True, synonyms, _UNKNOWN_TYPE)


def _broker_synonyms(settings: Settings, name: str) -> list[ConfigSynonym]:
    """List everything that decides a broker setting, what was set at run time first."""
    row = row_of(name)
    assert row is not None, f"no setting is called {name}"
    dynamic = [ConfigSynonym(name, _shown(row, text), source) for text, source in settings.dynamic_texts(name)]
    return dynamic + _static_and_default(settings, name)


def _static_and_default(settings: Settings, name: str) -> list[ConfigSynonym]:
    """List what was told, then the defaults, of a setting and its coarser units; nothing if it has no value itself."""
    row = row_of(name)
    assert row is not None, f"no setting is called {name}"
    if settings.start_value(name) is None and not settings.dynamic_texts(name):
        return []
    base = base_name(name) if known_row(name) is None else None
    names = [name] if base is None else [name, base]
    names += [synonym.name for synonym in broker_synonyms(name)[1:]]
    told = [
        ConfigSynonym(each, None if row.sensitive else text, ConfigSource.STATIC_BROKER)
        for each in names
        if (text := settings.static_text(each)) is not None
    ]
    defaults = [
        ConfigSynonym(each, known.default, ConfigSource.DEFAULT)
        for each in names
        if (known := known_row(each)) is not None and not known.required and known.default is not None
    ]
    return told + defaults


def _synonyms_behind_topic(settings: Settings, name: str) -> list[ConfigSynonym]:
    broker_name = broker_name_of_topic_setting(name)
    return [] if broker_name is None else _broker_synonyms(settings, broker_name)


def _value_behind_topic(settings: Settings, row: Row) -> str | None:
    """Return what holds where a topic says nothing: the broker's value, else the default."""
    broker_name = broker_name_of_topic_setting(row.name)
    value = None if broker_name is None else settings.value(broker_name)
    return row.default if value is None else render(row, value)


def _created_value(settings: Settings, overrides: Mapping[str, str], row: Row) -> tuple[str | None, ConfigSource]:
    if row.name in overrides:
        return overrides[row.name], ConfigSource.TOPIC
    broker_name = broker_name_of_topic_setting(row.name)
    if broker_name is None:
        return row.default, ConfigSource.DEFAULT
    dynamic = settings.dynamic_texts(broker_name)
    if dynamic:
        return dynamic[0]
    text = settings.static_text(broker_name)
    if text is not None:
        return text, ConfigSource.STATIC_BROKER
    for synonym in broker_synonyms(broker_name)[1:]:
        if settings.static_text(synonym.name) is not None:
            coarse = settings.own_value(synonym.name)
            assert isinstance(coarse, int), "only numbers come in several units"
            return str(coarse * synonym.factor), ConfigSource.STATIC_BROKER
    return row.default, ConfigSource.DEFAULT
