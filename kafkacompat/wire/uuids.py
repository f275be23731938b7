"""Sixteen-byte ids and their text, as Kafka writes them: base64url without padding."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

METADATA_TOPIC_ID: Final = bytes(15) + b"\x01"
"""The id of `__cluster_metadata`; no other topic may have it."""

_RESERVED: Final = (bytes(16), METADATA_TOPIC_ID)


def uuid_to_text(value: bytes) -> str:
    """Return the 22 characters that Kafka prints for an id."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def uuid_from_text(text: str) -> bytes:
    """Return the id behind Kafka's 22 characters; ValueError if they are none."""
    value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(value) != 16:  # noqa: PLR2004 - an id has sixteen bytes
        msg = f"{text!r} is not an id: expected 22 characters of base64url"
        raise ValueError(msg)
    return value


def uuid_from_random(sixteen: bytes) -> bytes | None:
    """Make a version 4 id of sixteen random bytes.

    None where Kafka would draw again: a reserved id, or one whose text starts with a dash.
    """
    raw = bytearray(sixteen)
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    value = bytes(raw)
    return None if value in _RESERVED or uuid_to_text(value).startswith("-") else value
