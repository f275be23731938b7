"""What the writers of decoders and of encoders share: lines of source, the names they use, and running them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F")
"""What is compiled: a decoder or an encoder."""


class SourceWriter(Generic[F]):
    """Collects the lines of one function.

    `nested` gives the compiled function of a structure inside; `scope` holds the names that the source uses.
    """

    def __init__(self, version: int, scope: Mapping[str, Any], *, flexible: bool, nested: Callable[[type], F]) -> None:
        self._version = version
        self._flexible = flexible
        self._nested = nested
        self._lines: list[str] = []
        self._indent = 1
        self._run: list[tuple[str, str]] = []
        """Neighbouring values of fixed width, to be read or written at once: each with its format character."""
        self.scope: dict[str, Any] = dict(scope)

    def _line(self, text: str) -> None:
        self._lines.append(" " * self._indent + text)

    def _name(self, prefix: str, value: Any) -> str:
        name = f"{prefix}_{len(self.scope)}"
        self.scope[name] = value
        return name


def run_source(source: str, scope: dict[str, Any], name: str) -> Any:
    """Compile generated source and return the function called `name` in it."""
    exec(source, scope)  # noqa: S102 - our own text, made of schema names only
    return scope[name]
