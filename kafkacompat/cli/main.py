"""The command `kafkacompat`: its arguments, and which function answers them.

Exit codes: 0 when all went well, 2 with one sentence on stderr when something cannot be as it was told.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from kafkacompat import __version__
from kafkacompat.cli.told import CannotServeError
from kafkacompat.settings.errors import InvalidSettingError

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence


MOST_NODES: Final = 100
"""More nodes than any test needs: each costs its ports, and every decision about leaders looks at all."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; argparse leaves by SystemExit for what it cannot parse."""
    told = _parser().parse_args(arguments)
    try:
        match told.command:
            case "serve":
                from kafkacompat.cli.serve_command import serve_command  # noqa: PLC0415 - a command pays for itself

                return serve_command(told)
            case _:
                from kafkacompat.cli.settings_command import settings_command  # noqa: PLC0415 - likewise

                return settings_command(told)
    except (CannotServeError, InvalidSettingError) as error:
        print(f"kafkacompat: {error}", file=sys.stderr)
        return 2


def _parser() -> ArgumentParser:
    from argparse import SUPPRESS, ArgumentParser  # noqa: PLC0415 - importing this module must cost nothing

    parser = ArgumentParser(prog="kafkacompat", description="A server that any Kafka client believes to be Kafka 4.4.")
    parser.add_argument("--version", action="version", version=f"kafkacompat {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the server until SIGTERM or SIGINT")
    _add_settings_arguments(serve)
    serve.add_argument("--host", help="where to listen (default 127.0.0.1; 0.0.0.0 for every interface)")
    serve.add_argument("--port", type=_port, help="port to listen on (default 9092; 0 for a free one)")
    serve.add_argument(
        "--topic",
        action="append",
        default=[],
        metavar="NAME[:PARTITIONS[:KEY=VALUE]...]",
        help="a topic to be there from the start; may be given several times",
    )
    serve.add_argument(
        "--nodes",
        type=_count,
        default=1,
        metavar="N",
        help="how many brokers the cluster has; ids and ports rise by one from node to node (default 1)",
    )
    serve.add_argument(
        "--data",
        metavar="DIR",
        help="keep topics and records in this directory, in Kafka's own files (default: in memory, gone at the end)",
    )
    # For `testing.Broker(process=True)`, which steers single nodes; not a promise to anybody else.
    serve.add_argument("--commands", action="store_true", help=SUPPRESS)
    serve.add_argument("--json", action="store_true", help="say that the server is ready as one JSON object")
    settings = commands.add_parser("settings", help="list all settings, their values, and which have an effect")
    _add_settings_arguments(settings)
    settings.add_argument("--json", action="store_true", help="print a JSON list of objects")
    return parser


def _add_settings_arguments(command: ArgumentParser) -> None:
    command.add_argument("properties", nargs="?", metavar="server.properties", help="a properties file with settings")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="options",
        help="a setting; wins over KAFKA_* variables, which win over the file",
    )
    command.add_argument(
        "--defaults",
        choices=("ci", "kafka"),
        default="ci",
        help="what holds where nothing is told: Kafka's defaults, or (ci) those with a few that suit tests",
    )


def _count(text: str) -> int:
    from argparse import ArgumentTypeError  # noqa: PLC0415 - argparse is there by now

    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST_NODES:
        raise ArgumentTypeError(f"{text!r} is no number of nodes: 1 to {MOST_NODES}")
    return int(text)


def _port(text: str) -> int:
    from argparse import ArgumentTypeError  # noqa: PLC0415 - argparse is there by now

    if not (text.isascii() and text.isdigit()) or not 0 <= int(text) <= 65535:  # noqa: PLR2004 - the last port there is
        raise ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)
