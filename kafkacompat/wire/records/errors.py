"""The one way in which record bytes turn out to be unusable."""

from __future__ import annotations


class CorruptRecordsError(Exception):
    """A batch, its compressed payload or one of its records is not what the format allows."""


class RecordsTooLargeError(CorruptRecordsError):
    """A payload decompresses to more than the caller permits."""
