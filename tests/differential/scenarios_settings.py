"""Changing settings: AlterConfigs, IncrementalAlterConfigs, ListConfigResources."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from kafkacompat.settings.table import table
from kafkacompat.wire.messages import alter_configs as whole
from kafkacompat.wire.messages import incremental_alter_configs as step
from kafkacompat.wire.messages.alter_configs import AlterConfigsRequest
from kafkacompat.wire.messages.incremental_alter_configs import IncrementalAlterConfigsRequest
from kafkacompat.wire.messages.list_config_resources import ListConfigResourcesRequest
from tests.differential.requests import describe_configs
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer

TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
SET, DELETE, APPEND, SUBTRACT = range(4)
JMX_REPORTER = "org.apache.kafka.common.metrics.JmxReporter"


def alter(kind: int, name: str, *configs: tuple[str, str | None], validate_only: bool = False) -> AlterConfigsRequest:
    changes = [whole.AlterableConfig(name=key, value=value) for key, value in configs]
    resource = whole.AlterConfigsResource(resource_type=kind, resource_name=name, configs=changes)
    return AlterConfigsRequest(resources=[resource], validate_only=validate_only)


def change(
    kind: int, name: str, *configs: tuple[str, int, str | None], validate_only: bool = False
) -> IncrementalAlterConfigsRequest:
    changes = [step.AlterableConfig(name=key, config_operation=what, value=value) for key, what, value in configs]
    resource = step.AlterConfigsResource(resource_type=kind, resource_name=name, configs=changes)
    return IncrementalAlterConfigsRequest(resources=[resource], validate_only=validate_only)


def is_set(peer: Peer, kind: int, name: str, key: str, value: str) -> bool:
    (result,) = peer.quietly(describe_configs(kind, name, [key]), 4).results
    return [config.value for config in result.configs] == [value]


def is_listed(peer: Peer, kind: int, name: str) -> bool:
    answer = peer.quietly(ListConfigResourcesRequest(resource_types=[kind]), 1)
    return name in [resource.resource_name for resource in answer.config_resources]


def describe_when(peer: Peer, name: str, key: str, value: str) -> None:
    """Describe a topic once a change has arrived at the broker."""
    peer.await_that(partial(is_set, peer, TOPIC, name, key, value))
    peer.ask(describe_configs(TOPIC, name, include_synonyms=True), 4, "what is set")


@scenario(AlterConfigsRequest)
def settings_are_replaced(peer: Peer, version: int) -> None:
    topic = peer.topic(retention_ms="1000", segment_ms="2000")
    peer.ask(alter(TOPIC, topic.name, ("retention.ms", "5000"), ("cleanup.policy", "compact")), version)
    describe_when(peer, topic.name, "retention.ms", "5000")
    peer.ask(alter(TOPIC, topic.name, ("retention.ms", "7000"), validate_only=True), version, "only validated")
    peer.ask(alter(TOPIC, topic.name), version, "nothing")
    describe_when(peer, topic.name, "cleanup.policy", "delete")


def refusals(peer: Peer, version: int, of: Any) -> None:
    """Ask for changes that cannot be; `of(kind, name, *settings)` makes the request."""
    topic = peer.topic()
    settings: dict[str, list[tuple[str, str | None]]] = {
        "unknown": [("no.such", "1")],
        "null": [("retention.ms", None)],
        "no name": [("", "1")],
        "not a number": [("retention.ms", "x")],
        "too small": [("retention.ms", "-2")],
        "twice": [("retention.ms", "1"), ("retention.ms", "2")],
        "one of two": [("retention.ms", "1"), ("segment.ms", "x")],
        "not a choice": [("compression.type", "rar")],
        "a choice twice": [("cleanup.policy", "delete,delete")],
        "a replica twice": [("leader.replication.throttled.replicas", "0:0,0:0")],
        "format version": [("message.format.version", "2.8")],
        "small segment": [("segment.bytes", "1024")],
    }
    for note, configs in settings.items():
        peer.ask(of(TOPIC, topic.name, *configs), version, note)
    peer.ask(of(TOPIC, peer.name("missing"), ("retention.ms", "1")), version, "an unknown topic")
    for name in ("", ".", "a b", "__cluster_metadata"):
        peer.ask(of(TOPIC, name, ("retention.ms", "1")), version, f"topic {name!r}")
    for name in ("99", "one", "-1"):
        peer.ask(of(BROKER, name, ("log.cleaner.threads", "1")), version, f"broker {name!r}")
    for key, value in (("listeners", "x"), ("node.id", "5"), ("no.such", "1"), ("log.cleaner.threads", "x")):
        for name in ("0", ""):
            peer.ask(of(BROKER, name, (key, value)), version, f"{key}={value} of broker {name!r}")
    for kind in (0, 1, 3, 64, 127, -1):
        peer.ask(of(kind, "any", ("a", "1")), version, f"kind {kind}")
    for key, value in (("no.such", "1"), ("consumer.session.timeout.ms", "x"), ("consumer.session.timeout.ms", "1")):
        peer.ask(of(GROUP, peer.name("group"), (key, value)), version, f"{key}={value} of a group")
    peer.ask(of(GROUP, "", ("consumer.session.timeout.ms", "50000")), version, "a group without name")
    for key, value in (("no.such", "1"), ("interval.ms", "x"), ("interval.ms", "5"), ("match", "a=[")):
        peer.ask(of(CLIENT_METRICS, peer.name("metrics"), (key, value)), version, f"{key}={value} of metrics")


@scenario(AlterConfigsRequest)
def settings_that_cannot_be(peer: Peer, version: int) -> None:
    refusals(peer, version, lambda kind, name, *configs: alter(kind, name, *configs, validate_only=True))


@scenario(IncrementalAlterConfigsRequest)
def changes_that_cannot_be(peer: Peer, version: int) -> None:
    def of(kind: int, name: str, *configs: tuple[str, str | None]) -> IncrementalAlterConfigsRequest:
        return change(kind, name, *((key, SET, value) for key, value in configs), validate_only=True)

    refusals(peer, version, of)


@scenario(IncrementalAlterConfigsRequest, since=1)
def every_setting_of_a_broker_is_changed(peer: Peer, version: int) -> None:
    rows = table("broker")
    for key in rows:
        row = rows.get(key)
        assert row is not None
        for name in ("0", ""):
            for value in ("x", "1", row.default or ""):
                request = change(BROKER, name, (key, SET, value), validate_only=True)
                peer.ask(request, version, f"{key}={value} of broker {name!r}")


@scenario(IncrementalAlterConfigsRequest)
def settings_of_a_broker_that_do_not_go_together(peer: Peer, version: int) -> None:
    for key, values in {
        "cordoned.log.dirs": ("x,y", "", "x,,y", "x,x", " "),
        "max.connections.per.ip.overrides": ("x:1", "x:y", "a:b:c", "127.0.0.1:5,", ":5", "localhost:5,127.0.0.1:-6"),
        "metric.reporters": (JMX_REPORTER, f"{JMX_REPORTER},x", f"{JMX_REPORTER},{JMX_REPORTER}", "java.lang.String"),
        "listener.name.plaintext.ssl.engine.factory.class": ("", "x"),
        "log.cleaner.dedupe.buffer.size": ("1048575", "1048576", "1048577"),
        "log.cleanup.policy": ("delete,delete", "delete,,", ","),
        "sasl.kerberos.principal.to.local.rules": ("DEFAULT,DEFAULT",),
        "ssl.cipher.suites": ("x,x",),
        "ssl.enabled.protocols": ("x,x", "TLSv1.2,TLSv1.2"),
        "listeners": ("x,y", "x,x", "PLAINTEXT://x:y", "NOBODY://127.0.0.1:0"),
        "listener.security.protocol.map": ("PLAINTEXT:PLAINTEXT,CONTROLLER:x", "a:b:c", "PLAINTEXT:"),
    }.items():
        for value in values:
            peer.ask(change(BROKER, "0", (key, SET, value), validate_only=True), version, f"{key}={value}")
    two = (("log.cleaner.dedupe.buffer.size", SET, "2097151"), ("log.cleaner.threads", SET, "2"))
    peer.ask(change(BROKER, "0", *two, validate_only=True), version, "a buffer for one cleaner of two")


@scenario(IncrementalAlterConfigsRequest)
def settings_are_changed(peer: Peer, version: int) -> None:
    topic = peer.topic(retention_ms="1000", segment_ms="2000")
    steps: dict[str, tuple[tuple[str, int, str | None], tuple[str, str]]] = {
        "set": (("retention.ms", SET, "5000"), ("retention.ms", "5000")),
        "delete": (("segment.ms", DELETE, None), ("segment.ms", "604800000")),
        "append": (("cleanup.policy", APPEND, "compact"), ("cleanup.policy", "delete,compact")),
        "subtract": (("cleanup.policy", SUBTRACT, "delete"), ("cleanup.policy", "compact")),
    }
    for note, (configs, (key, value)) in steps.items():
        peer.ask(change(TOPIC, topic.name, configs), version, note)
        describe_when(peer, topic.name, key, value)


@scenario(IncrementalAlterConfigsRequest)
def operations_that_cannot_be(peer: Peer, version: int) -> None:
    topic = peer.topic()
    for note, configs in {
        "delete what is not set": ("segment.ms", DELETE, None),
        "delete with a value": ("segment.ms", DELETE, "5"),
        "delete what is unknown": ("no.such", DELETE, None),
        "append to a number": ("retention.ms", APPEND, "5"),
        "append null": ("cleanup.policy", APPEND, None),
        "append what is there": ("cleanup.policy", APPEND, "delete"),
        "append what is no choice": ("cleanup.policy", APPEND, "shred"),
        "subtract from a number": ("retention.ms", SUBTRACT, "5"),
        "subtract what is not there": ("cleanup.policy", SUBTRACT, "compact"),
        "subtract all": ("cleanup.policy", SUBTRACT, "delete"),
        "operation 4": ("retention.ms", 4, "5"),
        "operation -1": ("retention.ms", -1, "5"),
    }.items():
        peer.ask(change(TOPIC, topic.name, configs, validate_only=True), version, note)


@scenario(AlterConfigsRequest)
def several_resources_are_altered(peer: Peer, version: int) -> None:
    topic, missing = peer.topic(), peer.name("missing")
    good, bad = (alter(TOPIC, name, ("retention.ms", "1")).resources[0] for name in (topic.name, missing))
    peer.ask(AlterConfigsRequest(resources=[good, bad], validate_only=True), version, "one missing")
    peer.ask(AlterConfigsRequest(resources=[], validate_only=True), version, "none")


@scenario(AlterConfigsRequest, until=0)
def a_resource_is_altered_twice(peer: Peer, version: int) -> None:
    resources = alter(TOPIC, peer.topic().name, ("retention.ms", "1")).resources
    peer.connection.patience_s = 0.5  # from here on: making the topic may take longer
    peer.ask(AlterConfigsRequest(resources=[*resources, *resources], validate_only=True), version)


@scenario(IncrementalAlterConfigsRequest)
def several_resources_are_changed(peer: Peer, version: int) -> None:
    topic, missing = peer.topic(), peer.name("missing")
    good, bad = (change(TOPIC, name, ("retention.ms", SET, "1")).resources[0] for name in (topic.name, missing))
    peer.ask(IncrementalAlterConfigsRequest(resources=[good, bad], validate_only=True), version, "one missing")
    peer.ask(IncrementalAlterConfigsRequest(resources=[good, good], validate_only=True), version, "twice")
    peer.ask(IncrementalAlterConfigsRequest(resources=[], validate_only=True), version, "none")


@scenario(IncrementalAlterConfigsRequest)
def settings_of_groups_and_of_metrics_are_changed(peer: Peer, version: int) -> None:
    group, metrics = peer.name("group"), peer.name("metrics")
    for kind, name, key, value in (
        (GROUP, group, "consumer.session.timeout.ms", "50000"),
        (CLIENT_METRICS, metrics, "interval.ms", "10000"),
    ):
        peer.ask(change(kind, name, (key, SET, value)), version, f"{kind}")
        peer.await_that(partial(is_set, peer, kind, name, key, value))
        peer.ask(describe_configs(kind, name, include_synonyms=True), 4, f"{kind}: what is set")
        # The list comes from whoever uses the settings, who may hear of them a moment after they can be described.
        peer.await_that(partial(is_listed, peer, kind, name))
        everything = ListConfigResourcesRequest(resource_types=[kind])
        peer.ask_for_mine(everything, 1, "config_resources", "resource_name", f"{kind}: listed")
        peer.ask(change(kind, name, (key, DELETE, None)), version, f"{kind}: unset")


@scenario(ListConfigResourcesRequest, answered=True)
def config_resources_are_listed(peer: Peer, version: int) -> None:
    peer.topic()
    peer.ask_for_mine(ListConfigResourcesRequest(), version, "config_resources", "resource_name", "all")
    if version >= 1:
        for kinds in (
            [TOPIC],
            [BROKER],
            [LOGGER],
            [CLIENT_METRICS],
            [GROUP],
            [0],
            [99],
            [-1],
            [TOPIC, 99],
            [TOPIC, TOPIC],
        ):
            request = ListConfigResourcesRequest(resource_types=kinds)
            peer.ask_for_mine(request, version, "config_resources", "resource_name", f"{kinds}")
