"""Probes of groups."""

from __future__ import annotations

from checking.bench import Bench, Refused, Session, probe, same, text, together, until, values


def filled(bench: Bench, partitions: int = 2) -> str:
    """A topic with one record in each partition."""
    topic = bench.topic(partitions=partitions)
    bench.helper.sent([{"topic": topic, "partition": index, "value": text(str(index))} for index in range(partitions)])
    return topic


def joined(session: Session, topic: str, count: int, **settings: object) -> list[dict]:
    """Subscribe, and the records that come."""
    session.ask("subscribe", topics=[topic], settings=settings)
    got: list[dict] = []
    until(
        lambda: got.extend(session.ask("poll", timeout_ms=2000, count=count - len(got))["records"]) or len(got) >= count
    )
    return got


@probe("groups")
def _(bench: Bench) -> None:
    topic, group, client = filled(bench), bench.name("group"), bench.client
    same(sorted(values(joined(client, topic, 2, group=group))), ["0", "1"])
    same(client.ask("assignment")["partitions"], [[topic, 0], [topic, 1]])
    client.ask("commit-offsets")
    client.ask("close", handle="consumer")
    same(bench.helper.admin("list-group-offsets", group=group)["offsets"], [[topic, 0, 1, ""], [topic, 1, 1, ""]])
    bench.helper.sent([{"topic": topic, "partition": 1, "value": text("later")}])
    same(values(joined(client, topic, 1, group=group)), ["later"])


@probe("unsubscribe")
def _(bench: Bench) -> None:
    topic, client = filled(bench), bench.client
    joined(client, topic, 2, group=bench.name("group"))
    client.ask("unsubscribe")
    same(client.ask("assignment")["partitions"], [])


@probe("rebalance-events")
def _(bench: Bench) -> None:
    topic, group, first = filled(bench), bench.name("group"), bench.client
    share(bench, topic, {"group": group})
    events = first.ask("poll", timeout_ms=500)["events"]
    assert isinstance(events, list)


def share(bench: Bench, topic: str, settings: dict) -> list[list]:
    """Two members come to have a partition each; return what the first was told. The second leaves again."""
    first, second = bench.client, bench.another()
    first.ask("subscribe", topics=[topic], settings=settings)
    events: list[list] = []
    owned = lambda: events.extend(first.ask("poll", timeout_ms=500)["events"]) or first.ask("assignment")["partitions"]  # noqa: E731
    until(lambda: owned() == [[topic, 0], [topic, 1]])
    same([["assigned", [[topic, 0], [topic, 1]]]], [each for each in events if each[1]])
    second.ask("subscribe", topics=[topic], settings=settings)
    other: list[list] = []

    def balanced() -> bool:
        together(owned, lambda: other.extend(second.ask("poll", timeout_ms=500)["events"]))
        mine, theirs = first.ask("assignment")["partitions"], second.ask("assignment")["partitions"]
        return len(mine) == len(theirs) == 1 and mine != theirs

    until(balanced, 30)
    owned()  # some clients change their assignment between polls, and tell at the next
    assert any(kind == "revoked" for kind, _ in events), events
    assert any(kind == "assigned" and partitions for kind, partitions in other), other
    second.close()
    until(lambda: owned() == [[topic, 0], [topic, 1]], 30)
    return events


@probe("cooperative")
def _(bench: Bench) -> None:
    topic = filled(bench)
    events = share(bench, topic, {"group": bench.name("group"), "assignor": "cooperative-sticky"})
    revoked = [partitions for kind, partitions in events if kind == "revoked" and partitions]
    same([len(each) for each in revoked], [1])


for assignor in ("range", "roundrobin", "sticky"):

    @probe(f"assignor-{assignor}")
    def _(bench: Bench, assignor: str = assignor) -> None:
        joined(bench.client, filled(bench), 2, group=bench.name("group"), assignor=assignor)


@probe("static-members")
def _(bench: Bench) -> None:
    topic, group = filled(bench), bench.name("group")
    joined(bench.client, topic, 2, group=group, instance="one")
    [member] = bench.helper.admin("describe-groups", groups=[group])["results"][group]["members"]
    same(member["instance"], "one")


@probe("static-fencing")
def _(bench: Bench) -> None:
    topic, group = filled(bench), bench.name("group")
    for member in ("older", "newer"):
        bench.client.ask("subscribe", consumer=member, topics=[topic], settings={"group": group, "instance": "one"})
        until(lambda member=member: bench.client.ask("poll", consumer=member, timeout_ms=2000)["records"])
        bench.client.ask("assignment", consumer=member)
    for _ in range(10):
        try:
            bench.client.ask("poll", consumer="older", timeout_ms=500)
            bench.client.ask("commit-offsets", consumer="older", offsets=[[topic, 0, 0]])
        except Refused as refused:
            if refused.name in ("FENCED_INSTANCE_ID", "FATAL"):
                return
            raise Refused({"do": "poll"}, {"error": "UNSUPPORTED", "message": refused.name}) from refused
    raise Refused({"do": "poll"}, {"error": "UNSUPPORTED", "message": "never told"})


@probe("pattern")
def _(bench: Bench) -> None:
    topic, client = filled(bench), bench.client
    client.ask("subscribe", pattern=topic[:-1] + "[" + topic[-1] + "]", settings={"group": bench.name("group")})
    got: list[dict] = []
    until(lambda: got.extend(client.ask("poll", timeout_ms=2000, count=2)["records"]) or len(got) >= 2)
    same({each["topic"] for each in got}, {topic})


@probe("consumer-protocol")
def _(bench: Bench) -> None:
    topic, group = filled(bench), bench.name("group")
    joined(bench.client, topic, 2, group=group, protocol="consumer")
    types = {each["group"]: each["type"] for each in bench.helper.admin("list-groups")["groups"]}
    same(types[group], "consumer")
    bench.client.ask("commit-offsets")


@probe("static-return")
def _(bench: Bench) -> None:
    topic, settings = filled(bench), {"group": bench.name("group"), "protocol": "consumer", "instance": "one"}
    joined(bench.client, topic, 2, **settings)
    bench.client.ask("close", handle="consumer")
    try:
        joined(bench.another(), topic, 2, **settings)
    except Refused as refusal:
        same(refusal.answer.get("error"), "UNRELEASED_INSTANCE_ID")
        raise Refused({"do": "close"}, {"error": "UNSUPPORTED", "message": "it left without its instance"}) from None


def share_group(bench: Bench) -> dict[str, str]:
    """The settings of a new share group that reads from the start."""
    group = bench.name("group")
    bench.helper.admin("alter-configs", resource=["group", group], set={"share.auto.offset.reset": "earliest"})
    return {"group": group, "protocol": "share"}


@probe("share-groups")
def _(bench: Bench) -> None:
    topic = filled(bench)
    got = joined(bench.client, topic, 2, **share_group(bench))
    same(sorted(values(got)), ["0", "1"])
    same({each.get("delivery_count", 1) for each in got}, {1})


@probe("acknowledge")
def _(bench: Bench) -> None:
    topic, client = filled(bench, 1), bench.client
    [got] = joined(client, topic, 1, **share_group(bench))
    for count, kind in ((2, "release"), (3, "release")):
        client.ask("acknowledge", offsets=[[topic, 0, got["offset"]]], type=kind)
        client.ask("commit-offsets")
        [again] = until(lambda: client.ask("poll", timeout_ms=3000, count=1)["records"])
        same([again["offset"], again.get("delivery_count", count)], [got["offset"], count])
    client.ask("acknowledge", offsets=[[topic, 0, got["offset"]]], type="accept")
    client.ask("commit-offsets")
    same(client.ask("poll", timeout_ms=1000)["records"], [])


@probe("committed")
def _(bench: Bench) -> None:
    topic, client = filled(bench), bench.client
    client.ask("assign", partitions=[[topic, 0], [topic, 1]], settings={"group": bench.name("group")})
    client.ask("commit-offsets", offsets=[[topic, 0, 1]])
    found = client.ask("committed", partitions=[[topic, 0], [topic, 1]])["offsets"]
    same([each[:3] for each in found], [[topic, 0, 1], [topic, 1, None]])


@probe("assign-in-group")
def _(bench: Bench) -> None:
    topic, group, client = filled(bench), bench.name("group"), bench.client
    client.ask("assign", partitions=[[topic, 0]], settings={"group": group})
    client.ask("commit-offsets", offsets=[[topic, 0, 1]])
    same([row[:3] for row in bench.helper.admin("list-group-offsets", group=group)["offsets"]], [[topic, 0, 1]])


@probe("commit-metadata")
def _(bench: Bench) -> None:
    topic, group, client = filled(bench), bench.name("group"), bench.client
    client.ask("assign", partitions=[[topic, 0]], settings={"group": group})
    client.ask("commit-offsets", offsets=[[topic, 0, 1]], metadata="note")
    [[*row]] = client.ask("committed", partitions=[[topic, 0]])["offsets"]
    if len(row) == 3:
        raise Refused({"do": "committed"}, {"error": "UNSUPPORTED", "message": "it does not tell the text"})
    same(row, [topic, 0, 1, "note"])
    [[*_, noted]] = bench.helper.admin("list-group-offsets", group=group)["offsets"]
    same(noted.rstrip("\0"), "note")  # confluent-kafka sends the end of its C string too


@probe("auto-commit")
def _(bench: Bench) -> None:
    topic, group = filled(bench), bench.name("group")
    joined(bench.client, topic, 2, group=group, auto_commit=True, auto_commit_ms=100)
    bench.client.ask("poll", timeout_ms=500)

    def found() -> bool:
        bench.client.ask("poll", timeout_ms=200)
        rows = bench.helper.admin("list-group-offsets", group=group)["offsets"]
        return sorted(each[:3] for each in rows) == [[topic, 0, 1], [topic, 1, 1]]

    until(found)


@probe("abandon")
def _(bench: Bench) -> None:
    topic, group = filled(bench), bench.name("group")
    joined(bench.client, topic, 2, group=group)
    try:
        bench.client.ask("close", handle="consumer", how="abandon")
    except Refused as refused:
        if refused.name == "UNSUPPORTED":
            raise
        raise AssertionError(str(refused)) from refused
    state = bench.helper.admin("describe-groups", groups=[group])["results"][group]
    same(len(state["members"]), 1)
