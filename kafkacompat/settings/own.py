"""The project's own settings, which Kafka does not have; all begin with `kafkacompat.`."""

from __future__ import annotations

from typing import Final

from kafkacompat.settings.table import Row

PREFIX: Final = "kafkacompat."


def _own(name: str, kind: str, default: str | None, valid: str) -> tuple[str, Row]:
    return PREFIX + name, Row(PREFIX + name, kind, default, valid, False, True, False, None)  # type: ignore[arg-type]


OWN_SETTINGS: Final[dict[str, Row]] = dict(
    (
        # What a produced batch is checked by: its header alone, or every record in it.
        _own("validate.records", "STRING", "header", "[header, all]"),
        # How much record data stays in memory without a data directory: what grows then goes to temporary files.
        _own("storage.memory.max.bytes", "LONG", str(32 << 20), "[1048576,...]"),
        # The racks of the nodes in order, again from the first where there are more nodes than racks.
        _own("node.racks", "LIST", "", ""),
        # The levels of features that a new cluster begins with, such as transaction.version=1, where not Kafka's own.
        _own("features", "LIST", "", ""),
    )
)
