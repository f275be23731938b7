// kafkajs, driven by the contract of the suite. kafkajs compresses with gzip itself; the other codecs are plugged in
// as its users do.
"use strict";
const { parseArgs } = require("node:util");
const { Kafka, CompressionTypes, CompressionCodecs, Partitioners, logLevel } = require("kafkajs");

CompressionCodecs[CompressionTypes.Snappy] = require("kafkajs-snappy");
const lz4 = require("lz4-napi");
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
});
const zstd = new Promise((resolve) => require("zstd-codec").ZstdCodec.run((engine) => resolve(new engine.Simple())));
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder) => Buffer.from((await zstd).compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from((await zstd).decompress(buffer)),
});
const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

const emit = (event, fields = {}) => process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");
const text = (content) => (content === null || content === undefined ? null : content.toString("utf8"));

function emitRecord(partition, message) {
  emit("record", {
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: text(message.key),
    value: text(message.value),
    headers: Object.entries(message.headers ?? {}).map(([name, content]) => [name, text(content)]),
  });
}

function record(index, size) {
  const value = Buffer.from(`ż${index}|`);
  const padding = Buffer.alloc(Math.max(0, size - value.length), "x");
  return {
    key: index % 10 === 9 ? null : `k${index}`,
    value: Buffer.concat([value, padding]),
    headers: { origin: "compat-suite" },
  };
}

async function withAdmin(kafka, action) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await action(admin);
  } finally {
    await admin.disconnect();
  }
}

async function createTopic(kafka, args) {
  const topics = [{ topic: args.topic, numPartitions: Number(args.partitions ?? 1), replicationFactor: 1 }];
  await withAdmin(kafka, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
}

async function deleteTopic(kafka, args) {
  await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [args.topic] }));
}

async function produce(kafka, args) {
  const options = { createPartitioner: Partitioners.DefaultPartitioner };
  if (args.idempotent) Object.assign(options, { idempotent: true, maxInFlightRequests: 1 });
  const producer = kafka.producer(options);
  await producer.connect();
  const count = Number(args.count);
  let next = Number(args.start ?? 0);
  let sent = 0;
  for (const codec of (args.codec ?? "none").split(",")) {
    const messages = [];
    for (let i = 0; i < count; i++) messages.push(record(next++, Number(args.size ?? 0)));
    const acks = args.acks === undefined || args.acks === "all" ? -1 : Number(args.acks);
    await producer.send({ topic: args.topic, messages, compression: CODECS[codec], acks });
    sent += messages.length;
  }
  await producer.disconnect();
  return sent;
}

// A kafkajs consumer is always a member of a group: alone, it is the only one of a group of its own that never commits.
async function consume(kafka, args) {
  const consumer = kafka.consumer({ groupId: `alone-${args.topic}-${process.pid}`, heartbeatInterval: 300 });
  await consumer.connect();
  await consumer.subscribe({ topics: [args.topic], fromBeginning: true });
  let count = 0;
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Number(args["timeout-ms"] ?? 30000));
    const eachMessage = async ({ partition, message }) => {
      if (count >= Number(args.count)) return;
      emitRecord(partition, message);
      if (++count >= Number(args.count)) {
        clearTimeout(timer);
        resolve();
      }
    };
    consumer.run({ autoCommit: false, eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return count;
}

async function group(kafka, args) {
  const timing = { heartbeatInterval: 300, sessionTimeout: 10000, maxWaitTimeInMs: 300 }; // it beats between fetches
  const consumer = kafka.consumer({ groupId: args.group, ...timing });
  let count = 0;
  let last = null;
  let stopped = false;
  let crash = null;
  let owned = [];
  process.on("SIGTERM", () => (stopped = true));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (owned.length) emit("revoked", { partitions: owned });
    owned = [...(payload.memberAssignment[args.topic] ?? [])].sort((a, b) => a - b);
    emit("assigned", { partitions: owned });
    last = last ?? Date.now();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => (crash = payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [args.topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, heartbeat, isStale }) => {
      if (stopped || isStale() || batch.messages.length === 0) return;
      for (const message of batch.messages) {
        emitRecord(batch.partition, message);
        resolveOffset(message.offset);
        count++;
      }
      const offset = Number(batch.lastOffset()) + 1;
      await consumer.commitOffsets([{ topic: args.topic, partition: batch.partition, offset: String(offset) }]);
      emit("committed", { offsets: { [batch.partition]: offset } });
      last = Date.now();
      await heartbeat();
    },
  });
  const wanted = Number(args.count ?? 0);
  const idle = Number(args["idle-ms"] ?? 0);
  while (!stopped && !(wanted && count >= wanted) && !(idle && last && Date.now() - last > idle)) {
    if (crash) throw crash;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  stopped = true;
  await consumer.disconnect();
  emit("left");
  return count;
}

const COMMANDS = { "create-topic": createTopic, "delete-topic": deleteTopic, produce, consume, group };

async function main() {
  if (process.argv[2] === "session") {
    await import("./session.mjs");
    return;
  }
  const names = ["bootstrap", "topic", "partitions", "count", "start", "size", "codec", "acks", "timeout-ms", "group"];
  const options = Object.fromEntries([...names, "idle-ms"].map((name) => [name, { type: "string" }]));
  options.idempotent = { type: "boolean" };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const brokers = values.bootstrap.split(",");
  const kafka = new Kafka({ clientId: "compat-suite", brokers, logLevel: logLevel.ERROR });
  const count = await COMMANDS[positionals[0]](kafka, values);
  emit("done", count === undefined ? {} : { count });
}

main().catch((error) => {
  emit("error", { message: `${error.name}: ${error.message}` });
  process.exit(1); // whatever is still connected keeps Node alive
});
