from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.settings.describe import (
    ConfigRow,
    broker_rows,
    client_metrics_rows,
    cluster_rows,
    created_topic_rows,
    group_rows,
    topic_rows,
)
from kafkacompat.settings.settings import DynamicSettings, Settings
from tests.settings.real_rows import OVERRIDES, RECORDED, VARIANTS, record

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain(rows: list[ConfigRow]) -> list[list[Any]]:
    return [
        [
            row.name,
            row.value,
            row.read_only,
            row.source,
            row.is_sensitive,
            [list(s) for s in row.synonyms],
            row.type_code,
        ]
        for row in rows
    ]


def created(rows: list[ConfigRow]) -> list[list[Any]]:
    return [[row.name, row.value, row.read_only, row.source, row.is_sensitive] for row in rows]


def our_rows(static: Mapping[str, str]) -> dict[str, list[list[Any]]]:
    settings = Settings.from_values(static, defaults="kafka")
    cluster = {"min.insync.replicas": str(settings.int("min.insync.replicas"))}  # in the log of every new cluster
    settings.set_dynamic(DynamicSettings({}, cluster))
    return {
        "created topic": created(created_topic_rows(settings, {})),
        "created topic with overrides": created(created_topic_rows(settings, OVERRIDES)),
        "topic": plain(topic_rows(settings, {})),
        "topic with overrides": plain(topic_rows(settings, OVERRIDES)),
        "broker": plain(broker_rows(settings)),
        "cluster": plain(cluster_rows(cluster)),
        "group": plain(group_rows(settings, {})),
        "client metrics": plain(client_metrics_rows({})),
    }


def assert_same_rows(real: dict[str, Any]) -> None:
    ours = our_rows(real["static"])
    assert ours.keys() == real.keys() - {"static"}
    for part, rows in ours.items():
        assert rows == real[part], part


@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_equal_those_recorded_from_kafka(variant: str) -> None:
    assert_same_rows(json.loads((RECORDED / f"{variant}.json").read_text()))


def test_recordings_hold_what_the_broker_was_told() -> None:
    for variant, told in VARIANTS.items():
        static = json.loads((RECORDED / f"{variant}.json").read_text())["static"]
        assert static.keys() >= told.keys()


@pytest.mark.oracle
@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_equal_those_of_a_running_kafka(variant: str) -> None:
    assert_same_rows(record(VARIANTS[variant]))


def test_secrets_are_never_shown() -> None:
    settings = Settings.from_values({"ssl.keystore.password": "hidden", "confluent.license": "hidden"})
    rows = {row.name: row for row in broker_rows(settings)}
    assert rows["ssl.keystore.password"].value is None
    assert rows["confluent.license"].is_sensitive
    assert "hidden" not in str(plain(list(rows.values())))


def test_ci_defaults_show_as_told() -> None:
    rows = {row.name: row for row in broker_rows(Settings.from_values({}))}
    row = rows["offsets.topic.replication.factor"]
    assert (row.value, row.source) == ("1", 4)
    assert row.synonyms == [("offsets.topic.replication.factor", "1", 4), ("offsets.topic.replication.factor", "3", 5)]


def test_the_projects_own_settings_are_not_kafkas_to_show() -> None:
    settings = Settings.from_values({"kafkacompat.validate.records": "all"})
    assert not [row for row in broker_rows(settings) if row.name.startswith("kafkacompat.")]


def test_recordings_are_in_the_folder() -> None:
    assert {path.stem for path in Path(RECORDED).glob("*.json")} >= VARIANTS.keys()
