"""How a verb, or one item of several, fails: a name of the contract and the client's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from session.error_names import name_of


class Failure(Exception):
    """The answer of a verb that failed: one of Kafka's names, or one of the contract's."""

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message

    def item(self) -> dict[str, str]:
        return {"error": self.name, "message": self.message}


def by_code(code: int, message: object = "") -> Failure:
    return Failure(name_of(code), str(message))


def unsupported(what: str) -> Failure:
    return Failure("UNSUPPORTED", what)


class Failures:
    """What the exceptions of one client mean: `of` makes a failure of each, or None where it knows none."""

    def __init__(self, of: Callable[[BaseException], Failure | None]) -> None:
        self._of = of

    def of(self, error: BaseException) -> Failure:
        if isinstance(error, Failure):
            return error
        known = self._of(error)
        if known is not None:
            return known
        return Failure("OTHER", f"{type(error).__name__}: {error}")

    def item(self, error: BaseException) -> dict[str, str]:
        """The failure of one item of several, in its place."""
        return self.of(error).item()

    def attempt(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns, or an error item."""
        try:
            return function(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever the client raises is the answer
            return self.item(error)

    def each(self, items: Iterable[Any], function: Callable[[Any], Any]) -> dict[Any, Any]:
        """Ask item by item, for clients that raise at the first of several that fails."""
        return {item: self.attempt(function, item) for item in items}
