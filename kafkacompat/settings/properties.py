"""Reads Java properties files: the format of `java.util.Properties.load`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS: Final = " \t\f"
_KEY_END: Final = re.compile(r"(?<!\\)(?:\\\\)*[=: \t\f]")
_SEPARATOR: Final = re.compile(r"[ \t\f]*[=:]?[ \t\f]*")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(u)|(.)|\Z)", re.DOTALL)
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def parse_properties(text: str) -> dict[str, str]:
    """Return names and values, the last of a name given twice; InvalidSettingError for a broken Unicode escape."""
    return dict(_pair(line) for line in _logical_lines(text))


def _logical_lines(text: str) -> Iterator[str]:
    """Join lines that end in an odd number of backslashes with the next; leave out blank lines and comments."""
    joined = ""
    continuing = False
    for raw in re.split(r"\r\n|\n|\r", text):
        line = raw.lstrip(_BLANKS)
        if not continuing and (not line or line[0] in "#!"):
            continue
        continuing = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        joined += line[:-1] if continuing else line
        if not continuing:
            yield joined
            joined = ""
    if joined:
        yield joined


def _pair(line: str) -> tuple[str, str]:
    found = _KEY_END.search(line)
    end = len(line) if found is None else found.end() - 1
    separator = _SEPARATOR.match(line, end)
    assert separator is not None, "the pattern matches the empty string"
    return _unescape(line[:end]), _unescape(line[separator.end() :])


def _unescape(text: str) -> str:
    plain = _ESCAPE.sub(_replacement, text)
    if not any("\ud800" <= character <= "\udfff" for character in plain):
        return plain
    # Java writes what lies beyond the basic plane as two escapes.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _replacement(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    if escape[2]:
        raise InvalidSettingError("Malformed \\uxxxx encoding.")
    character = escape[3] or ""
    return _CONTROLS.get(character, character)
