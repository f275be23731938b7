"""The one way in which record bytes turn out to be unusable."""

from __future__ import annotations


class CorruptRecordsError(Exception):
    """A batch, its compressed payload or one of its records is not what the format allows, or is larger than permitted."""
