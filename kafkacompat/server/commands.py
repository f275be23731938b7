"""Commands to a running server on its standard input: how a test steers the nodes of a broker in a process of its own.

A line is what to do and to which node, `stop 2`; it is answered by one line, `done` or what is wrong with it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Final, get_args

from kafkacompat.server.running import NodeChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.server.running import Running

DONE: Final = "done"
_CHANGES: Final[dict[str, NodeChange]] = {change: change for change in get_args(NodeChange)}


async def obey_input(running: Running, answer: Callable[[str], None]) -> None:
    """Carry out the commands of standard input, one after the other, until it ends."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    try:
        while line := await lines.readline():
            answer(await obey(running, line.decode()))
    finally:
        transport.close()


async def obey(running: Running, line: str) -> str:
    """Carry out one command and return its answer."""
    word, _, node_id = line.strip().partition(" ")
    change = _CHANGES.get(word)
    if change is None or not (node_id.isascii() and node_id.isdigit()):
        return f"{line.strip()!r} is no command: write {', '.join(_CHANGES)} and a node id"
    try:
        await running.change_node(change, int(node_id))
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked must hear of it
        return str(error) or repr(error)
    return DONE
