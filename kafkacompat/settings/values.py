"""Reads the text of a setting as Kafka's `ConfigDef` does, and refuses with its sentences.

Text is what properties files, variables and requests carry; values are bool, int, float, str or list[str], or None.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError

if TYPE_CHECKING:
    from kafkacompat.settings.table import Row

Value = bool | int | float | str | list[str] | None

_JAVA_BLANKS: Final = "".join(map(chr, range(33)))
"""What Java's `String.trim` removes."""
# Patterns are compiled when first used: a start of the server needs none of them.
_FLOAT: Final = r"[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[fFdD]?)"
_HEX_FLOAT: Final = r"[+-]?0[xX]([0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFdD]?"
_COMMAS: Final = r"\s*,\s*"
_INTEGER_BITS: Final = {"SHORT": 16, "INT": 32, "LONG": 64}
_REPLICA: Final = r"([0-9]+:[0-9]+)(,[0-9]+:[0-9]+)*"


def invalid(name: str, shown: object, reason: str) -> InvalidSettingError:
    """Word a refusal as Kafka's ConfigException does."""
    return InvalidSettingError(f"Invalid value {shown} for configuration {name}: {reason}")


def parse(row: Row, text: str) -> Value:
    """Return the value of `text` for a setting; InvalidSettingError unless it is of the type and within bounds."""
    value = parse_type(row, text)
    _check(row, value)
    return value


def parse_type(row: Row, text: str) -> Value:
    """Return the value of `text`, checking nothing but its type."""
    match row.type:
        case "PASSWORD":
            return text
        case "STRING" | "CLASS":
            return text.strip(_JAVA_BLANKS)
        case "LIST":
            trimmed = text.strip(_JAVA_BLANKS)
            return _split(trimmed)
        case "BOOLEAN":
            return _parse_boolean(row.name, text)
        case "DOUBLE":
            return _parse_double(row.name, text)
        case _:
            return _parse_integer(row, text)


def _split(text: str) -> list[str]:
    """Split at commas and the blanks around them; an empty text is an empty list."""
    if not text:
        return []
    return re.split(_COMMAS, text) if "," in text else [text]


def _parse_boolean(name: str, text: str) -> bool:
    match text.strip(_JAVA_BLANKS).lower():
        case "true":
            return True
        case "false":
            return False
    raise invalid(name, text, "Expected value to be either true or false")


def _parse_integer(row: Row, text: str) -> int:
    trimmed = text.strip(_JAVA_BLANKS)
    digits = trimmed[1:] if trimmed[:1] in ("+", "-") else trimmed
    # The length is bounded first: Python refuses to read very long numbers, and says so in its own way.
    if len(digits) <= _MAX_INTEGER_LENGTH and digits.isascii() and digits.isdigit():
        value = int(trimmed)
        bound = 1 << (_INTEGER_BITS[row.type] - 1)
        if -bound <= value < bound:
            return value
    raise invalid(row.name, text, f"Not a number of type {row.type}")


_MAX_INTEGER_LENGTH: Final = 1000


def _parse_double(name: str, text: str) -> float:
    trimmed = text.strip(_JAVA_BLANKS)
    if re.fullmatch(_FLOAT, trimmed):
        plain = trimmed if trimmed.endswith("NaN") else trimmed.rstrip("fFdD")
        return float(plain)
    if re.fullmatch(_HEX_FLOAT, trimmed):
        try:
            mantissa, power = re.split("[pP]", trimmed.rstrip("fFdD") if trimmed[-1] in "fFdD" else trimmed)
            return float.fromhex(f"{mantissa}p{power}")
        except OverflowError:
            return float("-inf") if trimmed.startswith("-") else float("inf")
    raise invalid(name, text, "Not a number of type DOUBLE")


def render(row: Row, value: Value) -> str | None:
    """Return a value as DescribeConfigs shows it: one spelling for each value."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(value)
    if row.type == "DOUBLE":
        assert isinstance(value, float)
        return java_double(value)
    return str(value)


def java_double(value: float) -> str:
    """Spell a number as Java's `Double.toString` does: 0.5, 1.0E-4, 1.7976931348623157E308."""
    if value != value:  # noqa: PLR0124 - the test for not-a-number without importing math
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:  # noqa: PLR2004 - where Java leaves positional notation
        return repr(value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    if not exponent:  # Python stays positional for longer
        mantissa, exponent = _scientific(mantissa)
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _scientific(positional: str) -> tuple[str, str]:
    sign = "-" if positional.startswith("-") else ""
    whole, _, fraction = positional.removeprefix("-").partition(".")
    digits = (whole + fraction).strip("0")
    leading = (whole + fraction).index(digits)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}", str(len(whole) - 1 - leading)


def _check(row: Row, value: Value) -> None:
    """Hold a value to what the table calls valid."""
    valid = row.valid
    if row.type == "LIST":
        assert isinstance(value, list)
        _check_list(row, value)
    elif not valid:
        return
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _check_number(row.name, value, valid)
    elif isinstance(value, str):
        _check_text(row.name, value, valid)


@cache
def _bounds(valid: str) -> tuple[float | None, float | None, bool]:
    """Read "[1,...,9] or -1": least, greatest, and whether -1 is allowed besides."""
    found = re.fullmatch(r"\[(-?[0-9.]+),\.\.\.(?:,(-?[0-9.]+))?\]( or -1)?", valid)
    if found is None:
        return None, None, False
    least, greatest = (
        None if text is None else float(text) if "." in text else int(text) for text in found.groups()[:2]
    )
    return least, greatest, found[3] is not None


def _check_number(name: str, value: float, valid: str) -> None:
    least, greatest, or_minus_one = _bounds(valid)
    shown = java_double(value) if isinstance(value, float) else value
    if or_minus_one:
        assert least is not None
        assert greatest is not None
        if value != -1 and not least <= value <= greatest:
            raise invalid(name, shown, f"Value must be between {least} and {greatest} or equal to -1")
        return
    if least is not None and value < least:
        raise invalid(name, shown, f"Value must be at least {least}")
    if greatest is not None and value > greatest:
        raise invalid(name, shown, f"Value must be no more than {greatest}")


@cache
def _choices(valid: str) -> tuple[str, ...] | None:
    """Read "[a, b, c]", or None if the values are not enumerated."""
    found = re.fullmatch(r"(?:\(case insensitive\) )?\[([^\[\]]*)\]", valid)
    return tuple(found[1].split(", ")) if found is not None and "..." not in valid else None


_DURATION: Final = (
    r"by_duration:P(?=[0-9T])(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
)


def _check_text(name: str, value: str, valid: str) -> None:
    choices = _choices(valid)
    if choices is not None:
        if valid.startswith("(case insensitive)"):
            if value.upper() not in (choice.upper() for choice in choices):
                raise invalid(name, value, f"String must be one of (case insensitive): {', '.join(choices)}")
        elif value not in choices and not _is_offset_reset(value, choices):
            raise invalid(name, value, f"String must be one of: {', '.join(choices)}")
    elif valid == "non-empty string" and not value:
        raise invalid(name, value, "String must be non-empty")


def _is_offset_reset(value: str, choices: tuple[str, ...]) -> bool:
    return choices[-1].startswith("by_duration:") and re.fullmatch(_DURATION, value, re.IGNORECASE) is not None


def _check_list(row: Row, value: list[str]) -> None:
    if row.valid.startswith("[partitionId]"):
        _check_replicas(row.name, value)
        return
    if "" in value:
        raise InvalidSettingError(f"Configuration '{row.name}' values must not be empty.")
    choices = _choices(row.valid)
    if choices is None:
        return
    for element in value:
        if element not in choices:
            raise invalid(row.name, element, f"String must be one of: {', '.join(choices)}")


def _check_replicas(name: str, value: list[str]) -> None:
    if not value or value in (["*"], ["", ""]) or re.fullmatch(_REPLICA, ",".join(value)):
        return
    reason = (
        f"{name} must be the literal '*' or a list of replicas in the following format: "
        "[partitionId]:[brokerId],[partitionId]:[brokerId],..."
    )
    raise invalid(name, f"[{', '.join(value)}]", reason)
