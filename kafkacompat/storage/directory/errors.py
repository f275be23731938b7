"""What keeps a directory from being used."""

from __future__ import annotations


class DataDirectoryError(Exception):
    """A directory cannot be used; the message is one sentence that names the file and what to do."""
