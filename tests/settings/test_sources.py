from __future__ import annotations

import pytest

from kafkacompat.settings.properties import parse_properties
from kafkacompat.settings.settings import InvalidSettingError
from kafkacompat.settings.sources import option_settings, setting_of_variable, variable_settings


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=1\nb=2\n", {"a": "1", "b": "2"}),
        ("a:1\rb 2\r\nc\t=\t3", {"a": "1", "b": "2", "c": "3"}),
        ("# comment\n  ! comment\n\n   \n  a = 1", {"a": "1"}),
        ("a=1 \nb=\nc", {"a": "1 ", "b": "", "c": ""}),
        ("a=1\na=2", {"a": "2"}),
        ("a=x=y:z w", {"a": "x=y:z w"}),
        ("a = = b", {"a": "= b"}),
        ("a=one,\\\n    two,\\\r\n  three", {"a": "one,two,three"}),
        ("a=ends in backslash\\\\\nb=2", {"a": "ends in backslash\\", "b": "2"}),
        ("# no continuation \\\na=1", {"a": "1"}),
        ("a=1\\\n# still the value", {"a": "1# still the value"}),
        ("a=last\\", {"a": "last"}),
        ("a\\=b\\:c\\ d=1", {"a=b:c d": "1"}),
        ("a=\\u0041\\t\\n\\q\\\\", {"a": "A\t\nq\\"}),
        ("a=\\ud83d\\ude00", {"a": "\U0001f600"}),
        ("=1", {"": "1"}),
        ("", {}),
    ],
)
def test_properties_are_read_as_java_reads_them(text: str, pairs: dict[str, str]) -> None:
    assert parse_properties(text) == pairs


@pytest.mark.parametrize("text", ["a=\\u12", "a=\\uzzzz"])
def test_a_broken_escape_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettingError, match="Malformed"):
        parse_properties(text)


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("KAFKA_NODE_ID", "node.id"),
        ("KAFKA_LOG_RETENTION_MS", "log.retention.ms"),
        ("KAFKA_A__B", "a_b"),
        ("KAFKA_A___B", "a-b"),
        ("KAFKA_LISTENER_NAME_SASL__SSL_PLAIN_SASL_JAAS_CONFIG", "listener.name.sasl_ssl.plain.sasl.jaas.config"),
    ],
)
def test_variables_mean_settings(variable: str, name: str) -> None:
    assert setting_of_variable(variable) == name


def test_the_environment_holds_settings_and_much_else() -> None:
    told = variable_settings(
        {
            "KAFKA_NUM_PARTITIONS": "3",
            "KAFKA_HEAP_OPTS": "-Xmx1g",
            "KAFKA_VERSION": "4.4.0",
            "KAFKA_ZOOKEEPER_CONNECT": "zk",
            "KAFKA_NO_SUCH_THING": "1",
            "KAFKA_ANOTHER": "1",
            "PATH": "/bin",
        }
    )
    assert told.values == {"num.partitions": "3", "zookeeper.connect": "zk"}
    assert told.unknown == ["KAFKA_ANOTHER", "KAFKA_NO_SUCH_THING"]


def test_options() -> None:
    assert option_settings(["a=1", "b=x=y", "a=2"]) == {"a": "2", "b": "x=y"}
    with pytest.raises(InvalidSettingError, match="--set takes NAME=VALUE, not 'a'"):
        option_settings(["a"])
