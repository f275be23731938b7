"""CRC-32C (Castagnoli, RFC 3720), the checksum of record batches.

    crc32c(data, value=0) -> int

`data` is any contiguous buffer, read without a copy; `value` is the checksum of what came before it.  The library's own
function is handed on as it is: a wrapper would cost as much as the checksum of a small batch.
"""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


def _load() -> Callable[..., int]:
    """Load the library's native module without its package, whose own imports take 11 ms of every start-up."""
    package = PathFinder.find_spec("crc32c")
    native = package and PathFinder.find_spec("crc32c._crc32c", package.submodule_search_locations)
    if native is None or native.loader is None:
        from crc32c import crc32c as packaged  # noqa: PLC0415 - only where the library is laid out differently

        return packaged
    module = module_from_spec(native)
    native.loader.exec_module(module)
    found: Callable[..., int] = module.crc32c
    return found


crc32c: Final = _load()
