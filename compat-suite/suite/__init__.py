"""The compatibility suite: what scenarios are written with.  `compat-suite/run` runs them."""

from __future__ import annotations

from suite.checks import holds, same
from suite.client import Client
from suite.consumer import Consumer
from suite.failures import ClientError
from suite.gathering import Gathered, gather
from suite.producer import Producer
from suite.records import Partition, Received, Record, Sent, Topic, by_partition, noise
from suite.scenario import scenario
from suite.world import World

__all__ = [
    "Client",
    "ClientError",
    "Consumer",
    "Gathered",
    "Partition",
    "Producer",
    "Received",
    "Record",
    "Sent",
    "Topic",
    "World",
    "by_partition",
    "gather",
    "holds",
    "noise",
    "same",
    "scenario",
]
