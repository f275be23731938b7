// kafkajs in a session of the contract.
import { Handles } from "./contract/handles.mjs";
import { serve, startedWith } from "./contract/session.mjs";
import * as administration from "./admin.mjs";
import { VERSION, client, named, plugCodecsIn } from "./client.mjs";
import { Consumer, byTopic } from "./consumer.mjs";
import { Producer } from "./producer.mjs";

plugCodecsIn();
const started = startedWith(process.argv.slice(2));
const kafka = client(started);

async function administrator() {
  const admin = kafka.admin();
  await admin.connect();
  return Object.assign(admin, { close: () => admin.disconnect() });
}

const handles = new Handles({
  producer: (settings) => new Producer((retry) => client({ ...started, retry }), settings),
  consumer: (settings) => new Consumer(kafka, settings, async (group) => (await admin({})).deleteGroups([group])),
  admin: administrator,
});
const producer = (request) => handles.of("producer", request);
const consumer = (request) => handles.of("consumer", request);
const admin = () => handles.of("admin", {});

async function sendOffsets(request) {
  const group = request.group ?? (await consumer(request)).group;
  const offsets = request.offsets ?? (await consumer(request)).polled;
  const topics = Object.keys(byTopic(offsets)).map((topic) => ({
    topic,
    partitions: offsets
      .filter(([name]) => name === topic)
      .map(([, partition, offset]) => ({ partition, offset: String(offset) })),
  }));
  await (await producer(request)).sendOffsets(group, topics);
}

const verbs = {
  hello: async () => ({ client: "kafkajs", version: VERSION }),
  reset: () => handles.reset(),
  close: ({ handle, how }) => handles.close(handle, how),
  send: async (request) => ({ sent: await (await producer(request)).send(request.records, request.together) }),
  init: async (request) => (await producer(request)).init(),
  begin: async (request) => (await producer(request)).begin(),
  commit: async (request) => (await producer(request)).commit(),
  abort: async (request) => (await producer(request)).abort(),
  "send-offsets": sendOffsets,
  subscribe: async (request) =>
    (await consumer(request)).subscribe(request.pattern ? [{ pattern: request.pattern }] : request.topics),
  unsubscribe: async (request) => (await consumer(request)).unsubscribe(),
  assign: async (request) => (await consumer(request)).assign(request.partitions),
  poll: async (request) => (await consumer(request)).poll(request.timeout_ms ?? 0, request.count),
  assignment: async (request) => ({ partitions: (await consumer(request)).assignment }),
  seek: async (request) => (await consumer(request)).seek(request.offsets),
  pause: async (request) => (await consumer(request)).pause(request.partitions),
  resume: async (request) => (await consumer(request)).resume(request.partitions),
  position: async (request) => {
    const reader = await consumer(request);
    return { offsets: request.partitions.map((place) => [...place, reader.position(place)]) };
  },
  "commit-offsets": async (request) => {
    const reader = await consumer(request);
    await reader.commit(request.offsets ?? reader.polled, request.metadata);
  },
  committed: async (request) =>
    administration.committed(await admin(), (await consumer(request)).group, request.partitions),
  offsets: async (request) => administration.listOffsets(await admin(), request),
  metadata: async (request) => administration.metadata(await admin(), request),
};

await serve({ verbs, admin: administration.calls(admin), named, close: () => handles.reset() });
