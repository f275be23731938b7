"""Builds of client programs: which of them a new build may take away."""

from __future__ import annotations

import os
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import TYPE_CHECKING, Any

import pytest

from suite.places import SUITE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program as a module, with a cache of its own and one client that takes nothing to build."""
    loader = SourceFileLoader("client", str(SUITE / "client"))
    spec = spec_from_loader("client", loader)
    assert spec is not None
    module = module_from_spec(spec)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(module)
    monkeypatch.setattr(module, "CACHE", tmp_path)
    monkeypatch.setattr(module, "client", lambda _: {"build": [["true"]], "built_from": []})
    monkeypatch.setattr(module, "expanded", lambda words, *_: words)
    monkeypatch.setattr(module, "SUITE", tmp_path)
    (tmp_path / "clients" / "kcat").mkdir(parents=True)
    return module


def other_build(cache: Path, *, used_hours_ago: float | None) -> Path:
    other = cache / "kcat-0123456789ab"
    other.mkdir()
    if used_hours_ago is not None:
        (other / ".complete").touch()
        when = time.time() - 3600 * used_hours_ago
        os.utime(other / ".complete", (when, when))
    return other


def test_a_build_that_another_checkout_uses_stays(client: Any, tmp_path: Path) -> None:
    other = other_build(tmp_path, used_hours_ago=1)
    assert (client.build("kcat") / ".complete").exists()
    assert other.exists()


@pytest.mark.parametrize("used_hours_ago", [25, None])
def test_one_that_nobody_used_for_a_day_or_that_was_broken_off_goes(
    client: Any, tmp_path: Path, used_hours_ago: float | None
) -> None:
    other = other_build(tmp_path, used_hours_ago=used_hours_ago)
    client.build("kcat")
    assert not other.exists()


def test_to_begin_a_program_is_to_use_its_build(client: Any) -> None:
    complete = client.build("kcat") / ".complete"
    os.utime(complete, (0, 0))
    client.build("kcat")
    assert time.time() - complete.stat().st_mtime < client.KEPT_S
