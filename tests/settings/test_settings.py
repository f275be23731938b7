from __future__ import annotations

import pytest

from kafkacompat.settings.settings import CI_DEFAULTS, ConfigSource, InvalidSettingError, Settings
from kafkacompat.settings.table import TYPE_CODES, Row, table
from kafkacompat.settings.values import java_double, parse, render


def settings(**told: str) -> Settings:
    return Settings.from_values({name.replace("_", "."): text for name, text in told.items()})


def refusal(**told: str) -> str:
    with pytest.raises(InvalidSettingError) as error:
        settings(**told)
    return error.value.sentence


def test_values_have_the_types_of_kafka() -> None:
    told = settings(num_partitions=" +3 ", auto_create_topics_enable="FALSE", sasl_enabled_mechanisms="PLAIN , GSSAPI")
    assert told.int("num.partitions") == 3
    assert told.bool("auto.create.topics.enable") is False
    assert told.list("sasl.enabled.mechanisms") == ["PLAIN", "GSSAPI"]
    assert told.float("log.cleaner.min.cleanable.ratio") == 0.5
    assert told.text("compression.type") == "producer"
    assert told.optional_text("broker.rack") is None
    assert told.optional_int("num.replica.alter.log.dirs.threads") is None


@pytest.mark.parametrize(
    ("told", "value_ms"),
    [
        ({}, 168 * 3_600_000),
        ({"log.retention.hours": "2"}, 7_200_000),
        ({"log.retention.hours": "2", "log.retention.minutes": "3"}, 180_000),
        ({"log.retention.hours": "2", "log.retention.minutes": "3", "log.retention.ms": "4"}, 4),
        ({"log.retention.minutes": "-5"}, -1),
        ({"log.retention.ms": "-7"}, -1),
    ],
)
def test_the_finer_unit_of_retention_wins(told: dict[str, str], value_ms: int) -> None:
    assert Settings.from_values(told).int("log.retention.ms") == value_ms


def test_other_synonyms() -> None:
    assert settings(log_roll_hours="1").int("log.roll.ms") == 3_600_000
    assert settings(log_roll_hours="1", log_roll_ms="5").int("log.roll.ms") == 5
    assert settings(log_roll_jitter_hours="1").int("log.roll.jitter.ms") == 3_600_000
    assert settings(log_flush_scheduler_interval_ms="9").int("log.flush.interval.ms") == 9
    assert settings(log_dir="/a").list("log.dirs") == ["/a"]
    assert settings(log_dir="/a", log_dirs="/b,/c").list("log.dirs") == ["/b", "/c"]


def test_node_id_and_broker_id_are_one() -> None:
    assert settings(broker_id="5").int("node.id") == 5
    assert settings(node_id="6").int("broker.id") == 6
    assert settings(node_id="6", broker_id="6").int("node.id") == 6
    assert settings().int("node.id") == 1
    assert refusal(node_id="6", broker_id="5").startswith("`node.id` and `broker.id` must be set to the same value.")
    assert refusal(node_id="-1") == "Invalid value -1 for configuration node.id: Value must be at least 0"
    assert settings(node_id="6").for_node(7).int("broker.id") == 7


def test_ci_defaults_count_as_told_and_give_way() -> None:
    ci = Settings.from_values({"group.min.session.timeout.ms": "2000"})
    assert {name: ci.static_text(name) for name in CI_DEFAULTS} == {
        **CI_DEFAULTS,
        "group.min.session.timeout.ms": "2000",
    }
    assert ci.source("group.initial.rebalance.delay.ms") is ConfigSource.STATIC_BROKER
    kafka = Settings.from_values({}, defaults="kafka")
    assert kafka.int("group.initial.rebalance.delay.ms") == 3000
    assert kafka.source("group.initial.rebalance.delay.ms") is ConfigSource.DEFAULT


def invalid(value: str, name: str, reason: str) -> str:
    return f"Invalid value {value} for configuration {name}: {reason}"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("num.partitions", "0", "Invalid value 0 for configuration num.partitions: Value must be at least 1"),
        ("num.partitions", "x", "Invalid value x for configuration num.partitions: Not a number of type INT"),
        ("num.partitions", "9" * 5000, invalid("9" * 5000, "num.partitions", "Not a number of type INT")),
        ("process.roles", "foo", invalid("foo", "process.roles", "String must be one of: broker, controller")),
        (
            "group.consumer.migration.policy",
            "zz",
            invalid(
                "zz",
                "group.consumer.migration.policy",
                "String must be one of (case insensitive): DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL",
            ),
        ),
        ("log.retention.ms", "0", "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"),
        ("log.retention.hours", "0", "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"),
        ("listeners", "PLAINTEXT://:1, ,B://:2", "Configuration 'listeners' values must not be empty."),
        ("listener.name.a.max.connections", "x", invalid("x", "max.connections", "Not a number of type INT")),
        ("num.partitons", "3", "Unknown setting: num.partitons (did you mean num.partitions?)"),
        ("qqqq", "3", "Unknown setting: qqqq"),
        (
            "kafkacompat.validate.records",
            "some",
            invalid("some", "kafkacompat.validate.records", "String must be one of: header, all"),
        ),
    ],
)
def test_what_kafka_would_not_start_with_is_refused(name: str, text: str, sentence: str) -> None:
    with pytest.raises(InvalidSettingError) as error:
        Settings.from_values({name: text})
    assert error.value.sentence == sentence


@pytest.mark.parametrize(
    "name",
    ["zookeeper.connect", "confluent.license", "super.users", "listener.name.any.thing", "authorizer.x", "jmx.port"],
)
def test_settings_of_plugins_and_other_distributions_are_let_pass(name: str) -> None:
    assert Settings.from_values({name: "anything"}).static_text(name) == "anything"


def test_case_insensitive_values() -> None:
    assert settings(group_consumer_migration_policy="upgrade").text("group.consumer.migration.policy") == "upgrade"


def all_rows() -> list[Row]:
    return [row for scope in ("broker", "topic", "group", "client-metrics") for row in table(scope).rows()]


def test_the_table_holds_all_of_kafkas_settings() -> None:
    assert [len(table(scope)) for scope in ("broker", "topic", "group", "client-metrics")] == [379, 38, 27, 3]
    assert {row.type for row in all_rows()} == TYPE_CODES.keys()
    assert "nope" not in table("broker")
    assert table("broker").get("nope") is None


def test_every_default_is_valid_and_spelled_as_kafka_spells_it() -> None:
    for row in all_rows():
        if row.default is not None and not row.required:
            assert render(row, parse(row, row.default)) == row.default, row.name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.001, "0.001"),
        (1e-4, "1.0E-4"),
        (9.9e-4, "9.9E-4"),
        (1e7, "1.0E7"),
        (-12345678.5, "-1.23456785E7"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_numbers_are_spelled_as_java_spells_them(value: float, text: str) -> None:
    assert java_double(value) == text


@pytest.mark.parametrize(
    ("text", "value"), [(" .5 ", 0.5), ("1e-1", 0.1), ("0.5d", 0.5), ("0.5f", 0.5), ("0x1p-1", 0.5), ("+1", 1.0)]
)
def test_numbers_are_read_as_java_reads_them(text: str, value: float) -> None:
    assert parse(table("topic")["min.cleanable.dirty.ratio"], text) == value


@pytest.mark.parametrize(("nodes", "factor"), [(1, 1), (2, 2), (3, 3), (5, 3)])
def test_internal_topics_of_a_cluster_outlive_a_node(nodes: int, factor: int) -> None:
    settings = Settings.from_values({}, nodes=nodes)
    assert settings.int("offsets.topic.replication.factor") == factor
    assert settings.int("transaction.state.log.replication.factor") == factor
    assert (
        Settings.from_values({"offsets.topic.replication.factor": "1"}, nodes=3).int("offsets.topic.replication.factor")
        == 1
    )
    assert Settings.from_values({}, defaults="kafka", nodes=nodes).int("offsets.topic.replication.factor") == 3
