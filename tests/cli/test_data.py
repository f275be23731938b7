"""Directories that cannot be served: one sentence that names the file and the way out, and exit code 2."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def command(data: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "kafkacompat", "serve", "--port", "0", "--json", "--data", str(data), *more]


def serve(data: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command(data, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def bootstrap_of(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    address: str = json.loads(server.stdout.readline())["bootstrap_servers"]
    return address


def stop(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGTERM)
    server.communicate()
    assert server.returncode == 0


def refusal(data: Path) -> str:
    done = subprocess.run(command(data), capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.splitlines()[-1]


def test_two_servers_on_one_directory(tmp_path: Path) -> None:
    server = serve(tmp_path)
    bootstrap_of(server)
    assert str(tmp_path) in refusal(tmp_path)
    stop(server)


def test_a_topic_that_is_there_already_is_kept(tmp_path: Path) -> None:
    for _ in range(2):
        server = serve(tmp_path, "--topic", "orders:3")
        bootstrap_of(server)
        stop(server)
    assert sorted(p.name for p in tmp_path.glob("orders-*")) == ["orders-0", "orders-1", "orders-2"]


def test_a_clean_stop_says_which_start_it_ended(tmp_path: Path) -> None:
    server = serve(tmp_path)
    bootstrap_of(server)
    stop(server)
    told = json.loads((tmp_path / ".kafka_cleanshutdown").read_text())
    assert told["brokerEpoch"] > 0


def test_a_metadata_log_that_cannot_be_read(tmp_path: Path) -> None:
    server = serve(tmp_path, "--topic", "orders:1")
    bootstrap_of(server)
    stop(server)
    log = tmp_path / "__cluster_metadata-0" / f"{0:020d}.log"
    content = bytearray(log.read_bytes())
    content[100] ^= 0xFF
    log.write_bytes(content)
    assert "__cluster_metadata-0 does not hold the metadata that was written" in refusal(tmp_path)


def test_a_directory_of_a_newer_build(tmp_path: Path) -> None:
    server = serve(tmp_path)
    bootstrap_of(server)
    stop(server)
    properties = tmp_path / "meta.properties"
    properties.write_text(properties.read_text().replace("version=1", "version=2"))
    sentence = refusal(tmp_path)
    assert str(properties) in sentence
    assert "newer" in sentence
