"""Encodes and decodes messages by functions compiled on first use, one a class and version.

`reference_codec` does the same by walking the schema; tests hold the two equal,
byte for byte.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kafkacompat.wire.compile_decoder import DecoderSource
from kafkacompat.wire.compile_encoder import EncoderSource
from kafkacompat.wire.compile_source import run_source
from kafkacompat.wire.malformed import MalformedError

if TYPE_CHECKING:
    from kafkacompat.wire.compile_decoder import Decode
    from kafkacompat.wire.compile_encoder import Encode
    from kafkacompat.wire.schema import Piece

T = TypeVar("T")

# Compiled functions depend on the classes alone, so clusters of one process share them.
_DECODERS: Final[dict[tuple[type, int, bool], Decode]] = {}
_ENCODERS: Final[dict[tuple[type, int, bool], Encode]] = {}


def decoder(cls: type, version: int) -> Decode:
    """Return `decode(data, position, end) -> (value, position)` for a message class; compiled once.

    It raises MalformedError, IndexError or struct.error on bad input; `decode` below raises the first alone.
    """
    return _decoder(cls, version, flexible=version >= cls.FLEXIBLE)  # type: ignore[attr-defined]


def _decoder(cls: type, version: int, *, flexible: bool) -> Decode:
    known = _DECODERS.get((cls, version, flexible))
    if known is None:
        source = DecoderSource(version, flexible=flexible, nested=lambda c: _decoder(c, version, flexible=flexible))
        known = run_source(source.structure(cls), source.scope, "decode")
        _DECODERS[cls, version, flexible] = known
    return known


def encoder(cls: type, version: int) -> Encode:
    """Return `encode(value, put)` for a message class; compiled once."""
    return _encoder(cls, version, flexible=version >= cls.FLEXIBLE)  # type: ignore[attr-defined]


def _encoder(cls: type, version: int, *, flexible: bool) -> Encode:
    known = _ENCODERS.get((cls, version, flexible))
    if known is None:
        source = EncoderSource(version, flexible=flexible, nested=lambda c: _encoder(c, version, flexible=flexible))
        known = run_source(source.structure(cls), source.scope, "encode")
        _ENCODERS[cls, version, flexible] = known
    return known


def decode(cls: type[T], version: int, data: Piece) -> T:
    """Decode a whole message body.

    Record fields are views of `data` where `data` is a view. MalformedError if the bytes are not exactly one message.
    """
    value, position = decode_from(cls, version, data, 0)
    if position != len(data):
        raise MalformedError(f"{len(data) - position} bytes follow the end of {cls.__name__} version {version}")
    return value


def decode_from(cls: type[T], version: int, data: Piece, position: int) -> tuple[T, int]:
    """Decode a message at `position` and return it with the position after it; MalformedError on bad input."""
    try:
        value: tuple[Any, int] = decoder(cls, version)(data, position, len(data))
    except (IndexError, struct.error) as error:
        raise MalformedError(f"{cls.__name__} version {version} ends too early: {error}") from error
    return value


def encode(value: object, version: int) -> list[Piece]:
    """Encode a message body into pieces, in order; record bytes are passed on as they are."""
    pieces: list[Piece] = []
    encoder(type(value), version)(value, pieces.append)
    return pieces
