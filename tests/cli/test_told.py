from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.cli.told import Address, Told, gather
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.listeners import parse_listeners

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kafkacompat.settings.settings import Defaults

NOTHING: dict[str, str] = {}


def told(
    path: Path | None = None,
    environment: Mapping[str, str] = NOTHING,
    options: Sequence[str] = (),
    address: Address = Address(),  # noqa: B008 - immutable
    defaults: Defaults = "ci",
) -> Told:
    return gather(None if path is None else str(path), environment, options, address, defaults)


def addresses(gathered: Told) -> list[tuple[str, int, str, int]]:
    return [
        (listener.host, listener.port, listener.advertised_host, listener.advertised_port)
        for listener in parse_listeners(gathered.settings)
    ]


def refusal(path: Path | None = None, options: Sequence[str] = (), address: Address = Address()) -> str:  # noqa: B008
    with pytest.raises(InvalidSettingError) as error:
        told(path, NOTHING, options, address)
    return error.value.sentence


def test_options_win_over_variables_and_those_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_text("num.partitions=2\nlog.retention.hours=2\nmessage.max.bytes=2\n")
    environment = {"KAFKA_NUM_PARTITIONS": "3", "KAFKA_LOG_RETENTION_HOURS": "3"}
    settings = told(file, environment, ["num.partitions=4"]).settings
    assert settings.int("num.partitions") == 4
    assert settings.int("log.retention.hours") == 3
    assert settings.int("message.max.bytes") == 2


def test_files_are_latin_1_as_for_java(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_bytes("broker.rack=Zürich".encode("iso-8859-1"))
    assert told(file).settings.text("broker.rack") == "Zürich"


def test_unknown_names_are_refused_where_somebody_typed_them(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_text("listners=PLAINTEXT://:9092\n")
    assert refusal(file) == f"{file}: Unknown setting: listners (did you mean listeners?)"
    assert (
        refusal(options=["num.partition=1"]) == "--set: Unknown setting: num.partition (did you mean num.partitions?)"
    )


def test_unknown_variables_are_ignored_and_named() -> None:
    gathered = told(environment={"KAFKA_NO_SUCH": "1", "KAFKA_NUM_PARTITIONS": "3", "KAFKA_JMX_OPTS": "x"})
    assert gathered.ignored_variables == ["KAFKA_NO_SUCH"]
    assert gathered.settings.int("num.partitions") == 3


def test_a_file_that_cannot_be_read_or_parsed(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == f"Cannot read {tmp_path / 'none'}: No such file or directory"
    file = tmp_path / "server.properties"
    file.write_text("broker.rack=\\u12")
    assert refusal(file) == f"{file}: Malformed \\uxxxx encoding."


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (Address(), ("127.0.0.1", 9092, "127.0.0.1", 9092)),
        (Address(port=0), ("127.0.0.1", 0, "127.0.0.1", 0)),
        (Address(host="0.0.0.0"), ("", 9092, "localhost", 9092)),
        (Address(host="::1", port=1), ("::1", 1, "::1", 1)),
        (Address(host="broker", port=1), ("broker", 1, "broker", 1)),
    ],
)
def test_host_and_port(address: Address, expected: tuple[str, int, str, int]) -> None:
    assert addresses(told(address=address)) == [expected]


def test_kafkas_defaults_listen_everywhere() -> None:
    assert addresses(told(defaults="kafka")) == [("", 9092, "localhost", 9092)]


def test_host_and_port_beside_listeners_are_refused() -> None:
    options = ["listeners=PLAINTEXT://:9092"]
    assert refusal(options=options, address=Address(port=1)).startswith("--port cannot stand beside")
    assert refusal(options=options, address=Address(host="a")).startswith("--host cannot stand beside")


def test_listeners_follow_from_what_a_container_advertises() -> None:
    gathered = told(environment={"KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://kafka:9094"})
    assert addresses(gathered) == [("", 9094, "kafka", 9094)]


def test_a_port_beside_what_is_advertised() -> None:
    gathered = told(options=["advertised.listeners=PLAINTEXT://kafka:9094"], address=Address(port=1))
    assert addresses(gathered) == [("127.0.0.1", 1, "kafka", 9094)]
