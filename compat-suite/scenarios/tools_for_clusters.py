"""What operators at a terminal rely on: the command-line tools for groups, nodes, moves, access and transactions."""

from __future__ import annotations

import json

from scenarios.tools import AUTHORIZER, LONG_S, asked, committed, numbered, says, table, told
from suite import World, holds, same, scenario

# Groups


@scenario(needs=["tool.kafka-consumer-groups"], feature="groups", seconds=LONG_S, rules=["2.7"])
def kafka_consumer_groups(world: World) -> None:
    """kafka-consumer-groups lists groups, shows their state and their lag, and deletes one."""
    topic = numbered(world, 5)
    group = committed(world, topic, 2)
    holds(group in asked(world, "kafka-consumer-groups", "--list").split(), "the group is not listed")
    state = asked(world, "kafka-consumer-groups", "--describe", "--group", group, "--state")
    same(table(state, "GROUP", "STATE", "#MEMBERS")[0][0], group)
    says(state, "Empty")
    described = asked(world, "kafka-consumer-groups", "--describe", "--group", group)
    same(
        table(described, "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG"),
        [[str(topic), "0", "2", "5", "3"]],
    )
    says(
        asked(world, "kafka-consumer-groups", "--delete", "--group", group),
        f"Deletion of requested consumer groups ('{group}') was successful.",
    )
    says(
        asked(world, "kafka-consumer-groups", "--delete", "--group", group),
        f"Group '{group}' could not be deleted",
        "GroupIdNotFoundException",
    )


@scenario(needs=["tool.kafka-consumer-groups"], feature="groups", seconds=LONG_S, rules=["2.7"])
def kafka_consumer_groups_resets(world: World) -> None:
    """kafka-consumer-groups only shows what a reset would do, does it with --execute, and deletes offsets."""
    topic = numbered(world, 5)
    group = committed(world, topic, 2)
    words = ("--group", group, "--topic", str(topic))
    tried = asked(world, "kafka-consumer-groups", "--reset-offsets", *words, "--to-earliest", "--dry-run")
    same(table(tried, "GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"), [[group, str(topic), "0", "0"]])
    same(world.committed(group, topic), {topic[0]: 2})
    for how, offset in ((("--to-latest",), 5), (("--shift-by", "-2"), 3), (("--to-offset", "1"), 1)):
        asked(world, "kafka-consumer-groups", "--reset-offsets", *words, *how, "--execute")
        same(world.committed(group, topic), {topic[0]: offset}, " ".join(how))
    deleted = asked(world, "kafka-consumer-groups", "--delete-offsets", *words)
    same(table(deleted, "TOPIC", "PARTITION", "STATUS"), [[str(topic), "0", "Successful"]])
    same(world.committed(group, topic), {topic[0]: None})


@scenario(needs=["tool.kafka-groups"], feature="groups", seconds=LONG_S, rules=["2.7"])
def kafka_groups(world: World) -> None:
    """kafka-groups lists groups of all kinds with their type."""
    group = committed(world, numbered(world, 1), 1)
    rows = table(asked(world, "kafka-groups", "--list"), "GROUP", "TYPE")
    holds([group, "Classic"] in rows, f"{group} is not in {rows}")
    same(
        table(asked(world, "kafka-groups", "--list", "--group-type", "classic"), "GROUP", "TYPE").count(
            [group, "Classic"]
        ),
        1,
    )


@scenario(needs=["tool.kafka-console-share-consumer", "tool.kafka-share-groups"], feature="share-groups",
          seconds=LONG_S, rules=["2.8"])  # fmt: skip
def kafka_share_groups(world: World) -> None:
    """A console share consumer reads a topic's records, and kafka-share-groups shows and deletes its group."""
    topic, group = numbered(world, 3), world.name("share")
    world.alter_group(group, {"share.auto.offset.reset": "earliest"})
    words = ("--topic", str(topic), "--group", group, "--max-messages", "3")
    same(sorted(asked(world, "kafka-console-share-consumer", *words).split()), ["0", "1", "2"])
    holds(group in asked(world, "kafka-share-groups", "--list").split(), "the group is not listed")
    world.until(
        lambda: "Empty" in asked(world, "kafka-share-groups", "--describe", "--state", "--group", group), within_s=90
    )
    says(asked(world, "kafka-share-groups", "--describe", "--group", group), str(topic))
    says(asked(world, "kafka-share-groups", "--delete", "--group", group), "successful")


@scenario(needs=["tool.kafka-share-consumer-perf-test"], feature="share-groups", seconds=LONG_S, rules=["2.8"])
def kafka_share_consumer_perf_test(world: World) -> None:
    """The share consumers' performance test reads as many records as it is told to."""
    topic, group = numbered(world, 50), world.name("share")
    world.alter_group(group, {"share.auto.offset.reset": "earliest"})
    printed = asked(
        world, "kafka-share-consumer-perf-test", "--topic", str(topic), "--group", group, "--num-records", "50"
    )
    head, row = (line.split(", ") for line in printed.splitlines()[-2:])
    same(dict(zip(head, row, strict=True))["data.consumed.in.nMsg"], "50")


@scenario(needs=["tool.kafka-verifiable-share-consumer"], feature="share-groups", seconds=LONG_S, rules=["2.8"])
def kafka_verifiable_share_consumer(world: World) -> None:
    """The verifiable share consumer tells of every record that it read and acknowledged."""
    topic, group = numbered(world, 10), world.name("share")
    world.alter_group(group, {"share.auto.offset.reset": "earliest"})
    words = ("--topic", str(topic), "--group-id", group, "--max-messages", "10")
    events = [json.loads(line) for line in asked(world, "kafka-verifiable-share-consumer", *words).splitlines()]
    same(sum(each["count"] for each in events if each["name"] == "records_consumed"), 10)
    same(sum(each["count"] for each in events if each["name"] == "offsets_acknowledged"), 10)


@scenario(needs=["tool.kafka-streams-groups"], feature="streams-groups", seconds=LONG_S, rules=["2.9"])
def kafka_streams_groups(world: World) -> None:
    """kafka-streams-groups lists the groups of Streams applications, and says of another that it is not there."""
    holds(world.server.bootstrap not in asked(world, "kafka-streams-groups", "--list"), "an address for a list")
    missing = asked(world, "kafka-streams-groups", "--describe", "--group", world.name("none"), refused=True)
    says(missing, "GroupIdNotFoundException")


# The cluster


@scenario(needs=["tool.kafka-cluster"], feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_cluster(world: World) -> None:
    """kafka-cluster prints the cluster's id and where its nodes listen."""
    printed = told(world, "kafka-cluster", "cluster-id", "--bootstrap-server", "ADDRESS")
    same(printed.strip(), f"Cluster ID: {world.server.cluster_id}")
    listed = told(world, "kafka-cluster", "list-endpoints", "--bootstrap-server", "ADDRESS")
    [[node, host, port]] = table(listed, "ID", "HOST", "PORT")
    same((node, f"{host}:{port}"), (str(world.server.node_ids[0]), world.server.bootstrap))


@scenario(needs=["tool.kafka-broker-api-versions"], feature="core", seconds=LONG_S, rules=["2.1"], picky=[1])
def kafka_broker_api_versions(world: World) -> None:
    """kafka-broker-api-versions prints each node, and of each key which of its versions can be used."""
    printed = told(world, "kafka-broker-api-versions", "--bootstrap-server", "ADDRESS")
    says(
        printed,
        f"{world.server.bootstrap} (id: {world.server.node_ids[0]} rack: ",
        "Produce(0): ",
        "Fetch(1): ",
        "[usable: ",
    )
    holds("ERROR" not in printed, printed[:500])


@scenario(needs=["tool.kafka-features"], feature="admin", seconds=LONG_S, rules=["2.1"])
def kafka_features(world: World) -> None:
    """kafka-features shows the features with their levels."""
    printed = asked(world, "kafka-features", "describe")
    says(printed, "Feature: metadata.version", "FinalizedVersionLevel: ", "Epoch: ")


@scenario(needs=["tool.kafka-features"], feature="cluster-changes", seconds=LONG_S, rules=["2.11"])
def kafka_features_beyond_all(world: World) -> None:
    """kafka-features refuses a level that no broker has, and ends with an error."""
    refused = asked(world, "kafka-features", "upgrade", "--feature", "transaction.version=99", refused=True)
    says(refused, "Could not upgrade transaction.version to 99.", "Invalid update version 99")


@scenario(needs=["tool.kafka-metadata-quorum"], feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_metadata_quorum(world: World) -> None:
    """kafka-metadata-quorum shows the cluster's id, its leader, and every replica of the metadata with its lag."""
    status = asked(world, "kafka-metadata-quorum", "describe", "--status")
    says(status, world.server.cluster_id, "LeaderId:", "LeaderEpoch:", "HighWatermark:", "CurrentVoters:")
    rows = table(asked(world, "kafka-metadata-quorum", "describe", "--replication"), "NodeId", "LogEndOffset", "Lag")
    holds([row[0] for row in rows] == [str(world.server.node_ids[0])] and rows[0][2] == "0", f"replicas {rows}")


@scenario(needs=["tool.kafka-log-dirs"], feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_log_dirs(world: World) -> None:
    """kafka-log-dirs prints, as one line of JSON, where each partition lies and how large it is."""
    topic = numbered(world, 5)
    printed = asked(world, "kafka-log-dirs", "--describe", "--topic-list", str(topic))
    found = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    [[broker]] = [found["brokers"]]
    logs = [each for folder in broker["logDirs"] for each in folder["partitions"]]
    same([(each["partition"], each["offsetLag"], each["isFuture"]) for each in logs], [(f"{topic}-0", 0, False)])
    holds(logs[0]["size"] > 0, f"size {logs[0]['size']}")


@scenario(needs=["tool.kafka-leader-election"], feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_leader_election(world: World) -> None:
    """kafka-leader-election says of a partition that its preferred replica leads already."""
    words = ("--election-type", "preferred", "--topic", str(world.topic()), "--partition", "0")
    says(asked(world, "kafka-leader-election", *words), "Valid replica already elected for partitions")


@scenario(needs=["tool.kafka-reassign-partitions"], nodes=3, feature="admin", seconds=LONG_S, rules=["2.11"])
def kafka_reassign_partitions(world: World) -> None:
    """kafka-reassign-partitions moves a partition, tells when the move is complete, and lists none afterwards."""
    one, two, _ = world.server.node_ids
    topic = world.topic(assignments=[[one]])
    wanted = {"version": 1, "partitions": [{"topic": str(topic), "partition": 0, "replicas": [two]}]}
    words, files = ("--reassignment-json-file", "moves.json"), {"moves.json": json.dumps(wanted)}
    done = asked(world, "kafka-reassign-partitions", *words, "--execute", files=files)
    says(done, f"Successfully started partition reassignment for {topic}-0")
    complete = f"Reassignment of partition {topic}-0 is completed."
    world.until(
        lambda: complete in asked(world, "kafka-reassign-partitions", *words, "--verify", files=files), within_s=90
    )
    world.until(lambda: world.server.leader(str(topic)) == two)
    says(asked(world, "kafka-reassign-partitions", "--list"), "No partition reassignments found.")


@scenario(needs=["tool.kafka-acls"], settings=AUTHORIZER, feature="acls", seconds=LONG_S, rules=["2.12"])
def kafka_acls(world: World) -> None:
    """kafka-acls adds rules of access, lists and removes them."""
    name = world.name("ruled")
    words = ("--allow-principal", "User:alice", "--operation", "Read", "--topic", name)
    asked(world, "kafka-acls", "--add", *words)
    rule = "(principal=User:alice, host=*, operation=READ, permissionType=ALLOW)"
    says(asked(world, "kafka-acls", "--list", "--topic", name), f"name={name}, patternType=LITERAL", rule)
    asked(world, "kafka-acls", "--remove", "--force", *words)
    holds(rule not in asked(world, "kafka-acls", "--list", "--topic", name), "the rule is still there")


@scenario(needs=["tool.kafka-acls"], feature="acls", seconds=LONG_S, rules=["2.12"])
def kafka_acls_without_an_authorizer(world: World) -> None:
    """Where nobody asks who may do what, kafka-acls says so: SecurityDisabledException."""
    says(asked(world, "kafka-acls", "--list", refused=True), "SecurityDisabledException")


@scenario(needs=["tool.kafka-delegation-tokens"], feature="tokens", seconds=LONG_S, rules=["2.12"])
def kafka_delegation_tokens(world: World) -> None:
    """kafka-delegation-tokens is refused a token by a listener that does not ask who is there."""
    words = ("--create", "--max-life-time-period", "-1", "--command-config", "client.properties")
    refused = asked(world, "kafka-delegation-tokens", *words, files={"client.properties": ""}, refused=True)
    says(refused, "Delegation Token requests are not allowed on PLAINTEXT")


# Producers and transactions


@scenario(needs=["tool.kafka-transactions"], feature="admin", seconds=LONG_S, rules=["2.4", "2.10"])
def kafka_transactions_of_producers(world: World) -> None:
    """kafka-transactions shows the producers of a partition, each with its epoch and last sequence."""
    topic = world.topic()
    told(
        world, "kafka-producer-perf-test", "--bootstrap-server", "ADDRESS", "--topic", str(topic), "--num-records", "5",
        "--record-size", "10", "--throughput", "-1",
    )  # fmt: skip
    printed = asked(world, "kafka-transactions", "describe-producers", "--topic", str(topic), "--partition", "0")
    same(table(printed, "ProducerEpoch", "LastSequence", "CurrentTransactionStartOffset"), [["0", "4", "None"]])


@scenario(needs=["tool.kafka-transactions"], feature="transactions", seconds=LONG_S, rules=["2.10"])
def kafka_transactions(world: World) -> None:
    """kafka-transactions lists and describes transactions, and finds none that hangs."""
    topic = world.topic()
    identity = world.name("transaction")
    told(
        world, "kafka-producer-perf-test", "--bootstrap-server", "ADDRESS", "--topic", str(topic), "--num-records", "5",
        "--record-size", "10", "--throughput", "-1", "--transactional-id", identity,
    )  # fmt: skip
    rows = table(asked(world, "kafka-transactions", "list"), "TransactionalId", "TransactionState")
    holds([identity, "CompleteCommit"] in rows, f"{identity} is not in {rows}")
    described = asked(world, "kafka-transactions", "describe", "--transactional-id", identity)
    same(table(described, "TransactionalId", "TransactionState"), [[identity, "CompleteCommit"]])
    hanging = asked(world, "kafka-transactions", "find-hanging", "--topic", str(topic))
    same(table(hanging, "Topic", "Partition", "ProducerId"), [])
