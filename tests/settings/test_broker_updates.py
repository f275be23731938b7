"""Broker settings that are changed at run time: what Kafka 4.4.0 answered to the same changes."""

from __future__ import annotations

import pytest

from kafkacompat.settings.broker_updates import validate_broker_update
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.settings import Settings

NOT_DYNAMIC = "Cannot update these configs dynamically: [{}]"
ONE_BROKER = "Cannot update these configs at default cluster level, broker id must be specified: [{}]"
CLASS = "Invalid value x for configuration {}: Class x could not be found."
DEDUPE = "requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread."
MISSING = (
    "requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. "
    "Missing entries : x, y"
)
JMX_REPORTER = "org.apache.kafka.common.metrics.JmxReporter"


def refusal(told: dict[str, str], *, of_one_broker: bool = True) -> str | None:
    """Return why a change is refused."""
    settings = Settings.from_values({"log.dirs": "here", "listeners": "PLAINTEXT://127.0.0.1:9092"})
    try:
        validate_broker_update(told, settings, of_one_broker=of_one_broker)
    except InvalidSettingError as error:
        return error.sentence
    return None


@pytest.mark.parametrize(
    "name", ["log.initial.task.delay.ms", "server.max.startup.time.ms", "unstable.api.versions.enable", "node.id"]
)
def test_what_is_not_listed_or_listed_as_read_only_stays(name: str) -> None:
    assert refusal({name: "x"}) == NOT_DYNAMIC.format(name)


def test_some_that_are_not_listed_change_all_the_same() -> None:
    assert refusal({"group.share.assignor.offload.enable": "false"}) is None


@pytest.mark.parametrize("name", ["cordoned.log.dirs", "listeners", "principal.builder.class"])
def test_some_belong_to_one_broker(name: str) -> None:
    text = {"listeners": "PLAINTEXT://127.0.0.1:1", "principal.builder.class": "org.apache.kafka.common.X"}
    told = {name: text.get(name, "here")}
    assert refusal(told, of_one_broker=False) == ONE_BROKER.format(name)
    assert refusal(told) is None


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("x", "Error creating broker listeners from '[x]': Unable to parse x to a broker endpoint"),
        ("", "Configuration 'listeners' must not be empty. Valid values include: any non-empty value"),
        ("x,x", "Configuration 'listeners' values must not be duplicated."),
        ("PLAINTEXT://127.0.0.1:29999", None),
    ],
)
def test_listeners_must_be_such_as_a_start_would_take(value: str, sentence: str | None) -> None:
    assert refusal({"listeners": value}) == sentence


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("here", None),
        ("", None),
        ("x,y", MISSING),
    ],
)
def test_only_log_directories_are_cordoned(value: str, sentence: str | None) -> None:
    assert refusal({"cordoned.log.dirs": value}) == sentence


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("localhost:5,127.0.0.1:-6", None),
        ("127.0.0.1:5,", None),
        ("x:y", 'For input string: "y"'),
        ("x", "Error parsing configuration property 'max.connections.per.ip.overrides': 'x' is not HOST:NUMBER"),
    ],
)
def test_connections_of_addresses_are_numbers(value: str, sentence: str | None) -> None:
    assert refusal({"max.connections.per.ip.overrides": value}) == sentence


@pytest.mark.parametrize("name", ["principal.builder.class", "ssl.engine.factory.class"])
def test_classes_must_be_there(name: str) -> None:
    assert refusal({name: "x"}) == CLASS.format(name)


def test_reporters_must_be_there() -> None:
    assert refusal({"metric.reporters": JMX_REPORTER}) is None
    told = refusal({"metric.reporters": f"{JMX_REPORTER},x"})
    assert told is not None
    assert "Validation of dynamic config update of Set(metric.reporters) failed" in told


@pytest.mark.parametrize(
    ("buffer", "threads", "sentence"), [("1048576", "1", DEDUPE), ("1048577", "1", None), ("2097151", "2", DEDUPE)]
)
def test_each_cleaner_thread_has_more_than_a_mebibyte(buffer: str, threads: str, sentence: str | None) -> None:
    assert refusal({"log.cleaner.dedupe.buffer.size": buffer, "log.cleaner.threads": threads}) == sentence


def test_threads_of_remote_logs_are_halved_or_doubled_at_most() -> None:
    assert refusal({"remote.log.reader.threads": "5"}) is None
    told = refusal({"remote.log.reader.threads": "4"})
    assert told is not None
    assert "value should be at least half the current value 10" in told
