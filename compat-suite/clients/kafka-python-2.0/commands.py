"""kafka-python 2.0 and 1.4, driven by the commands; with API_VERSION (0.9) they speak as to a Kafka of that age."""

import os
import time

from contract import HEADERS, Stop, emit, emit_record, record, run, shares

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.consumer.subscription_state import ConsumerRebalanceListener

API_VERSION = tuple(int(part) for part in os.environ.get("API_VERSION", "").split(".") if part) or None
KNOWS_HEADERS = API_VERSION is None or API_VERSION >= (0, 11)


def create_topic(args):
    admin = KafkaAdminClient(bootstrap_servers=args.bootstrap)
    response = admin.create_topics([NewTopic(args.topic, args.partitions, 1)])
    assert all(error[1] == 0 for error in response.topic_errors), response
    admin.close()


def delete_topic(args):
    admin = KafkaAdminClient(bootstrap_servers=args.bootstrap)
    admin.delete_topics([args.topic])
    admin.close()


def produce(args):
    options = {"acks": args.acks if args.acks == "all" else int(args.acks)} if args.acks else {}
    sent = 0
    for codec, indexes in shares(args):
        producer = KafkaProducer(
            bootstrap_servers=args.bootstrap,
            api_version=API_VERSION,
            compression_type=None if codec == "none" else codec,
            linger_ms=5,
            **options,
        )
        futures = []
        for index in indexes:
            key, value = record(index, args.size)
            headers = {"headers": HEADERS} if KNOWS_HEADERS else {}
            futures.append(producer.send(args.topic, key=key, value=value, **headers))
        producer.flush()
        for future in futures:
            future.get(timeout=30)
        sent += len(futures)
        producer.close()
    return sent


def show(got):
    emit_record(got.partition, got.offset, got.timestamp, got.key, got.value, list(got.headers))


def consume(args):
    consumer = KafkaConsumer(
        bootstrap_servers=args.bootstrap, api_version=API_VERSION, auto_offset_reset="earliest", group_id=None
    )
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
        api_version=API_VERSION,
        group_id=args.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=300,
        session_timeout_ms=10_000,
    )
    consumer.subscribe([args.topic], listener=Listener())
    count, last = 0, None
    while not stop.asked and not (args.count and count >= args.count):
        batch = consumer.poll(timeout_ms=200)
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
