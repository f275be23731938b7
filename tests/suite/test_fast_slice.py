"""A dozen scenarios, with every client that this machine can run, against our server: what CI always holds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from suite.clients import read_clients
from suite.places import SUITE
from tests import machine

if TYPE_CHECKING:
    from pathlib import Path

SLICE = [
    "basics/a_value_comes_back",
    "basics/null_and_empty_are_two_things",
    "basics/one_byte_and_a_million",
    "basics/headers_come_back_in_order",
    "basics/*_both_ways",
    "basics/a_chosen_timestamp_is_kept",
    "basics/acks_of_*",
    "basics/offsets_count_up_in_each_partition",
    "groups/two_members_share",
    "groups/a_group_goes_on_where_it_left_off",
    "administration/a_topic_is_made_and_ready",
]
RUN_S = 1500
"""With clients to be built; two minutes where they are."""
CLIENTS = read_clients()
pytestmark = pytest.mark.xdist_group("fast-slice")


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return the result of each cell."""
    folder: Path = tmp_path_factory.mktemp("suite")
    options = ["--target", "ours", "--report", str(folder), "--json", str(folder / "cells.json")]
    command = [sys.executable, str(SUITE / "run"), *options, "--scenario", *SLICE]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_S, check=False)
    assert (folder / "cells.json").exists(), done.stderr
    return list(json.loads((folder / "cells.json").read_text()))


@pytest.mark.parametrize("name", CLIENTS)
def test_a_dozen_scenarios(name: str, cells: list[dict[str, Any]]) -> None:
    client = CLIENTS[name]
    if not client.has:
        pytest.skip(f"{name}: its program has no sessions yet")
    machine.require(*client.needs)
    own = [cell for cell in cells if cell["client"] == name]
    assert [(cell["scenario"], cell["reason"]) for cell in own if cell["status"] in {"fail", "unexpected pass"}] == []
    if all(cell["status"] == "skip" for cell in own):
        pytest.skip(f"{name}: it has not what these scenarios need")
