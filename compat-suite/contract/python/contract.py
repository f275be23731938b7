"""The contract of the suite's client programs, for those written in Python: see compat-suite/README.md."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator

HEADERS = [("origin", b"compat-suite")]


class Stop:
    """Whether SIGTERM has asked the member to commit and leave."""

    asked = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "asked", True))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("create-topic", "delete-topic", "produce", "consume", "group"):
        command = commands.add_parser(name)
        command.add_argument("--bootstrap", required=True)
        command.add_argument("--topic", required=True)
        if name == "create-topic":
            command.add_argument("--partitions", type=int, default=1)
        if name == "produce":
            command.add_argument("--count", type=int, required=True)
            command.add_argument("--start", type=int, default=0)
            command.add_argument("--size", type=int, default=0)
            command.add_argument("--codec", default="none", type=lambda text: text.split(","))
            command.add_argument("--acks", choices=["all", "1", "0"])
            command.add_argument("--idempotent", action="store_true")
        if name == "consume":
            command.add_argument("--count", type=int, required=True)
            command.add_argument("--timeout-ms", type=int, default=30_000)
        if name == "group":
            command.add_argument("--group", required=True)
            command.add_argument("--count", type=int, default=0)
            command.add_argument("--idle-ms", type=int, default=0)
    parsed = parser.parse_args()
    if parsed.command == "produce" and isinstance(parsed.codec, str):
        parsed.codec = [parsed.codec]
    return parsed


def emit(event: str, **fields: object) -> None:
    """Print one JSON line."""
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)


def emit_record(
    partition: int,
    offset: int,
    timestamp: int,
    key: bytes | None,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]],
) -> None:
    emit(
        "record",
        partition=partition,
        offset=offset,
        timestamp=timestamp,
        key=text(key),
        value=text(value),
        headers=[[name, text(content)] for name, content in headers],
    )


def text(content: bytes | str | None) -> str | None:
    return content.decode() if isinstance(content, bytes) else content


def record(index: int, size: int) -> tuple[bytes | None, bytes]:
    """Key and value of the record with this index: every tenth has no key; values are padded to `size` bytes."""
    key = None if index % 10 == 9 else f"k{index}".encode()
    return key, f"ż{index}|".encode().ljust(size, b"x")


def shares(args: argparse.Namespace) -> Iterator[tuple[str, range]]:
    """Each codec with the indexes of the records that are sent with it."""
    for position, codec in enumerate(args.codec):
        first = args.start + position * args.count
        yield codec, range(first, first + args.count)


def run(commands: dict[str, object]) -> None:
    """Do the command, and say how it ended."""
    sys.stdout.reconfigure(encoding="utf-8")
    args = arguments()
    try:
        count = commands[args.command](args)
    except Exception as error:  # whatever the client raises is the answer of this program
        emit("error", message=f"{type(error).__name__}: {error}")
        raise
    emit("done", **({} if count is None else {"count": count}))
