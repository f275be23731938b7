"""Our server with one bug in it: `python -m seeded.server BUG FILE serve ...`.

What follows FILE is the command line of `kafkacompat`. A bug that itself breaks down says so in the file: what it
brings about then is no proof of anything.
"""

from __future__ import annotations

import sys
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafkacompat.api.routes import CloseConnectionError
from kafkacompat.cli import main as command_line
from kafkacompat.cli import serve_command
from seeded.bug import Bug, Call
from seeded.catalogue import bug_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.interceptor import Interceptor
    from kafkacompat.server.running import Running
    from seeded.bug import Proceed


class Seeded:
    """Stands before and after every handler, and lets the bug answer what it is about."""

    def __init__(self, cluster: Cluster, bug: Bug, broken: Path) -> None:
        self._cluster = cluster
        self._bug = bug
        self._broken = broken
        self._memory: dict[Any, Any] = {}

    async def __call__(self, context: Context, request: Any, proceed: Proceed) -> Any:
        """Answer a request."""
        if type(request) not in self._bug.requests:
            return await proceed(context, request)
        try:
            return await self._bug.act(Call(self._cluster, context, request, self._memory, proceed))
        except CloseConnectionError:
            raise
        except Exception:
            self._broken.write_text(traceback.format_exc())
            raise


def say_ready_with(bug: Bug, broken: Path, say_ready: Callable[[Running], None], running: Running) -> None:
    """Put the bug in before anybody hears that the server is ready."""
    running.cluster.interceptor = Seeded(running.cluster, bug, broken)
    say_ready(running)


def main() -> int:
    """Serve."""
    name, broken, *arguments = sys.argv[1:]
    ready = partial(say_ready_with, bug_named(name), Path(broken), serve_command.say_ready_as_json)
    serve_command.say_ready_as_json = ready
    return command_line.main(arguments)


if TYPE_CHECKING:
    _stands_where_an_interceptor_may: type[Interceptor] = Seeded

if __name__ == "__main__":
    sys.exit(main())
