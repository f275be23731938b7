from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from kafkacompat import __version__
from kafkacompat.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "kafkacompat"]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (sentence,) = captured.err.splitlines()
    return sentence


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"kafkacompat {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "num.partitons=3"], "--set: Unknown setting: num.partitons (did you mean num.partitions?)"),
        (["--set", "num.partitions"], "--set takes NAME=VALUE, not 'num.partitions'"),
        (
            ["--set", "num.partitions=0"],
            "Invalid value 0 for configuration num.partitions: Value must be at least 1",
        ),
        (["/no/such/file"], "Cannot read /no/such/file: No such file or directory"),
        (
            ["--port", "1", "--set", "listeners=PLAINTEXT://:2"],
            "--port cannot stand beside the setting listeners: give one of them",
        ),
        (["--topic", "a:x"], "--topic: topic 'a:x': 'x' is no number of partitions; write NAME:3"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert refusal(capsys, "serve", *arguments) == f"kafkacompat: {sentence}"


@pytest.mark.parametrize(
    ("topic", "reason"),
    [("..", "Topic name is invalid: '..' is not allowed"), ("t:1:nope=1", "Unknown topic config name: nope")],
)
def test_a_topic_that_cannot_be_created(topic: str, reason: str) -> None:
    with serving("--topic", topic) as process:
        out, errors = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert errors == f"kafkacompat: A topic cannot be created: {reason}\n"


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in refusal(capsys, "serve", "--port", str(port))


@pytest.mark.parametrize("port", ["x", "-1", "65536", "٣"])
def test_ports_that_are_none(port: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["serve", "--port", port])
    assert left.value.code == 2


@contextmanager
def serving(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stop(process: subprocess.Popen[str], signum: signal.Signals) -> tuple[int, str]:
    process.send_signal(signum)
    _, errors = process.communicate(timeout=20)
    return process.returncode, errors


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_server_says_where_it_is_and_stops_when_told(signum: signal.Signals) -> None:
    with serving("--topic", "t:3:retention.ms=5") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        address = re.search(r"127\.0\.0\.1:([0-9]+)$", lines[0])
        assert address is not None
        assert re.fullmatch(r".*Transitioning from RECOVERY to RUNNING.*\n", lines[1])
        assert re.fullmatch(r".*Kafka Server started.*\n", lines[2])
        socket.create_connection(("127.0.0.1", int(address[1])), 5).close()
        assert stop(process, signum) == (0, "")


def test_a_cluster_names_all_its_nodes() -> None:
    with serving("--nodes", "3", "--json") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["node_ids"] == [1, 2, 3]
        listeners = [node["listeners"]["PLAINTEXT"] for node in ready["nodes"]]
        assert ready["bootstrap_servers"].split(",") == listeners
        for host, _, port in (address.rpartition(":") for address in listeners):
            socket.create_connection((host, int(port)), 5).close()
        assert stop(process, signal.SIGTERM) == (0, "")


@pytest.mark.parametrize("nodes", ["0", "x", "101", "-1"])
def test_numbers_of_nodes_that_are_none(nodes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["serve", "--nodes", nodes])
    assert left.value.code == 2
    assert "is no number of nodes: 1 to 100" in capsys.readouterr().err


def test_a_server_ends_with_the_input_that_commands_it() -> None:
    command = [*COMMAND, "serve", "--port", "0", "--nodes", "2", "--json", "--commands"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        out, _ = process.communicate("stop 2\nstart 2\nstop 3\n", timeout=20)
    assert process.returncode == 0
    assert out.splitlines()[1:] == ["done", "done", "there is no node 3: the nodes are 1, 2"]


def test_a_server_says_so_as_json_and_names_ignored_variables() -> None:
    environment = {"KAFKA_NO_SUCH": "1", "KAFKA_NODE_ID": "4"}
    with serving("--json", environment=environment) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        host, _, port = ready["bootstrap_servers"].rpartition(":")
        socket.create_connection((host, int(port)), 5).close()
        assert ready["node_ids"] == [4]
        assert ready["pid"] == process.pid
        assert ready["version"] == __version__
        code, errors = stop(process, signal.SIGTERM)
    assert code == 0
    assert errors == "kafkacompat: ignored, as no setting is called so: KAFKA_NO_SUCH\n"


def test_settings_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--json", "--set", "num.partitions=3", "--set", "ssl.key.password=hush"]
    assert main(["settings", *arguments]) == 0
    out = capsys.readouterr().out
    assert "hush" not in out
    rows = {(row["scope"], row["name"]): row for row in json.loads(out)}
    assert rows["broker", "num.partitions"] == {
        "scope": "broker",
        "name": "num.partitions",
        "type": "INT",
        "value": "3",
        "default": "1",
        "source": "told",
        "effect": True,
    }
    assert rows["broker", "num.io.threads"]["effect"] is False
    assert rows["broker", "ssl.key.password"]["value"] == "(hidden)"
    assert rows["broker", "kafkacompat.validate.records"]["value"] == "header"
    assert rows["topic", "retention.ms"]["value"] == "604800000"


def test_settings_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "--defaults", "kafka"]) == 0
    lines = {line.split()[1]: line for line in capsys.readouterr().out.splitlines() if line.startswith("broker ")}
    assert lines["group.initial.rebalance.delay.ms"].split() == [
        "broker", "group.initial.rebalance.delay.ms", "3000", "default",
    ]  # fmt: skip
    assert lines["num.io.threads"].endswith("default, no effect")


def test_a_reader_of_settings_may_leave_early() -> None:
    command = [*COMMAND, "settings"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_importing_the_command_pulls_in_little() -> None:
    program = "import sys, kafkacompat.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"argparse", "asyncio", "dataclasses", "difflib", "json"} & set(loaded)
