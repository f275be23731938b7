"""Whatever one client sends, no other client notices, and no stored byte changes."""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kafkacompat.api.routes import ROUTES, Route
from kafkacompat.storage.store import Isolation, PartitionKey, Read, ReadRequest
from kafkacompat.wire.messages.produce import ProduceResponse
from kafkacompat.wire.pieces import joined
from tests.server.test_connection import produce
from tests.server.wired import Client, Wired
from tests.wire.filled import filled

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_VERSION = [(r, v) for r in ROUTES.values() for v in range(r.first_version, r.last_version + 1)]
EVERY_KEY = [(r, r.last_version) for r in ROUTES.values()]
HOSTILE = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\x7f")


def name_of(case: object) -> str:
    return case.name if isinstance(case, Route) else str(case)


def request_of(route: Route, version: int) -> Any:
    messages = import_module(f"kafkacompat.wire.messages.{route.name}")
    return filled(getattr(messages, "".join(w.capitalize() for w in route.name.split("_")) + "Request"), version)


async def stored(wired: Wired) -> bytes:
    topic = wired.cluster.metadata.topic("orders")
    assert topic is not None
    request = ReadRequest(PartitionKey(topic.topic_id, 0), 0, 1 << 20, Isolation.READ_UNCOMMITTED)
    (read,) = await wired.cluster.store.read([request], 1 << 20)
    assert isinstance(read, Read)
    return joined(read.pieces)


class Witness:
    """A client that goes on with its work while another one misbehaves."""

    def __init__(self, wired: Wired) -> None:
        self._wired = wired
        self._client = wired.connect()
        self._client.send(produce(), 9)
        self._client.responses(ProduceResponse)
        self._stored = b""

    async def begin(self) -> None:
        self._stored = await stored(self._wired)

    async def check(self) -> None:
        assert await stored(self._wired) == self._stored
        self._client.send(produce(), 9)
        (response,) = self._client.responses(ProduceResponse)
        assert response.responses[0].partition_responses[0].base_offset == 1


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Every bad request is logged; thousands of lines would hide what matters."""
    with caplog.at_level(logging.CRITICAL, logger="kafkacompat"):
        yield


def reframed(frame: bytes) -> bytes:
    return len(frame).to_bytes(4, "big") + frame


async def misbehaving(wired: Wired, data: bytes) -> Client:
    client = wired.connect()
    client.receive(data)
    await asyncio.sleep(0)
    return client


@pytest.mark.parametrize(("route", "version"), EVERY_VERSION, ids=name_of)
def test_a_request_cut_off_at_any_byte_is_answered_by_closing(route: Route, version: int) -> None:
    async def run() -> None:
        wired = await Wired().start("orders")
        witness = Witness(wired)
        await witness.begin()
        whole = wired.connect().frame(request_of(route, version), version)[4:]
        for size in range(1, len(whole)):
            client = await misbehaving(wired, reframed(whole[:size]))
            assert client.closed, f"cut after {size} of {len(whole)} bytes"
            assert client.sent == b""
        await witness.check()

    asyncio.run(run())


@pytest.mark.parametrize(("route", "version"), EVERY_KEY, ids=name_of)
def test_hostile_lengths_and_counts_harm_nobody(route: Route, version: int) -> None:
    async def run() -> None:
        wired = await Wired({"auto.create.topics.enable": "false"}).start("orders")
        witness = Witness(wired)
        await witness.begin()
        whole = wired.connect().frame(request_of(route, version), version)[4:]
        for position in range(8, len(whole)):
            for hostile in HOSTILE:
                frame = whole[:position] + hostile + whole[position + 4 :]
                client = await misbehaving(wired, reframed(frame))
                client.close()
        await witness.check()

    asyncio.run(run())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(EVERY_VERSION), st.binary(max_size=200))
def test_random_bytes_harm_nobody(case: tuple[Route, int], body: bytes) -> None:
    async def run() -> None:
        route, version = case
        wired = await Wired({"auto.create.topics.enable": "false"}).start("orders")
        witness = Witness(wired)
        await witness.begin()
        head = route.key.to_bytes(2, "big") + version.to_bytes(2, "big") + b"\0\0\0\1\xff\xff"
        client = await misbehaving(wired, reframed(head + body))
        client.close()
        await witness.check()

    asyncio.run(run())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_a_random_stream_harms_nobody(data: bytes) -> None:
    async def run() -> None:
        wired = await Wired({"auto.create.topics.enable": "false"}).start("orders")
        witness = Witness(wired)
        await witness.begin()
        (await misbehaving(wired, data)).close()
        await witness.check()

    asyncio.run(run())
