"""What can go wrong in a scenario, by what it says about whom."""

from __future__ import annotations


class ScenarioFailedError(AssertionError):
    """What the scenario states does not hold."""


class SkippedError(Exception):
    """The scenario cannot be run here, for the reason given."""


class ClientError(Exception):
    """A verb failed: `name` is Kafka's name of the error, or one of the contract's."""

    def __init__(self, verb: str, name: str, message: str = "") -> None:
        self.verb = verb
        self.name = name
        self.message = message
        super().__init__(f"{verb}: {name}{': ' if message else ''}{message}")


class UnsupportedError(ClientError):
    """The client has no such verb, call or setting."""


class DriverError(Exception):
    """The client program did not keep to the contract, and was ended."""


class HungError(DriverError):
    """It did not answer in time."""


class CrashedError(DriverError):
    """It ended instead of answering."""


class GarbledError(DriverError):
    """What it wrote is no answer to what it was asked."""


class TargetError(Exception):
    """A server cannot be started, stopped or reached, as one sentence says."""
