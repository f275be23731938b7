"""The rows of the bench: what each is, and what this project wants to reach."""

from __future__ import annotations

from benchmarks import files, latency, throughput, transactions
from benchmarks.samples import Figure, Row

CPU_PER_GB = "server CPU, s/GB"
RECORDS_RATE = Figure("rate", "records/s", more_is_better=True)
RATIO = "times the CPU of memory"
CPU_PER_OPERATION = Figure("cpu", "server CPU, us each")
CPU_PER_TRANSACTION = "server CPU, ms each"

ROWS = (
    Row(
        "start",
        "start",
        "A new process, until a Metadata request is answered and names a broker; asked every millisecond, the "
        "median of 3. The real Kafka's storage is formatted before. Memory is what is resident at that moment.",
        (Figure("time", "ms", 150), Figure("memory", "MB resident", 45)),
        latency.start,
    ),
    Row(
        "produce-100",
        "produce 100 B",
        "3,000,000 records with `rdkafka_performance -P -a -1` (linger 1 s, batches of up to 1 MB), one partition.",
        (Figure("cpu", CPU_PER_GB, 4.5), RECORDS_RATE),
        throughput.produce_small,
    ),
    Row(
        "produce-1k",
        "produce 1 KiB",
        "The same with 1,000,000 records.",
        (Figure("cpu", CPU_PER_GB, 2.5), RECORDS_RATE),
        throughput.produce_kibibyte,
    ),
    Row(
        "produce-900k",
        "produce 900 kB",
        "The same with 1,000 records, each a request of its own.",
        (Figure("cpu", CPU_PER_GB, 2.5), RECORDS_RATE),
        throughput.produce_large,
    ),
    Row(
        "consume-1k",
        "consume 1 KiB",
        "`rdkafka_performance -C` from the beginning of 1,000,000 records.",
        (Figure("cpu", CPU_PER_GB, 0.6), RECORDS_RATE),
        throughput.consume_kibibyte,
    ),
    Row(
        "produce-java",
        "kafka-producer-perf-test",
        "500,000 records of 1,000 B with Kafka's own tool: acks=all, linger.ms=5, batches of 16 kB, idempotent, one "
        "partition. The tool's virtual machine starts and warms up within the time.",
        (Figure("cpu", CPU_PER_GB, 4), Figure("rate", "records/s", 70_000, more_is_better=True)),
        throughput.produce_from_java,
    ),
    Row(
        "acknowledge",
        "acknowledgement, one at a time",
        "3,000 records of 92 B, acks=all, linger.ms=0: from `produce()` to the delivery report; the next is written "
        "after it.",
        (Figure("p50", "ms p50", 0.25), Figure("p99", "ms p99", 0.6), CPU_PER_OPERATION),
        latency.acknowledge,
    ),
    Row(
        "produce-to-consume",
        "produce to consume, one at a time",
        "2,000 records of 92 B: from `produce()` until the `poll()` of a consumer in the same process has it; its "
        "fetch waits at the server.",
        (Figure("p50", "ms p50", 0.4), Figure("p99", "ms p99", 1.0), CPU_PER_OPERATION),
        latency.produce_to_consume,
    ),
    Row(
        "fan-out",
        "20,000 records over 1,000 partitions",
        "acks=all, linger.ms=0, batch.num.messages=1: every record is a batch and a request of its own, pipelined. "
        "Creating the topic is not counted.",
        (Figure("cpu", "server CPU, us per record", 60), RECORDS_RATE),
        throughput.fan_out,
    ),
    Row(
        "test-cycle",
        "the test cycle",
        "Create a topic, write 10 records and flush, join a new group, read them, commit, leave, delete the topic; all "
        "clients new each time. The median of 15 in a round. About 200 ms are librdkafka's own timers.",
        (Figure("time", "ms", 215), Figure("cpu", "server CPU, ms each")),
        latency.test_cycle,
    ),
    Row(
        "commit",
        "synchronous offset commit",
        "2,000 commits of one partition by the only member of a group, `commit(asynchronous=False)`.",
        (Figure("p50", "ms p50", 0.3), Figure("p99", "ms p99", 0.8), CPU_PER_OPERATION),
        latency.commit,
    ),
    Row(
        "transaction",
        "transaction over 3 partitions",
        "1,000 transactions of one librdkafka producer, one after the other: begin, a record of 92 B to each of 3 "
        "partitions, commit. librdkafka announces partitions itself (the older protocol).",
        (Figure("p50", "ms p50", 1.9), Figure("p99", "ms p99", 4), Figure("cpu", CPU_PER_TRANSACTION, 0.8)),
        transactions.three_partitions,
    ),
    Row(
        "transaction-100",
        "transaction over 100 partitions",
        "The same with 60 transactions, each with a record to every one of 100 partitions.",
        (Figure("p50", "ms p50", 10), Figure("p99", "ms p99"), Figure("cpu", CPU_PER_TRANSACTION)),
        transactions.hundred_partitions,
    ),
    Row(
        "transaction-java",
        "transactions of kafka-producer-perf-test",
        "200,000 records of 1,000 B as in `produce-java`, in transactions that end every 5 ms; the broker adds their "
        "partitions (the newer protocol, KIP-890). How many transactions there were is told by the markers in the log.",
        (Figure("cpu", CPU_PER_TRANSACTION, below_kafka=True), RECORDS_RATE),
        transactions.from_java,
    ),
    Row(
        "produce-idempotent",
        "produce 1 KiB, idempotent",
        "As `produce-1k` with `enable.idempotence`; the ratio is to the same work without it, done in between.",
        (Figure("cpu", CPU_PER_GB), Figure("ratio", "times the CPU of plain", 1.1), RECORDS_RATE),
        transactions.idempotent_kibibyte,
    ),
    Row(
        "produce-100-files",
        "produce 100 B to files",
        "As `produce-100`, with `--data`; the ratio is to the same work without it, done just before.",
        (Figure("cpu", CPU_PER_GB), Figure("ratio", RATIO, 1.15), RECORDS_RATE),
        files.produce_small,
    ),
    Row(
        "produce-1k-files",
        "produce 1 KiB to files",
        "As `produce-1k`, with `--data`.",
        (Figure("cpu", CPU_PER_GB), Figure("ratio", RATIO, 1.15), RECORDS_RATE),
        files.produce_kibibyte,
    ),
    Row(
        "transaction-files",
        "transaction over 3 partitions, to files",
        "As `transaction`, with `--data`.",
        (
            Figure("p50", "ms p50", below_kafka=True),
            Figure("p99", "ms p99", below_kafka=True),
            Figure("cpu", CPU_PER_TRANSACTION, below_kafka=True),
        ),
        transactions.three_partitions_to_files,
    ),
    Row(
        "transaction-100-files",
        "transaction over 100 partitions, to files",
        "As `transaction-100`, with `--data`.",
        (Figure("p50", "ms p50", below_kafka=True), Figure("p99", "ms p99"), Figure("cpu", CPU_PER_TRANSACTION)),
        transactions.hundred_partitions_to_files,
    ),
    Row(
        "start-on-data",
        "start on 1,000 partitions",
        "100 topics of 10 partitions with 1 GB of records of 1 KiB in batches of up to 64 KiB (`--full`: 10 GB): from "
        "process to the first Metadata answer that lists all topics, after `kill -9` and then after a clean stop. The "
        "files are in the page cache.",
        (
            Figure("clean", "s after a clean stop", 1, below_kafka=True),
            Figure("killed", "s after kill -9", below_kafka=True),
        ),
        files.starts,
        single=True,
        full_share=10,
    ),
    Row(
        "many-topics",
        "1,000 topics of 3 partitions",
        "Created in one request, listed, described and deleted in one request (confluent-kafka), with `--data`: until "
        "the answers are there.",
        tuple(Figure(step, f"ms until {step}", below_kafka=True) for step in files.STEPS),
        files.many_topics,
        single=True,
    ),
    Row(
        "idle",
        "10,000 idle partitions",
        "1,000 topics of 10 partitions with `--data`, just created; memory and processor over 20 s, 40 s later, after "
        "the first pass of retention.",
        (Figure("memory", "MB resident", 150), Figure("cpu", "% of a core", 0.5)),
        files.idle,
        single=True,
    ),
    Row(
        "cold-fetch",
        "cold file to three consumers",
        "1,000,000 records of 1 KiB in one partition, flushed and dropped from the page cache, read from the beginning "
        "by three `rdkafka_performance -C` at the same time. A GB is one that a consumer got.",
        (
            Figure("cpu", CPU_PER_GB, below_kafka=True),
            Figure("growth", "MB more resident at the peak", below_kafka=True),
            RECORDS_RATE,
        ),
        files.cold_fetch,
        single=True,
    ),
)
