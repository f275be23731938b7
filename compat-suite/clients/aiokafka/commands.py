"""aiokafka, driven by the contract of the suite."""

import asyncio
import contextlib
import signal
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from contract import HEADERS, emit, emit_record, record, run, shares


@contextlib.asynccontextmanager
async def administration(args):
    admin = AIOKafkaAdminClient(bootstrap_servers=args.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def create_topic(args):
    async with administration(args) as admin:
        raise_errors(await admin.create_topics([NewTopic(args.topic, args.partitions, 1)]), "topic_errors")


async def delete_topic(args):
    async with administration(args) as admin:
        raise_errors(await admin.delete_topics([args.topic]), "topic_error_codes")


def raise_errors(response, field):
    for topic, code, *message in getattr(response, field):
        if code:
            raise RuntimeError(f"{topic}: error {code} {message}")


async def produce(args):
    options = {"linger_ms": 5}
    if args.acks:
        options["acks"] = args.acks if args.acks == "all" else int(args.acks)
    if args.idempotent:
        options["enable_idempotence"] = True
    sent = 0
    for codec, indexes in shares(args):
        compression = None if codec == "none" else codec
        async with AIOKafkaProducer(
            bootstrap_servers=args.bootstrap, compression_type=compression, **options
        ) as producer:
            futures = []
            for index in indexes:
                key, value = record(index, args.size)
                futures.append(await producer.send(args.topic, value, key, headers=HEADERS))
            sent += len(await asyncio.gather(*futures))
    return sent


def show(got):
    emit_record(got.partition, got.offset, got.timestamp, got.key, got.value, list(got.headers))


async def consume(args):
    deadline = time.monotonic() + args.timeout_ms / 1000
    count = 0
    consumer = AIOKafkaConsumer(args.topic, bootstrap_servers=args.bootstrap, auto_offset_reset="earliest")
    async with consumer:
        while count < args.count and time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for got in records:
                    show(got)
                    count += 1
    return count


class Listener(ConsumerRebalanceListener):
    async def on_partitions_revoked(self, revoked):
        emit("revoked", partitions=sorted(p.partition for p in revoked))

    async def on_partitions_assigned(self, assigned):
        emit("assigned", partitions=sorted(p.partition for p in assigned))


async def group(args):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=args.bootstrap,
        group_id=args.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=300,
        session_timeout_ms=10_000,
    )
    consumer.subscribe([args.topic], listener=Listener())
    await consumer.start()
    count, last = 0, None
    while not stop.is_set() and not (args.count and count >= args.count):
        batch = await consumer.getmany(timeout_ms=100)
        for records in batch.values():
            for got in records:
                show(got)
                count += 1
        if batch:
            await consumer.commit()
            emit("committed", offsets={p.partition: records[-1].offset + 1 for p, records in batch.items()})
        if batch or (last is None and consumer.assignment()):
            last = time.monotonic()
        if args.idle_ms and last and (time.monotonic() - last) * 1000 > args.idle_ms:
            break
    await consumer.stop()
    emit("left")
    return count


def blocking(command):
    return lambda args: asyncio.run(command(args))


run(
    {
        "create-topic": blocking(create_topic),
        "delete-topic": blocking(delete_topic),
        "produce": blocking(produce),
        "consume": blocking(consume),
        "group": blocking(group),
    }
)
