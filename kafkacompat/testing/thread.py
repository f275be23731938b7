"""A broker in a thread of this process: up in milliseconds."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from kafkacompat.server.running import Options, Running, TopicToCreate, run
from kafkacompat.server.serve import new_event_loop
from kafkacompat.settings.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafkacompat.server.running import NodeChange


class ThreadHost:
    """Runs an event loop, and the server in it."""

    def __init__(self, settings: Mapping[str, str], topics: Sequence[str], host: str, port: int, nodes: int) -> None:
        values = {"listeners": f"PLAINTEXT://{host}:{port}", **settings}
        wanted = [TopicToCreate.parse(topic) for topic in topics]
        self._options = Options(Settings.from_values(values, nodes=nodes), wanted, nodes=nodes)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._running: Running | None = None
        self._error: BaseException | None = None

    def start(self) -> Mapping[int, str]:
        """Start the thread and wait until clients may connect; raises what stopped the server from starting."""
        ready = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(ready,), name="kafkacompat", daemon=True)
        self._thread.start()
        ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        assert self._running is not None, "ready without an error"
        return self._running.addresses

    def stop(self) -> None:
        """Stop the server and wait for its thread."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        thread.join()

    def change_node(self, change: NodeChange, node_id: int) -> None:
        """Stop, fence or start one node."""
        if self._thread is None or self._loop is None or self._running is None:
            raise RuntimeError("the broker does not run")
        asyncio.run_coroutine_threadsafe(self._running.change_node(change, node_id), self._loop).result()

    def _run(self, ready: threading.Event) -> None:
        loop = new_event_loop()
        try:
            loop.run_until_complete(self._serve(ready))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that started this one
            self._error = error
        finally:
            loop.close()
            ready.set()

    async def _serve(self, ready: threading.Event) -> None:
        self._running = await run(self._options)
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        await self._stop.wait()
        await self._running.stop()
