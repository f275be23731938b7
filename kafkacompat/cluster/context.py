"""What a handler is told about the request besides its body."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listener:
    """A named door of a node, and the address its clients are told."""

    name: str
    security_protocol: str
    advertised_host: str
    advertised_port: int


@dataclass(slots=True)
class Context:
    """One request's circumstances; `peer_host` is an address without a port."""

    api_version: int
    client_id: str | None
    listener: Listener
    peer_host: str
