"""Probes of the administrative calls."""

from __future__ import annotations

from checking.bench import Bench, Refused, probe, same, text, until
from checking.groups import joined


def committed_group(bench: Bench) -> tuple[str, str]:
    """A topic of two partitions and a group without members that has committed [0, 1] of it."""
    topic, group = bench.topic(partitions=2), bench.name("group")
    bench.helper.sent([{"topic": topic, "partition": 0, "value": text("a")}])
    bench.helper.admin("alter-group-offsets", group=group, offsets=[[topic, 0, 1]])
    return topic, group


def errors_of(items: dict) -> dict:
    return {name: item and item.get("error") for name, item in items.items()}


@probe("admin.create-topics")
def _(bench: Bench) -> None:
    name, other = bench.name(), bench.name()
    wanted = {"name": name, "partitions": 3, "replicas": 1, "configs": {"retention.ms": "1000"}}
    same(bench.client.admin("create-topics", topics=[wanted])["results"], {name: None})
    results = bench.client.admin("create-topics", topics=[wanted, {"name": other, "partitions": 1, "replicas": 1}])[
        "results"
    ]
    same(errors_of(results), {name: "TOPIC_ALREADY_EXISTS", other: None})
    found = bench.helper.admin("describe-topics", topics=[name])["results"][name]
    same(len(found["partitions"]), 3)


@probe("admin.create-topics-validate")
def _(bench: Bench) -> None:
    name = bench.name()
    wanted = {"name": name, "partitions": 3, "replicas": 1}
    same(bench.client.admin("create-topics", topics=[wanted], validate_only=True)["results"], {name: None})
    assert name not in bench.helper.admin("list-topics")["topics"]


@probe("admin.create-topics-assigned")
def _(bench: Bench) -> None:
    name = bench.name()
    same(
        bench.client.admin("create-topics", topics=[{"name": name, "assignments": [[0], [0]]}])["results"], {name: None}
    )
    same(len(bench.helper.admin("describe-topics", topics=[name])["results"][name]["partitions"]), 2)


@probe("admin.delete-topics")
def _(bench: Bench) -> None:
    topic, none = bench.topic(), bench.name("none")
    results = bench.client.admin("delete-topics", topics=[topic, none])["results"]
    same(errors_of(results), {topic: None, none: "UNKNOWN_TOPIC_OR_PARTITION"})


@probe("admin.list-topics")
def _(bench: Bench) -> None:
    topic, _ = committed_group(bench)
    found = bench.client.admin("list-topics")["topics"]
    assert topic in found and found == sorted(found) and "__consumer_offsets" not in found, found
    assert "__consumer_offsets" in bench.client.admin("list-topics", internal=True)["topics"]


@probe("admin.describe-topics")
def _(bench: Bench) -> None:
    topic, none = bench.topic(partitions=2), bench.name("none")
    found = bench.client.admin("describe-topics", topics=[topic, none])["results"]
    same(found[none]["error"], "UNKNOWN_TOPIC_OR_PARTITION")
    same(
        [found[topic].get("internal", False), found[topic]["partitions"]], [False, [[0, 0, [0], [0]], [1, 0, [0], [0]]]]
    )


@probe("admin.create-partitions")
def _(bench: Bench) -> None:
    topic, none = bench.topic(), bench.name("none")
    results = bench.client.admin("create-partitions", topics={topic: 3, none: 2})["results"]
    same(errors_of(results), {topic: None, none: "UNKNOWN_TOPIC_OR_PARTITION"})
    same(
        errors_of(bench.client.admin("create-partitions", topics={topic: 1})["results"]), {topic: "INVALID_PARTITIONS"}
    )


@probe("admin.delete-records")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, *"abcd")
    same(bench.client.admin("delete-records", offsets=[[topic, 0, 2]])["partitions"], [[topic, 0, 2]])
    [[*place, item]] = bench.client.admin("delete-records", offsets=[[topic, 0, 9]])["partitions"]
    same([place, item["error"]], [[topic, 0], "OFFSET_OUT_OF_RANGE"])


@probe("admin.describe-configs")
def _(bench: Bench) -> None:
    topic = bench.topic(**{"retention.ms": "12345"})
    [found, broker] = bench.client.admin("describe-configs", resources=[["topic", topic], ["broker", "0"]])["configs"]
    same(found["retention.ms"]["value"], "12345")
    assert found["retention.ms"].get("source", "DYNAMIC_TOPIC_CONFIG") == "DYNAMIC_TOPIC_CONFIG", found["retention.ms"]
    assert len(found) > 20 and len(broker) > 50


@probe("admin.describe-configs-errors")
def _(bench: Bench) -> None:
    try:
        [found] = bench.client.admin("describe-configs", resources=[["topic", bench.name("none")]])["configs"]
    except Refused as refused:
        found = refused.answer
    if found.get("error") != "UNKNOWN_TOPIC_OR_PARTITION":
        raise Refused({"do": "admin"}, {"error": "UNSUPPORTED", "message": found})


@probe("admin.describe-configs-names")
def _(bench: Bench) -> None:
    topic = bench.topic()
    [one] = bench.client.admin("describe-configs", resources=[["topic", topic]], names=["cleanup.policy"])["configs"]
    same(list(one), ["cleanup.policy"])


@probe("admin.alter-configs")
def _(bench: Bench) -> None:
    topic = bench.topic(**{"retention.ms": "12345"})
    changes = {"set": {"max.message.bytes": "5000"}, "delete": ["retention.ms"]}
    same(bench.client.admin("alter-configs", resource=["topic", topic], **changes)["results"], {topic: None})
    [found] = bench.helper.admin("describe-configs", resources=[["topic", topic]])["configs"]
    same([found["max.message.bytes"]["value"], found["retention.ms"]["value"]], ["5000", "604800000"])
    results = bench.client.admin("alter-configs", resource=["topic", topic], set={"segment.bytes": "-7"})["results"]
    same(errors_of(results), {topic: "INVALID_CONFIG"})


@probe("admin.alter-configs-lists")
def _(bench: Bench) -> None:
    topic = bench.topic()
    changes = {"append": {"cleanup.policy": "compact"}, "subtract": {}}
    same(bench.client.admin("alter-configs", resource=["topic", topic], **changes)["results"], {topic: None})
    same(
        bench.client.admin("alter-configs", resource=["topic", topic], subtract={"cleanup.policy": "delete"})[
            "results"
        ],
        {topic: None},
    )
    [found] = bench.helper.admin("describe-configs", resources=[["topic", topic]])["configs"]
    same(found["cleanup.policy"]["value"], "compact")


@probe("admin.replace-configs")
def _(bench: Bench) -> None:
    topic = bench.topic(**{"retention.ms": "12345"})
    same(
        bench.client.admin("replace-configs", resource=["topic", topic], set={"max.message.bytes": "5000"})["results"],
        {topic: None},
    )
    [found] = bench.helper.admin("describe-configs", resources=[["topic", topic]])["configs"]
    same(found["max.message.bytes"]["value"], "5000")


@probe("admin.list-groups")
def _(bench: Bench) -> None:
    _, group = committed_group(bench)
    [found] = [each for each in bench.client.admin("list-groups")["groups"] if each["group"] == group]
    assert str(found.get("state", "empty")).lower() == "empty", found


@probe("admin.list-groups-filtered")
def _(bench: Bench) -> None:
    _, group = committed_group(bench)
    assert group in [
        each["group"] for each in bench.client.admin("list-groups", states=["Empty"], types=["classic"])["groups"]
    ]
    assert group not in [each["group"] for each in bench.client.admin("list-groups", states=["Stable"])["groups"]]


@probe("admin.describe-groups")
def _(bench: Bench) -> None:
    topic, group = bench.topic(), bench.name("group")
    bench.helper.send(topic, "a")
    joined(bench.helper, topic, 1, group=group)
    found = bench.client.admin("describe-groups", groups=[group])["results"][group]
    [member] = found["members"]
    bench.helper.ask("close", handle="consumer")
    same([found["state"], found.get("protocol", "range"), member["partitions"]], ["Stable", "range", [[topic, 0]]])


@probe("admin.describe-groups-newer")
def _(bench: Bench) -> None:
    topic, group = bench.topic(), bench.name("group")
    bench.helper.send(topic, "a")
    joined(bench.another(), topic, 1, group=group, protocol="consumer")
    found = bench.client.admin("describe-groups", groups=[group])["results"][group]
    if found["state"].lower() == "dead":  # of the classic protocol it knows no such group
        raise Refused({"do": "admin"}, {"error": "UNSUPPORTED", "message": found})
    same([found["state"].lower(), len(found["members"])], ["stable", 1])


@probe("admin.delete-groups")
def _(bench: Bench) -> None:
    _, group = committed_group(bench)
    results = bench.client.admin("delete-groups", groups=[group])["results"]
    same(errors_of(results), {group: None})
    none = bench.name("none")
    same(errors_of(bench.client.admin("delete-groups", groups=[none])["results"]), {none: "GROUP_ID_NOT_FOUND"})


@probe("admin.remove-members")
def _(bench: Bench) -> None:
    topic, group = bench.topic(), bench.name("group")
    bench.helper.send(topic, "a")
    joined(bench.helper, topic, 1, group=group, instance="one")
    bench.client.admin("remove-members", group=group, instances=["one"])
    found = bench.helper.admin("describe-groups", groups=[group])["results"][group]
    bench.helper.ask("close", handle="consumer")
    same(found["members"], [])


@probe("admin.list-group-offsets")
def _(bench: Bench) -> None:
    topic, group = committed_group(bench)
    same([each[:3] for each in bench.client.admin("list-group-offsets", group=group)["offsets"]], [[topic, 0, 1]])
    found = bench.client.admin("list-group-offsets", group=group, partitions=[[topic, 0], [topic, 1]])["offsets"]
    same([each[:3] for each in found], [[topic, 0, 1], [topic, 1, None]])


@probe("admin.alter-group-offsets")
def _(bench: Bench) -> None:
    topic, group = committed_group(bench)
    same(
        bench.client.admin("alter-group-offsets", group=group, offsets=[[topic, 1, 0]])["partitions"],
        [[topic, 1, None]],
    )
    found = bench.helper.admin("list-group-offsets", group=group)["offsets"]
    same([each[:3] for each in found], [[topic, 0, 1], [topic, 1, 0]])


@probe("admin.alter-group-offsets-looks")
def _(bench: Bench) -> None:
    topic, group = bench.topic(), bench.name("group")
    bench.helper.send(topic, "a")
    joined(bench.helper, topic, 1, group=group)
    try:
        [[*_, item]] = bench.client.admin("alter-group-offsets", group=group, offsets=[[topic, 0, 0]])["partitions"]
    except Refused as refused:
        item = refused.answer
    refusal = item and item["error"]
    bench.helper.ask("close", handle="consumer")
    if refusal in ("UNKNOWN_MEMBER_ID", "UNSUPPORTED"):  # it leaves that to the server, or has no such call
        raise Refused({"do": "admin"}, {"error": "UNSUPPORTED", "message": refusal})
    same(refusal, "INVALID_ARGUMENT")


@probe("admin.delete-group-offsets")
def _(bench: Bench) -> None:
    topic, group = committed_group(bench)
    same(
        bench.client.admin("delete-group-offsets", group=group, partitions=[[topic, 0]])["partitions"],
        [[topic, 0, None]],
    )
    same(bench.helper.admin("list-group-offsets", group=group)["offsets"], [])


@probe("admin.list-offsets")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, *"abc")
    for at, offset in (("earliest", 0), ("latest", 3), (1, 0)):
        found = bench.client.admin("list-offsets", partitions=[[topic, 0]], at=at)["offsets"]
        same([each[:3] for each in found], [[topic, 0, offset]])


@probe("admin.describe-cluster")
def _(bench: Bench) -> None:
    found = bench.client.admin("describe-cluster")
    assert found["cluster"] and found["controller"] in [each[0] for each in found["brokers"]], found


@probe("admin.describe-log-dirs")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, "a" * 1000)
    found = bench.client.admin("describe-log-dirs", brokers=[0])["logs"]
    [size] = [row[3] for row in found if row[1:3] == [topic, 0]]
    assert size > 1000, size


@probe("admin.elect-leaders")
def _(bench: Bench) -> None:
    topic = bench.topic()
    [[*place, item]] = bench.client.admin("elect-leaders", partitions=[[topic, 0]], kind="preferred")["partitions"]
    same([place, item["error"]], [[topic, 0], "ELECTION_NOT_NEEDED"])


@probe("admin.reassign")
def _(bench: Bench) -> None:
    topic = bench.topic()
    same(bench.client.admin("reassign", assignments=[[topic, 0, [0]]])["partitions"], [[topic, 0, None]])
    [[*_, item]] = bench.client.admin("reassign", assignments=[[topic, 0, None]])["partitions"]
    same(item["error"], "NO_REASSIGNMENT_IN_PROGRESS")


@probe("admin.list-reassignments")
def _(bench: Bench) -> None:
    same(bench.client.admin("list-reassignments")["partitions"], [])


@probe("admin.describe-producers")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, "a", producer="idempotent", settings={"idempotent": True})
    [[*_, found]] = bench.client.admin("describe-producers", partitions=[[topic, 0]])["producers"]
    same([found[0]["epoch"], found[0]["last_sequence"]], [0, 0])


@probe("admin.describe-features")
def _(bench: Bench) -> None:
    found = bench.client.admin("describe-features")
    same(len(found["finalized"]["metadata.version"]), 2)
    assert found["supported"]["group.version"] == [0, 1], found


@probe("admin.update-features")
def _(bench: Bench) -> None:
    level = bench.helper.admin("describe-features")["finalized"]["transaction.version"][1]
    results = bench.client.admin("update-features", features={"transaction.version": level})["results"]
    same(errors_of(results), {"transaction.version": None})


@probe("admin.describe-quorum")
def _(bench: Bench) -> None:
    found = bench.client.admin("describe-quorum")
    assert found["leader"] in found["voters"] and found["epoch"] > 0, found


def ongoing(bench: Bench) -> tuple[str, str]:
    """A topic, and the id of a transaction in it that goes on."""
    topic, identity = bench.topic(), bench.name("txn")
    bench.helper.ask("begin", producer="ongoing", settings={"transactional_id": identity})
    bench.helper.send(topic, "a", producer="ongoing")
    return topic, identity


def ended(bench: Bench) -> None:
    bench.helper.ask("abort", producer="ongoing")
    bench.helper.ask("close", handle="ongoing")


@probe("admin.list-transactions")
def _(bench: Bench) -> None:
    _, identity = ongoing(bench)
    found = bench.client.admin("list-transactions")["transactions"]
    ended(bench)
    same([each["state"] for each in found if each["id"] == identity], ["Ongoing"])


@probe("admin.describe-transactions")
def _(bench: Bench) -> None:
    topic, identity = ongoing(bench)
    found = bench.client.admin("describe-transactions", ids=[identity, "none"])["results"]
    ended(bench)
    same([found[identity]["state"], found[identity]["partitions"]], ["Ongoing", [[topic, 0]]])
    same(found["none"]["error"], "TRANSACTIONAL_ID_NOT_FOUND")


@probe("admin.abort-transaction")
def _(bench: Bench) -> None:
    topic, _ = ongoing(bench)
    [[*_, [state]]] = bench.helper.admin("describe-producers", partitions=[[topic, 0]])["producers"]
    bench.client.admin(
        "abort-transaction", partition=[topic, 0], producer_id=state["producer_id"], epoch=state["epoch"]
    )
    until(
        lambda: (
            bench.helper.admin("list-offsets", partitions=[[topic, 0]], at="latest", isolation="read_committed")[
                "offsets"
            ][0][2]
            == 2
        )
    )
    bench.helper.ask("close", handle="ongoing", how="abandon")


@probe("admin.fence-producers")
def _(bench: Bench) -> None:
    _, identity = ongoing(bench)
    results = bench.client.admin("fence-producers", ids=[identity])["results"]
    bench.helper.ask("close", handle="ongoing", how="abandon")
    same(results, {identity: None})


ACL = {
    "resource_type": "topic",
    "name": "check",
    "pattern": "prefixed",
    "principal": "User:check",
    "host": "*",
    "operation": "read",
    "permission": "allow",
}


@probe("admin.create-acls")
def _(bench: Bench) -> None:
    same(bench.client.admin("create-acls", acls=[ACL])["acls"], [None])


@probe("admin.describe-acls")
def _(bench: Bench) -> None:
    same(bench.helper.admin("create-acls", acls=[ACL])["acls"], [None])
    same(bench.client.admin("describe-acls", acls=[{"principal": "User:check"}])["acls"], [ACL])


@probe("admin.delete-acls")
def _(bench: Bench) -> None:
    same(bench.helper.admin("create-acls", acls=[ACL])["acls"], [None])
    same(bench.client.admin("delete-acls", acls=[{"principal": "User:check", "name": "check"}])["acls"], [ACL])


@probe("admin.alter-scram")
def _(bench: Bench) -> None:
    user = bench.name("user")
    upsert = [{"user": user, "mechanism": "SCRAM-SHA-512", "iterations": 4096, "password": "secret"}]
    same(bench.client.admin("alter-scram", upsert=upsert)["results"], {user: None})
    found = bench.helper.admin("describe-scram", users=[user])["results"]
    same(found, {user: [{"mechanism": "SCRAM-SHA-512", "iterations": 4096}]})
    same(
        bench.client.admin("alter-scram", delete=[{"user": user, "mechanism": "SCRAM-SHA-512"}])["results"],
        {user: None},
    )


@probe("admin.describe-scram")
def _(bench: Bench) -> None:
    user = bench.name("user")
    upsert = [{"user": user, "mechanism": "SCRAM-SHA-256", "iterations": 8192, "password": "secret"}]
    same(bench.helper.admin("alter-scram", upsert=upsert)["results"], {user: None})
    found = bench.client.admin("describe-scram", users=[user])["results"]
    same(found, {user: [{"mechanism": "SCRAM-SHA-256", "iterations": 8192}]})


@probe("admin.alter-quotas")
def _(bench: Bench) -> None:
    entity = {"user": bench.name("user")}
    bench.client.admin("alter-quotas", entity=entity, set={"producer_byte_rate": 1000.0})
    bench.client.admin("alter-quotas", entity=entity, delete=["producer_byte_rate"])


@probe("admin.describe-quotas")
def _(bench: Bench) -> None:
    entity = {"user": bench.name("user")}
    bench.client.admin("alter-quotas", entity=entity, set={"producer_byte_rate": 1000.0})
    found = bench.client.admin("describe-quotas", entity=entity)["quotas"]
    bench.client.admin("alter-quotas", entity=entity, delete=["producer_byte_rate"])
    same(found, [{"entity": entity, "values": {"producer_byte_rate": 1000.0}}])


@probe("admin.list-config-resources")
def _(bench: Bench) -> None:
    topic = bench.topic()
    assert ["topic", topic] in bench.client.admin("list-config-resources", types=["topic"])["resources"]


@probe("admin.create-token")
def _(bench: Bench) -> None:
    same(bench.client.refusal("admin", call="create-token"), "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED")
