"""Probes of producing, reading and looking up."""

from __future__ import annotations

import time

from checking.bench import Bench, Refused, probe, same, text, until, values

MURMUR2_OF_SIX = [
    1,
    0,
    2,
    5,
    3,
    2,
    2,
    1,
    1,
    3,
    2,
    1,
]  # the partition of key-0, key-1 ... among six, as Java's clients choose


@probe("produce")
def _(bench: Bench) -> None:
    topic = bench.topic()
    sent = bench.client.send(topic, "a", "b")
    same([each["offset"] for each in sent], [0, 1])
    same(values(bench.helper.read(topic, 2)), ["a", "b"])
    bench.helper.ask("reset")


@probe("blind-produce")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.send(topic, "a", "b")
    same(values(bench.helper.read(topic, 2)), ["a", "b"])
    bench.helper.ask("reset")


@probe("consume")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, "a", "b")
    [first, second] = bench.client.read(topic, 2)
    same([first["topic"], first["partition"], first["offset"], second["offset"]], [topic, 0, 0, 1])
    same(values([first, second]), ["a", "b"])
    same(first["key"], None)
    same(first["headers"], [])
    assert first["timestamp"] is None or first["timestamp"] > 0  # messages of magic 0 have no time
    same(bench.client.ask("poll", consumer="reader", timeout_ms=100)["records"], [])


@probe("together")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.send(topic, *"abcdefghij", together=True)
    same(values(bench.client.read(topic, 10)), list("abcdefghij"))


@probe("unknown-is-refused")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.unsupported("fly")
    bench.client.unsupported("send", producer="odd", records=[], settings={"wings": 2})
    bench.client.unsupported("poll", consumer="odd", timeout_ms=1, settings={"wings": 2})
    bench.client.send(topic, "goes on")


@probe("null-values")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.sent(
        [{"topic": topic, "key": text("k"), "value": None}, {"topic": topic, "key": text("k"), "value": ""}]
    )
    [null, empty] = bench.client.read(topic, 2)
    same([null["value"], empty["value"], null["key"]], [None, "", text("k")])


@probe("null-key-and-value")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.sent([{"topic": topic, "key": None, "value": None}])
    [got] = bench.client.read(topic, 1)
    same([got["value"], got["key"]], [None, None])


@probe("headers")
def _(bench: Bench) -> None:
    topic = bench.topic()
    headers = [["a", text("1")], ["b", ""], ["a", text("2")]]
    bench.client.sent([{"topic": topic, "value": text("v"), "headers": headers}])
    same(bench.client.read(topic, 1)[0]["headers"], headers)


@probe("null-headers")
def _(bench: Bench) -> None:
    topic = bench.topic()
    headers = [["a", None]]
    bench.client.sent([{"topic": topic, "value": text("v"), "headers": headers}])
    same(bench.client.read(topic, 1)[0]["headers"], headers)


@probe("timestamps")
def _(bench: Bench) -> None:
    topic = bench.topic()
    now = int(time.time() * 1000) - 5000
    bench.client.sent([{"topic": topic, "value": text("v"), "timestamp": now}])
    [got] = bench.client.read(topic, 1)
    same([got["timestamp"], got.get("timestamp_type", "create")], [now, "create"])


@probe("append-time")
def _(bench: Bench) -> None:
    topic = bench.topic(**{"message.timestamp.type": "LogAppendTime"})
    bench.helper.sent([{"topic": topic, "value": text("v"), "timestamp": 1_500_000_000_000}])
    [got] = bench.client.read(topic, 1)
    if got["timestamp"] in {None, 1_500_000_000_000}:
        raise Refused({"do": "poll"}, {"error": "UNSUPPORTED", "message": "it does not tell the server's time"})
    same(got.get("timestamp_type", "append"), "append")


for codec in ("gzip", "snappy", "lz4", "zstd"):

    @probe(codec)
    def _(bench: Bench, codec: str = codec) -> None:
        topic = bench.topic()
        bench.client.send(topic, "a" * 5000, "b" * 5000, settings={"codec": codec, "linger_ms": 5}, together=True)
        same(values(bench.client.read(topic, 2)), ["a" * 5000, "b" * 5000])


@probe("acks-0")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.send(topic, "v", settings={"acks": "0"})
    same(values(bench.client.read(topic, 1)), ["v"])


@probe("acks-1")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.send(topic, "v", settings={"acks": "1"})
    same(values(bench.helper.read(topic, 1)), ["v"])
    bench.helper.ask("reset")


@probe("idempotent")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.client.send(topic, "v", settings={"idempotent": True, "acks": "all"})
    found = bench.helper.admin("describe-producers", partitions=[[topic, 0]])["producers"][0][2]
    assert len(found) == 1, f"{found}: the producer was not idempotent"


@probe("partition-choice")
def _(bench: Bench) -> None:
    topic = bench.topic(partitions=3)
    bench.client.sent([{"topic": topic, "value": text("v"), "partition": 2}])
    same([each["partition"] for each in bench.helper.read(topic, 1, partitions=3)], [2])
    bench.helper.ask("reset")


@probe("murmur2")
def _(bench: Bench) -> None:
    topic = bench.topic(partitions=6)
    records = [{"topic": topic, "key": text(f"key-{index}"), "value": text("v")} for index in range(12)]
    bench.client.sent(records, settings={"partitioner": "murmur2"})
    partitions = {each["key"]: each["partition"] for each in bench.helper.read(topic, 12, partitions=6)}
    same([partitions[each["key"]] for each in records], MURMUR2_OF_SIX)
    bench.helper.ask("reset")


@probe("auto-create")
def _(bench: Bench) -> None:
    topic = bench.name("made-by-sending")
    bench.client.send(topic, "v")
    same(values(bench.helper.read(topic, 1)), ["v"])
    bench.helper.ask("reset")


@probe("metadata")
def _(bench: Bench) -> None:
    topic = bench.topic(partitions=2)
    found = bench.client.ask("metadata", topics=[topic])
    [identity, host, port, rack] = found["brokers"][0]
    assert isinstance(port, int) and host and rack is None, found
    assert found["controller"] in [each[0] for each in found["brokers"]], found
    same(
        found["topics"],
        {topic: {"partitions": [[0, identity, [identity], [identity]], [1, identity, [identity], [identity]]]}},
    )
    assert topic in bench.client.ask("metadata", topics=None)["topics"]


@probe("seek")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, *"abcde")
    bench.client.read(topic, 5)
    bench.client.ask("seek", consumer="reader", offsets=[[topic, 0, 3]])
    got = bench.client.ask("poll", consumer="reader", timeout_ms=10_000, count=2)["records"]
    same(values(got), ["d", "e"])
    same(bench.client.ask("position", consumer="reader", partitions=[[topic, 0]])["offsets"], [[topic, 0, 5]])


@probe("pause")
def _(bench: Bench) -> None:
    topic = bench.topic()
    client = bench.client
    bench.helper.send(topic, "a")
    client.read(topic, 1)
    client.ask("pause", consumer="reader", partitions=[[topic, 0]])
    bench.helper.send(topic, "b")
    same(client.ask("poll", consumer="reader", timeout_ms=1500)["records"], [])
    client.ask("resume", consumer="reader", partitions=[[topic, 0]])
    same(values(client.ask("poll", consumer="reader", timeout_ms=10_000, count=1)["records"]), ["b"])


@probe("reset-none")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, "a")
    bench.client.ask(
        "assign", consumer="n", partitions=[[topic, 0]], settings={"reset": "none", "group": bench.name("g")}
    )
    same(bench.client.refusal("poll", consumer="n", timeout_ms=10_000), "NO_OFFSET")


@probe("reset-out-of-range")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, *"abc")
    bench.client.ask("assign", consumer="lost", partitions=[[topic, 0]], settings={"reset": "earliest"})
    try:
        bench.client.ask("seek", consumer="lost", offsets=[[topic, 0, 1000]])
        got = bench.client.ask("poll", consumer="lost", timeout_ms=10_000, count=3)["records"]
    except Refused as refusal:
        same(refusal.answer.get("error"), "OFFSET_OUT_OF_RANGE")
        got = []
    if not got:
        raise Refused({"do": "poll"}, {"error": "UNSUPPORTED", "message": "it stays beyond the end"})
    same(values(got), ["a", "b", "c"])


@probe("offsets")
def _(bench: Bench) -> None:
    topic = bench.topic(partitions=2)
    bench.helper.sent([{"topic": topic, "value": text(each), "partition": 0} for each in "abc"])
    wanted = [[topic, 0], [topic, 1]]
    for at, offsets in (("earliest", [0, 0]), ("latest", [3, 0])):
        found = bench.client.ask("offsets", partitions=wanted, at=at)["offsets"]
        same([each[:3] for each in found], [[topic, index, offset] for index, offset in enumerate(offsets)])


def timed(bench: Bench) -> tuple[str, int]:
    """A topic with records at base, base + 3000 and base + 2000 ms."""
    topic = bench.topic()
    base = int(time.time() * 1000) - 60_000
    records = [{"topic": topic, "value": text("v"), "timestamp": base + delay} for delay in (0, 3000, 2000)]
    bench.helper.sent(records)
    return topic, base


@probe("offsets-by-time")
def _(bench: Bench) -> None:
    topic, base = timed(bench)
    for after, offset in ((0, 0), (1, 1), (4000, None)):
        found = bench.client.ask("offsets", partitions=[[topic, 0]], at=base + after)["offsets"]
        same([each[:3] for each in found], [[topic, 0, offset]])


@probe("max-timestamp")
def _(bench: Bench) -> None:
    topic, _ = timed(bench)
    found = bench.client.ask("offsets", partitions=[[topic, 0]], at="max-timestamp")["offsets"]
    same([each[:3] for each in found], [[topic, 0, 1]])


@probe("fetch-limits")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, *["x" * 1000] * 20)
    limits = {"max_bytes": 2000, "partition_max_bytes": 1500, "min_bytes": 1, "max_wait_ms": 100}
    same(len(bench.client.read(topic, 20, **limits)), 20)


@probe("rack")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, "a")
    bench.client.read(topic, 1, rack="attic")


@probe("check-crcs")
def _(bench: Bench) -> None:
    topic = bench.topic()
    bench.helper.send(topic, "a")
    bench.client.read(topic, 1, check_crcs=True)


@probe("send-errors")
def _(bench: Bench) -> None:
    topic = bench.topic(**{"max.message.bytes": "1000"})
    fields = bench.client.ask("send", records=[{"topic": topic, "value": text("x" * 5000)}])["sent"]
    same(fields[0].get("error"), "MESSAGE_TOO_LARGE")


@probe("invalid-record")
def _(bench: Bench) -> None:
    topic = bench.topic(**{"cleanup.policy": "compact"})
    fields = bench.client.ask("send", records=[{"topic": topic, "value": text("no key")}])["sent"]
    if fields[0].get("error") != "INVALID_RECORD":
        raise Refused({"do": "send"}, {"error": "UNSUPPORTED", "message": fields[0]})


@probe("survives-refusal")
def _(bench: Bench) -> None:
    topic = bench.topic(**{"max.message.bytes": "1000"})
    bench.client.ask("send", records=[{"topic": topic, "value": text("x" * 5000)}])
    item = bench.client.ask("send", records=[{"topic": topic, "value": text("goes on")}])["sent"][0]
    if "error" in item:
        raise Refused({"do": "send"}, {"error": "UNSUPPORTED", "message": "a producer goes on after a refused record"})


@probe("transactions")
def _(bench: Bench) -> None:
    topic = bench.topic()
    client, identity = bench.client, bench.name("txn")
    settings = {"transactional_id": identity, "transaction_timeout_ms": 20_000}
    client.ask("begin", producer="t", settings=settings)
    client.send(topic, "aborted", producer="t")
    client.ask("abort", producer="t")
    client.ask("begin", producer="t")
    client.send(topic, "committed", producer="t")
    client.ask("commit", producer="t")
    same(values(bench.helper.read(topic, 1, isolation="read_committed")), ["committed"])
    bench.helper.ask("reset")


@probe("fencing")
def _(bench: Bench) -> None:
    topic = bench.topic()
    client, settings = bench.client, {"transactional_id": bench.name("txn")}
    client.ask("begin", producer="old", settings=settings)
    client.send(topic, "old", producer="old")
    client.ask("init", producer="new", settings=settings)
    name = None
    try:
        item = client.ask("send", producer="old", records=[{"topic": topic, "value": text("fenced")}])["sent"][0]
        name = item.get("error") or client.refusal("commit", producer="old")
    except Exception as error:
        name = getattr(error, "name", None) or repr(error)
    assert name in {"PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH"}, name


@probe("send-offsets")
def _(bench: Bench) -> None:
    topic, group = bench.topic(), bench.name("group")
    client = bench.client
    bench.helper.send(topic, "a", "b")
    client.ask("subscribe", consumer="c", topics=[topic], settings={"group": group})
    until(lambda: client.ask("poll", consumer="c", timeout_ms=5000, count=2)["records"])
    client.ask("begin", producer="t", settings={"transactional_id": bench.name("txn")})
    client.send(topic, "c", producer="t")
    client.ask("send-offsets", producer="t", consumer="c", offsets=[[topic, 0, 2]])
    client.ask("commit", producer="t")
    until(
        lambda: (
            [each[:3] for each in bench.helper.admin("list-group-offsets", group=group)["offsets"]] == [[topic, 0, 2]]
        )
    )


@probe("read-committed")
def _(bench: Bench) -> None:
    topic = bench.topic()
    helper = bench.helper
    helper.ask("begin", producer="t", settings={"transactional_id": bench.name("txn")})
    helper.send(topic, "aborted", producer="t")
    helper.ask("abort", producer="t")
    helper.ask("close", handle="t")
    helper.send(topic, "plain")
    same(values(bench.client.read(topic, 1, consumer="committed", isolation="read_committed")), ["plain"])
    got = bench.client.read(topic, 2, consumer="uncommitted", isolation="read_uncommitted")
    same(values(got), ["aborted", "plain"])
