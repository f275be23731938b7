"""The one error of every decoder."""

from __future__ import annotations


class MalformedError(ValueError):
    """The bytes are not what they should be: too few, too many, or a length, count or null that cannot be."""
