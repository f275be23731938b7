"""Serves until a signal says stop: what the command line calls."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from kafkacompat.server.commands import obey_input
from kafkacompat.server.running import Options, Running, run

if TYPE_CHECKING:
    from collections.abc import Callable


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a uvloop loop where there is uvloop (everywhere but on Windows), else asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def serve(options: Options, on_ready: Callable[[Running], None], answer: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then stop in order; `on_ready` is called when clients may come.

    With `answer`, commands of standard input are obeyed (see `commands`), and its end stops the server too: whoever
    started it is gone.  Raises what `run` raises.
    """
    loop = new_event_loop()
    try:
        loop.run_until_complete(_serve(options, on_ready, answer))
    finally:
        loop.close()


async def _serve(options: Options, on_ready: Callable[[Running], None], answer: Callable[[str], None] | None) -> None:
    running = await run(options)
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, told.set)
    on_ready(running)
    obeying = None if answer is None else loop.create_task(obey_input(running, answer))
    if obeying is not None:
        obeying.add_done_callback(lambda _: told.set())
    await told.wait()
    if obeying is not None:
        obeying.cancel()
    await running.stop()
