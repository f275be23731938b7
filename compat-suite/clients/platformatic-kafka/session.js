// @platformatic/kafka in a session of the contract.
import { Admin } from "@platformatic/kafka";
import { Handles } from "./contract/handles.mjs";
import { Refusal, unsupported } from "./contract/refusal.mjs";
import { serve, startedWith } from "./contract/session.mjs";
import * as administration from "./admin.js";
import { VERSION, named, shared } from "./client.js";
import { Consumer } from "./consumer.js";
import { Producer } from "./producer.js";

const options = shared(startedWith(process.argv.slice(2)));

const handles = new Handles({
  producer: (settings) => new Producer(options, settings),
  consumer: (settings) => new Consumer(options, settings, forget),
  admin: () => new Admin(options),
});
const producer = (request) => handles.of("producer", request);
const consumer = (request) => handles.of("consumer", request);
const admin = () => handles.of("admin", {});

async function forget(group) {
  await (await admin()).deleteGroups({ groups: [group] });
}

async function sendOffsets(request) {
  if (!request.consumer) throw unsupported("offsets without a consumer");
  const reader = await consumer(request);
  const messages = await reader.messagesBefore(request.offsets ?? reader.polled);
  await (await producer(request)).sendOffsets(await reader.plain(), messages);
}

async function committed(request) {
  const { group } = await consumer(request);
  if (!group) throw new Refusal("INVALID_ARGUMENT", "no group");
  return administration.committed(await admin(), group, request.partitions);
}

const verbs = {
  hello: async () => ({ client: "@platformatic/kafka", version: VERSION }),
  reset: () => handles.reset(),
  close: ({ handle, how }) => handles.close(handle, how),
  send: async (request) => ({ sent: await (await producer(request)).send(request.records, request.together) }),
  init: async (request) => (await producer(request)).init(),
  begin: async (request) => (await producer(request)).begin(),
  commit: async (request) => (await producer(request)).commit(),
  abort: async (request) => (await producer(request)).abort(),
  "send-offsets": sendOffsets,
  subscribe: async (request) => {
    if (request.pattern) throw unsupported("patterns");
    await (await consumer(request)).subscribe(request.topics);
  },
  unsubscribe: async (request) => (await consumer(request)).unsubscribe(),
  assign: async (request) => (await consumer(request)).assign(request.partitions),
  poll: async (request) => (await consumer(request)).poll(request.timeout_ms ?? 0, request.count),
  assignment: async (request) => ({ partitions: (await consumer(request)).assignment }),
  seek: async (request) => (await consumer(request)).seek(request.offsets),
  position: async (request) => {
    const reader = await consumer(request);
    await reader.plain();
    return { offsets: request.partitions.map((pair) => [...pair, reader.position(pair)]) };
  },
  "commit-offsets": async (request) => {
    if (request.metadata) throw unsupported("metadata of commits");
    const reader = await consumer(request);
    await reader.commit(request.offsets ?? reader.polled);
  },
  committed,
  offsets: async (request) => administration.listOffsets(await admin(), request),
  metadata: async (request) => administration.metadata(await admin(), request),
};

await serve({ verbs, admin: administration.calls(admin), named, close: () => handles.reset() });
