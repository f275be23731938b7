"""`compat-suite/run` as a person meets it: what it lists, and what it says when it cannot begin."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from suite.places import SUITE

if TYPE_CHECKING:
    from pathlib import Path

COMMAND_S = 120


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SUITE / "run"), *arguments]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S, check=False
    )


def test_lists_clients_and_scenarios() -> None:
    done = run("--list", "--client", "kafka-python", "--scenario", "basics/*")
    assert done.returncode == 0
    assert done.stdout.startswith("kafka-python ")
    assert "basics/a_value_comes_back" in done.stdout
    assert "groups/" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--client", "none-such"], "nothing is called 'none-such'; there are aiokafka"),
        (["--scenario", "none/such"], "nothing is called 'none/such'; there are administration"),
        (["--target", "127.0.0.1:1", "--client", "kafka-python"], "no Kafka answers at 127.0.0.1:1"),
        (["--target", "somewhere"], "'somewhere' is none of ours, kafka, docker and HOST:PORT"),
    ],
)
def test_says_in_a_sentence_why_it_cannot_begin(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def result(**changes: object) -> dict[str, object]:
    plain = {"scenario": "basics/a_value_comes_back", "client": "kafka-python", "target": "ours", "status": "pass"}
    return {**plain, "seconds": 1.5, "versions": {"client": "3.0.12"}, **changes}


def test_takes_over_what_was_run_before_and_runs_the_rest(tmp_path: Path) -> None:
    (tmp_path / "before.json").write_text(
        json.dumps(
            [
                result(reason="as it was"),
                result(scenario="basics/gzip_both_ways", client="sarama", reason="not asked for"),
                result(scenario="basics/null_and_empty_are_two_things", target="kafka", reason="the other column"),
            ]
        )
    )
    done = run(
        *("--target", "ours", "--client", "kafka-python", "--scenario", "basics/a_value*", "basics/null_and*"),
        *("--with", str(tmp_path / "before.json"), "--report", str(tmp_path), "--json", str(tmp_path / "all.json")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "all.json").read_text())
    assert {(each["scenario"], each["target"]): each["reason"] for each in found} == {
        ("basics/a_value_comes_back", "ours"): "as it was",
        ("basics/null_and_empty_are_two_things", "kafka"): "the other column",
        ("basics/null_and_empty_are_two_things", "ours"): "",
    }
    assert not list((tmp_path / "logs").rglob("*a_value_comes_back*"))


@pytest.mark.parametrize("text", ["no JSON", '[{"scenario": "basics/a_value_comes_back"}]'])
def test_a_file_without_results_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "wrong.json").write_text(text)
    done = run("--target", "ours", "--client", "kafka-python", "--with", str(tmp_path / "wrong.json"))
    assert done.returncode == 2
    assert f"--with {tmp_path / 'wrong.json'}: " in done.stderr
    assert "Traceback" not in done.stderr
