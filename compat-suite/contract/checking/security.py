"""Probes of security: for a server whose only listener asks for it, and sessions started with `--security`."""

from __future__ import annotations

from checking.bench import Bench, probe, same, values


@probe("security.works")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.send(topic, "v")
    same(values(bench.client.read(topic, 1)), ["v"])
