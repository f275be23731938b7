"""Fetches of clients that read nothing but messages of magic 0 and 1 (Fetch 0-3), by way of an ordinary fetch.

Each partition is answered with at least one batch, whatever the client's limit: a batch larger than that would stop
the client for good, and a larger answer harms nobody (KIP-74 says so for later versions).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.fetch_sessions import Wanted
from kafkacompat.cluster.fetching import FetchLimits, Outcome, fetch
from kafkacompat.storage.store import Read
from kafkacompat.wire.messages.fetch import FetchPartition
from kafkacompat.wire.pieces import joined
from kafkacompat.wire.records.legacy_down_conversion import DownConverted, down_converted

if TYPE_CHECKING:
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ErrorCode

FIRST_VERSION_WITH_MAGIC_1: Final = 2
FIRST_VERSION_WITH_MAGIC_2: Final = 4
OFF_LOOP_ABOVE_BYTES: Final = 128 * 1024
"""More than this is converted in a thread, so that others are served meanwhile."""


async def fetch_down_converted(
    node: Node, wanted: list[Wanted], limits: FetchLimits, api_version: int
) -> list[Outcome]:
    """Do what `fetch` does, with messages of the version's magic in place of batches.

    Where nothing is left of what was read (transaction markers), it is stepped over: the client, which can never learn
    of these offsets, would else ask for them again and again.
    """
    magic = int(api_version >= FIRST_VERSION_WITH_MAGIC_1)
    real_time = node.cluster.real_time
    until_ms = real_time.now_ms() + limits.max_wait_ms
    while True:
        outcomes = await fetch(node, wanted, limits)
        converted = [await _converted(*pair, magic) for pair in zip(wanted, outcomes, strict=True)]
        wanted_next = [_stepped_over(*pair) for pair in zip(wanted, converted, strict=True)]
        answers = [_answer(*pair) for pair in zip(outcomes, converted, strict=True)]
        if wanted_next == wanted or any(not isinstance(one, Read) or one.size_bytes for one in answers):
            return answers
        wanted = wanted_next
        limits = limits._replace(max_wait_ms=max(0, until_ms - real_time.now_ms()))


async def _converted(wanted: Wanted, outcome: Outcome, magic: int) -> DownConverted | ErrorCode | None:
    if not isinstance(outcome, Read) or not outcome.size_bytes:
        return None

    def convert() -> DownConverted | ErrorCode:
        asked = wanted.asked
        return down_converted(joined(outcome.pieces), magic, asked.fetch_offset, asked.partition_max_bytes)

    if outcome.size_bytes > OFF_LOOP_ABOVE_BYTES:
        return await asyncio.get_running_loop().run_in_executor(None, convert)
    return convert()


def _answer(outcome: Outcome, converted: DownConverted | ErrorCode | None) -> Outcome:
    match converted:
        case None:
            return outcome
        case DownConverted():
            assert isinstance(outcome, Read), "only what was read is converted"
            return outcome._replace(pieces=[converted.messages], size_bytes=len(converted.messages))
        case _:
            return converted


def _stepped_over(wanted: Wanted, converted: DownConverted | ErrorCode | None) -> Wanted:
    """Return the same partition, from behind what left nothing."""
    if not isinstance(converted, DownConverted) or converted.messages:
        return wanted
    asked = FetchPartition(
        partition=wanted.asked.partition,
        fetch_offset=converted.next_offset,
        partition_max_bytes=wanted.asked.partition_max_bytes,
    )
    return Wanted(wanted.topic_name, wanted.topic_id, asked, by_id=wanted.by_id)
