"""What people at a terminal rely on: each of Kafka's command-line tools, its exit code and what it prints."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from suite import World, holds, same, scenario

if TYPE_CHECKING:
    from suite import Topic

LONG_S: Final = 150
"""A tool takes a second by itself, and a minute where many run."""
TOOL_S: Final = 100
AUTHORIZER: Final = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}


def told(
    world: World,
    name: str,
    *words: str,
    files: dict[str, str] | None = None,
    said: str = "",
    until: str | None = None,
    refused: bool = False,
) -> str:
    """Run a tool and return what it printed; it must end well, or with `refused` end badly.

    One that would go on is asked to end once it has printed `until`, which it may do in its own way.
    """
    answer = world.client.ask(
        "tool",
        within_s=TOOL_S,
        name=name,
        arguments=[word if word != "ADDRESS" else world.server.bootstrap for word in words],
        files=files,
        said=said,
        until=until,
    )
    printed = f"{answer['stdout']}{answer['stderr'] if refused else ''}"
    well = bool(answer["code"]) is refused or (until is not None and until in answer["stdout"])
    holds(well, f"{name} ended with {answer['code']}: {printed}{answer['stderr']}"[-2000:])
    return printed


def asked(world: World, name: str, *words: str, files: dict[str, str] | None = None, refused: bool = False) -> str:
    """Run a tool that takes the address first."""
    return told(world, name, "--bootstrap-server", "ADDRESS", *words, files=files, refused=refused)


def says(printed: str, *lines: str) -> None:
    """State that each of these stands in what was printed."""
    for line in lines:
        holds(line in printed, f"{line!r} is not in {printed[-1500:]!r}")


def table(printed: str, *columns: str) -> list[list[str]]:
    """Return these columns of a table that is printed with a row of headings."""
    rows = [line.split() for line in printed.splitlines() if line.strip()]
    head = next((row for row in rows if set(columns) <= set(row)), None)
    holds(head, f"no headings {columns} in {printed[-1000:]!r}")
    assert head is not None
    places = [head.index(column) for column in columns]
    return [[row[place] for place in places] for row in rows[rows.index(head) + 1 :] if len(row) > max(places)]


def numbered(world: World, count: int, partitions: int = 1) -> Topic:
    """Return a topic with so many records in its first partition, made by the runner."""
    topic = world.topic(partitions=partitions)
    told(
        world, "kafka-verifiable-producer", "--bootstrap-server", "ADDRESS", "--topic", str(topic),
        "--max-messages", str(count),
    )  # fmt: skip
    return topic


def committed(world: World, topic: Topic, offset: int) -> str:
    """Return a group without members that has committed this offset of the topic's first partition."""
    group = world.name("group")
    wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(str(topic), 0, offset)])
    [done] = world.server.admin.alter_consumer_group_offsets([wanted]).values()
    done.result(20)
    return group


# Topics and their records


@scenario(needs=["tool.kafka-topics"], feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_topics(world: World) -> None:
    """kafka-topics makes a topic, lists, describes, grows and deletes it."""
    name = world.name("made")
    words = ("--topic", name)
    made = asked(world, "kafka-topics", "--create", *words, "--partitions", "2", "--config", "retention.ms=60000")
    says(made, f"Created topic {name}.")
    world.known(name)
    says(asked(world, "kafka-topics", "--list"), f"{name}\n")
    asked(world, "kafka-topics", "--alter", *words, "--partitions", "3")
    world.until(lambda: world.known(name).partition_count == 3)
    described = asked(world, "kafka-topics", "--describe", *words)
    says(
        described,
        f"Topic: {name}\tTopicId: ",
        "PartitionCount: 3\tReplicationFactor: 1\tConfigs: ",
        "retention.ms=60000",
    )
    same(len(re.findall(r"\tPartition: \d\tLeader: (\d+)\tReplicas: \1\tIsr: \1", described)), 3, described)
    same(asked(world, "kafka-topics", "--delete", *words), "")
    missing = asked(world, "kafka-topics", "--describe", *words, refused=True)
    says(missing, f"Topic '{name}' does not exist as expected")


@scenario(needs=["tool.kafka-topics"], feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_topics_refusals(world: World) -> None:
    """kafka-topics tells why a topic is not made and ends with an error, which --if-not-exists forgives."""
    topic = str(world.topic())
    again = asked(world, "kafka-topics", "--create", "--topic", topic, refused=True)
    says(again, f"Topic '{topic}' already exists.", "TopicExistsException")
    asked(world, "kafka-topics", "--create", "--topic", topic, "--if-not-exists")
    wide = asked(
        world, "kafka-topics", "--create", "--topic", world.name("wide"), "--replication-factor", "9", refused=True
    )
    says(wide, "InvalidReplicationFactorException")
    for unhealthy in ("--under-replicated-partitions", "--unavailable-partitions", "--under-min-isr-partitions"):
        same(asked(world, "kafka-topics", "--describe", unhealthy, "--topic", topic), "", unhealthy)


@scenario(needs=["tool.kafka-console-producer", "tool.kafka-console-consumer"], seconds=LONG_S, rules=["2.2", "2.3"])
def kafka_console_producer_and_consumer(world: World) -> None:
    """What is typed into the console producer, keys and headers too, is what the console consumer prints."""
    topic = str(world.topic())
    lines = ["a:1,b:2\tkey\tvalue", "a:żółw\t~\tsecond", "~\tkey\t~"]
    reading = [
        word
        for name in ("parse.key=true", "parse.headers=true", "null.marker=~")
        for word in ("--reader-property", name)
    ]
    told(
        world, "kafka-console-producer", "--bootstrap-server", "ADDRESS", "--topic", topic, *reading,
        "--compression-codec", "gzip", said="".join(f"{line}\n" for line in lines),
    )  # fmt: skip
    shown = ("print.headers=true", "print.key=true", "print.offset=true", "print.partition=true", "null.literal=~")
    writing = [word for name in shown for word in ("--formatter-property", name)]
    printed = asked(
        world, "kafka-console-consumer", "--topic", topic, "--from-beginning", "--max-messages", "3", *writing
    )
    lines[2] = "NO_HEADERS\tkey\t~"
    same(printed.splitlines(), [f"Partition:0\tOffset:{number}\t{line}" for number, line in enumerate(lines)])


@scenario(
    needs=["tool.kafka-console-consumer", "tool.kafka-consumer-groups"], feature="groups", seconds=LONG_S, rules=["2.7"]
)
def kafka_console_consumer_in_a_group(world: World) -> None:
    """A console consumer in a group commits what it read, and kafka-consumer-groups shows how far it is."""
    topic, group = numbered(world, 5), world.name("group")
    words = ("--topic", str(topic), "--group", group, "--from-beginning", "--max-messages", "3")
    same(asked(world, "kafka-console-consumer", *words).split(), ["0", "1", "2"])
    described = asked(world, "kafka-consumer-groups", "--describe", "--group", group)
    rows = table(described, "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID")
    same(rows, [[str(topic), "0", "3", "5", "2", "-"]])


@scenario(needs=["tool.kafka-get-offsets"], feature="admin", seconds=LONG_S, rules=["2.6"])
def kafka_get_offsets(world: World) -> None:
    """kafka-get-offsets prints topic:partition:offset, by earliest, latest, and of chosen partitions alone."""
    topic = numbered(world, 4, partitions=2)
    ends = {f"{topic}:{partition[1]}:{offset}" for partition, offset in world.ends(topic).items()}
    same(set(asked(world, "kafka-get-offsets", "--topic", str(topic)).split()), ends)
    earliest = asked(world, "kafka-get-offsets", "--topic-partitions", f"{topic}:1", "--time", "earliest")
    same(earliest.split(), [f"{topic}:1:0"])
    says(
        asked(world, "kafka-get-offsets", "--topic", world.name("none"), refused=True),
        "Could not match any topic-partitions",
    )


@scenario(needs=["tool.kafka-delete-records"], feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_delete_records(world: World) -> None:
    """kafka-delete-records deletes up to an offset and prints the low watermark."""
    topic = numbered(world, 5)
    rows = {"version": 1, "partitions": [{"topic": str(topic), "partition": 0, "offset": 2}]}
    printed = asked(
        world, "kafka-delete-records", "--offset-json-file", "rows.json", files={"rows.json": json.dumps(rows)}
    )
    says(printed, f"partition: {topic}-0\tlow_watermark: 2")


@scenario(needs=["tool.kafka-producer-perf-test", "tool.kafka-consumer-perf-test"], seconds=LONG_S, rules=["2.3"])
def kafka_perf_tests(world: World) -> None:
    """The performance tests send and read as many records as they are told to, and print how fast."""
    topic = str(world.topic())
    sent = told(
        world, "kafka-producer-perf-test", "--bootstrap-server", "ADDRESS", "--topic", topic, "--num-records", "500",
        "--record-size", "100", "--throughput", "-1",
    )  # fmt: skip
    says(sent, "500 records sent", "99.9th")
    read = asked(world, "kafka-consumer-perf-test", "--topic", topic, "--num-records", "500")
    head, row = (line.split(", ") for line in read.splitlines()[-2:])
    same(dict(zip(head, row, strict=True))["data.consumed.in.nMsg"], "500")


@scenario(needs=["tool.kafka-e2e-latency"], seconds=LONG_S, rules=["2.3", "2.5"])
def kafka_e2e_latency(world: World) -> None:
    """kafka-e2e-latency sends each record, reads it back and prints percentiles."""
    printed = told(
        world, "kafka-e2e-latency", "--bootstrap-server", "ADDRESS", "--topic", str(world.topic()),
        "--num-records", "50", "--producer-acks", "all", "--record-size", "100",
    )  # fmt: skip
    says(printed, "Avg latency: ", "Percentiles: 50th = ")


@scenario(needs=["tool.kafka-verifiable-producer", "tool.kafka-verifiable-consumer"], feature="groups", seconds=LONG_S,
          rules=["2.3", "2.7"])  # fmt: skip
def kafka_verifiable_producer_and_consumer(world: World) -> None:
    """The verifiable programs tell of every record that was acknowledged, read and committed, a JSON object a line."""
    topic = str(world.topic())
    sent = asked(world, "kafka-verifiable-producer", "--topic", topic, "--max-messages", "20", "--acks", "-1")
    events = [json.loads(line) for line in sent.splitlines()]
    offsets = [each["offset"] for each in events if each["name"] == "producer_send_success"]
    same(sorted(offsets), list(range(20)))
    same([(each["sent"], each["acked"]) for each in events if each["name"] == "tool_data"], [(20, 20)])
    words = ("--topic", topic, "--group-id", world.name("group"), "--max-messages", "20", "--reset-policy", "earliest")
    events = [json.loads(line) for line in asked(world, "kafka-verifiable-consumer", *words).splitlines()]
    same(sum(each["count"] for each in events if each["name"] == "records_consumed"), 20)
    commits = [each for each in events if each["name"] == "offsets_committed"]
    holds(commits and all(each["success"] for each in commits), f"commits {commits}")
    same(commits[-1]["offsets"], [{"topic": topic, "partition": 0, "offset": 20}])


@scenario(needs=["tool.kafka-replica-verification"], seconds=LONG_S, rules=["2.5"])
def kafka_replica_verification(world: World) -> None:
    """kafka-replica-verification reads all replicas of a topic and finds no lag."""
    topic = numbered(world, 5)
    printed = told(
        world, "kafka-replica-verification", "--broker-list", "ADDRESS", "--topics-include", str(topic),
        "--report-interval-ms", "500", until="max lag is 0",
    )  # fmt: skip
    says(printed, "max lag is 0")


# Settings


@scenario(needs=["tool.kafka-configs"], feature="admin", seconds=LONG_S, rules=["2.11"], picky=[21])
def kafka_configs_of_a_topic(world: World) -> None:
    """kafka-configs sets a topic's setting, shows where its value comes from, and takes it back."""
    topic = str(world.topic())
    entity = ("--entity-type", "topics", "--entity-name", topic)
    done = asked(
        world, "kafka-configs", "--alter", *entity, "--add-config", "retention.ms=60000,cleanup.policy=[compact,delete]"
    )
    says(done, f"Completed updating config for topic {topic}.")
    described = asked(world, "kafka-configs", "--describe", *entity)
    says(
        described,
        f"Dynamic configs for topic {topic} are:",
        "  retention.ms=60000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=60000}",
        "  cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, "
        "DEFAULT_CONFIG:log.cleanup.policy=delete}",
    )
    asked(world, "kafka-configs", "--alter", *entity, "--delete-config", "cleanup.policy,retention.ms")
    same(asked(world, "kafka-configs", "--describe", *entity).splitlines(), [f"Dynamic configs for topic {topic} are:"])
    refused = asked(world, "kafka-configs", "--alter", *entity, "--add-config", "no.such.setting=1", refused=True)
    says(refused, "InvalidConfigurationException")


@scenario(needs=["tool.kafka-configs"], feature="admin", seconds=LONG_S, rules=["2.11"], picky=[21])
def kafka_configs_of_a_broker(world: World) -> None:
    """kafka-configs sets a broker's setting while it runs, for one and for all, and refuses one that is fixed."""
    node = str(world.server.node_ids[0])
    one, every = ("--entity-type", "brokers", "--entity-name", node), ("--entity-type", "brokers", "--entity-default")
    setting = "log.cleaner.io.buffer.load.factor"
    says(asked(world, "kafka-configs", "--alter", *one, "--add-config", f"{setting}=0.8"), f"for broker {node}.")
    asked(world, "kafka-configs", "--alter", *every, "--add-config", f"{setting}=0.7")
    sources = (
        f"DYNAMIC_BROKER_CONFIG:{setting}=0.8, DYNAMIC_DEFAULT_BROKER_CONFIG:{setting}=0.7, "
        f"DEFAULT_CONFIG:{setting}=0.9"
    )
    world.until(lambda: sources in asked(world, "kafka-configs", "--describe", *one), within_s=60)
    for entity in (one, every):
        asked(world, "kafka-configs", "--alter", *entity, "--delete-config", setting)
    refused = asked(world, "kafka-configs", "--alter", *one, "--add-config", "log.dirs=/tmp", refused=True)
    says(refused, "InvalidRequestException")


@scenario(needs=["tool.kafka-configs"], feature="admin", seconds=LONG_S, rules=["2.7", "2.11"])
def kafka_configs_of_a_group(world: World) -> None:
    """kafka-configs sets a group's setting, shows it and takes it back."""
    group = world.name("group")
    entity = ("--entity-type", "groups", "--entity-name", group)
    asked(world, "kafka-configs", "--alter", *entity, "--add-config", "consumer.session.timeout.ms=50000")
    says(asked(world, "kafka-configs", "--describe", *entity), "consumer.session.timeout.ms=50000 sensitive=false")
    asked(world, "kafka-configs", "--alter", *entity, "--delete-config", "consumer.session.timeout.ms")


@scenario(needs=["tool.kafka-configs"], feature="quotas", seconds=LONG_S, rules=["2.11"])
def kafka_configs_of_quotas(world: World) -> None:
    """kafka-configs sets a client's quota, shows it and takes it back."""
    client = world.name("client")
    entity = ("--entity-type", "clients", "--entity-name", client)
    asked(world, "kafka-configs", "--alter", *entity, "--add-config", "producer_byte_rate=1024")
    says(
        asked(world, "kafka-configs", "--describe", *entity),
        f"Quota configs for client-id '{client}' are producer_byte_rate=1024.0",
    )
    asked(world, "kafka-configs", "--alter", *entity, "--delete-config", "producer_byte_rate")
    holds("1024" not in asked(world, "kafka-configs", "--describe", *entity), "the quota is still there")


@scenario(needs=["tool.kafka-configs"], feature="security", seconds=LONG_S, rules=["2.12"])
def kafka_configs_of_users(world: World) -> None:
    """kafka-configs makes a user who comes by SCRAM, and never shows the password."""
    user = world.name("user")
    entity = ("--entity-type", "users", "--entity-name", user)
    asked(world, "kafka-configs", "--alter", *entity, "--add-config", "SCRAM-SHA-256=[iterations=8192,password=secret]")
    described = asked(world, "kafka-configs", "--describe", *entity)
    says(described, f"SCRAM credential configs for user-principal '{user}' are SCRAM-SHA-256=iterations=8192")
    holds("secret" not in described, "the password is shown")
    asked(world, "kafka-configs", "--alter", *entity, "--delete-config", "SCRAM-SHA-256")


@scenario(needs=["tool.kafka-client-metrics"], feature="telemetry", seconds=LONG_S, rules=["2.11"])
def kafka_client_metrics(world: World) -> None:
    """kafka-client-metrics makes a subscription to the metrics of clients, lists, describes and deletes it."""
    name = world.name("metrics")
    words = ("--alter", "--name", name, "--metrics", "org.apache.kafka.consumer.", "--interval", "10000")
    says(asked(world, "kafka-client-metrics", *words), f"Altered client metrics config for {name}.")
    world.until(lambda: name in asked(world, "kafka-client-metrics", "--list").split(), within_s=60)
    says(
        asked(world, "kafka-client-metrics", "--describe", "--name", name),
        "interval.ms=10000",
        "metrics=org.apache.kafka.consumer.",
    )
    says(asked(world, "kafka-client-metrics", "--delete", "--name", name), f"Deleted client metrics config for {name}.")
