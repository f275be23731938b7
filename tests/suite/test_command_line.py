"""`compat-suite/run` as a person meets it: what it lists, and what it says when it cannot begin."""

from __future__ import annotations

import subprocess
import sys

import pytest

from suite.places import SUITE

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
