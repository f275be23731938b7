"""confluent-kafka (librdkafka), driven by the contract of the suite."""

import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from contract import HEADERS, Stop, emit, emit_record, record, run, shares


def create_topic(args):
    admin = AdminClient({"bootstrap.servers": args.bootstrap})
    for future in admin.create_topics([NewTopic(args.topic, args.partitions, 1)]).values():
        future.result(timeout=30)


def delete_topic(args):
    admin = AdminClient({"bootstrap.servers": args.bootstrap})
    for future in admin.delete_topics([args.topic]).values():
        future.result(timeout=30)


def produce(args):
    options = {"bootstrap.servers": args.bootstrap, "linger.ms": 5}
    if args.acks:
        options["acks"] = args.acks
    if args.idempotent:
        options["enable.idempotence"] = True
    failures, delivered = [], []

    def on_delivery(error, message):
        (failures if error else delivered).append(error or message.offset())

    for codec, indexes in shares(args):
        producer = Producer(options | {"compression.type": codec})
        for index in indexes:
            key, value = record(index, args.size)
            producer.produce(args.topic, key=key, value=value, headers=HEADERS, on_delivery=on_delivery)
            producer.poll(0)
        producer.flush(30)
    if failures:
        raise KafkaException(failures[0])
    return len(delivered)


def show(got):
    emit_record(got.partition(), got.offset(), got.timestamp()[1], got.key(), got.value(), got.headers() or [])


def checked(messages):
    for message in messages:
        if message.error():
            raise KafkaException(message.error())
        show(message)
    return messages


def consume(args):
    consumer = Consumer(
        {"bootstrap.servers": args.bootstrap, "group.id": "unused", "enable.auto.commit": False}
        | {"auto.offset.reset": "earliest"}
    )
    topic = consumer.list_topics(args.topic, timeout=30).topics[args.topic]
    consumer.assign([TopicPartition(args.topic, p, 0) for p in topic.partitions])
    deadline = time.monotonic() + args.timeout_ms / 1000
    count = 0
    while count < args.count and time.monotonic() < deadline:
        count += len(checked(consumer.consume(500, timeout=0.1)))
    consumer.close()
    return count


def group(args):
    stop = Stop()
    stop.listen()
    consumer = Consumer(
        {
            "bootstrap.servers": args.bootstrap,
            "group.id": args.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "heartbeat.interval.ms": 300,
            "session.timeout.ms": 10_000,
        }
    )
    consumer.subscribe(
        [args.topic],
        on_assign=lambda _, partitions: emit("assigned", partitions=sorted(p.partition for p in partitions)),
        on_revoke=lambda _, partitions: emit("revoked", partitions=sorted(p.partition for p in partitions)),
    )
    count, last = 0, None
    while not stop.asked and not (args.count and count >= args.count):
        batch = checked(consumer.consume(500, timeout=0.1))
        if batch:
            count += len(batch)
            offsets = {message.partition(): message.offset() + 1 for message in batch}
            wanted = [TopicPartition(args.topic, partition, offset) for partition, offset in offsets.items()]
            for committed in consumer.commit(offsets=wanted, asynchronous=False):
                if committed.error:
                    raise KafkaException(committed.error)
            emit("committed", offsets=offsets)
        if batch or (last is None and consumer.assignment()):
            last = time.monotonic()
        if args.idle_ms and last and (time.monotonic() - last) * 1000 > args.idle_ms:
            break
    consumer.close()
    emit("left")
    return count


run(
    {"create-topic": create_topic, "delete-topic": delete_topic, "produce": produce, "consume": consume, "group": group}
)
