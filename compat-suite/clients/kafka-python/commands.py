"""kafka-python, driven by the contract of the suite."""

import time

from contract import HEADERS, Stop, emit, emit_record, record, run, shares

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.consumer.subscription_state import ConsumerRebalanceListener


def create_topic(args):
    admin = KafkaAdminClient(bootstrap_servers=args.bootstrap)
    admin.create_topics({args.topic: {"num_partitions": args.partitions, "replication_factor": 1}})
    admin.close()


def delete_topic(args):
    admin = KafkaAdminClient(bootstrap_servers=args.bootstrap)
    admin.delete_topics([args.topic])
    admin.close()


def produce(args):
    options = {"linger_ms": 5}
    if args.acks:
        options |= {"acks": args.acks if args.acks == "all" else int(args.acks)}
        options |= {} if args.acks == "all" else {"enable_idempotence": False}
    if args.idempotent:
        options |= {"enable_idempotence": True, "acks": "all"}
    sent = 0
    for codec, indexes in shares(args):
        producer = KafkaProducer(
            bootstrap_servers=args.bootstrap, compression_type=None if codec == "none" else codec, **options
        )
        futures = []
        for index in indexes:
            key, value = record(index, args.size)
            futures.append(producer.send(args.topic, key=key, value=value, headers=HEADERS))
        producer.flush()
        for future in futures:
            future.get(timeout=30)
        sent += len(futures)
        producer.close()
    return sent


def show(got):
    emit_record(got.partition, got.offset, got.timestamp, got.key, got.value, list(got.headers))


def consume(args):
    consumer = KafkaConsumer(bootstrap_servers=args.bootstrap, auto_offset_reset="earliest", group_id=None)
    partitions = [TopicPartition(args.topic, p) for p in sorted(consumer.partitions_for_topic(args.topic))]
    consumer.assign(partitions)
    deadline = time.monotonic() + args.timeout_ms / 1000
    count = 0
    while count < args.count and time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=200).values():
            for got in records:
                show(got)
                count += 1
    consumer.close()
    return count


class Listener(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        emit("revoked", partitions=sorted(p.partition for p in revoked))

    def on_partitions_assigned(self, assigned):
        emit("assigned", partitions=sorted(p.partition for p in assigned))


def group(args):
    stop = Stop()
    stop.listen()
    consumer = KafkaConsumer(
        bootstrap_servers=args.bootstrap,
        group_id=args.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=300,
        session_timeout_ms=10_000,
    )
    consumer.subscribe([args.topic], listener=Listener())
    count, last = 0, None
    while not stop.asked and not (args.count and count >= args.count):
        # kafka-python 3.0 forgets a rejoin that completes just as poll's time is over, and then waits for ever. Its first
        # metadata comes after 100 ms and makes it rejoin: that must not be our timeout too.
        batch = consumer.poll(timeout_ms=450)
        for records in batch.values():
            for got in records:
                show(got)
                count += 1
        if batch:
            consumer.commit()
            emit("committed", offsets={p.partition: records[-1].offset + 1 for p, records in batch.items()})
        if batch or (last is None and consumer.assignment()):
            last = time.monotonic()
        if args.idle_ms and last and (time.monotonic() - last) * 1000 > args.idle_ms:
            break
    consumer.close(autocommit=False)
    emit("left")
    return count


run(
    {"create-topic": create_topic, "delete-topic": delete_topic, "produce": produce, "consume": consume, "group": group}
)
