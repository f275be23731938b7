// kafkajs's consumer hands batches to a function of its user's; here that function waits, beating, until a poll takes
// them.
import kafkajs from "kafkajs";
import { encoded } from "./contract/bytes.mjs";
import { Inbox } from "./contract/inbox.mjs";
import { Refusal, unsupported } from "./contract/refusal.mjs";
import { chosen, translated } from "./contract/settings.mjs";

const { AssignerProtocol, PartitionAssigners } = kafkajs;
const AUTO_COMMIT_MS = 5000;

const ISOLATION = { read_uncommitted: true, read_committed: false };
const ASSIGNORS = { roundrobin: { partitionAssigners: [PartitionAssigners.roundRobin] } };

const SETTINGS = {
  group: (value) => ({ groupId: value }),
  reset: (value) => ({ fromBeginning: chosen("reset", value, { earliest: true, latest: false }) }),
  isolation: (value) => ({ readUncommitted: chosen("isolation", value, ISOLATION) }),
  protocol: (value) => chosen("protocol", value, { classic: {} }),
  assignor: (value) => chosen("assignor", value, ASSIGNORS),
  session_timeout_ms: (value) => ({ sessionTimeout: value }),
  heartbeat_ms: (value) => ({ heartbeatInterval: value }),
  rebalance_timeout_ms: (value) => ({ rebalanceTimeout: value }),
  auto_commit: (value) => ({ autoCommit: value }),
  auto_commit_ms: (value) => ({ autoCommitInterval: value }),
  min_bytes: (value) => ({ minBytes: value }),
  max_wait_ms: (value) => ({ maxWaitTimeInMs: value }),
  max_bytes: (value) => ({ maxBytes: value }),
  partition_max_bytes: (value) => ({ maxBytesPerPartition: value }),
  rack: (value) => ({ rackId: value }),
  auto_create: (value) => ({ allowAutoTopicCreation: value }),
};
const DEFAULTS = {
  auto_commit: false,
  reset: "earliest",
  heartbeat_ms: 300,
  session_timeout_ms: 10000,
  max_wait_ms: 300, // it beats between fetches
  auto_create: false,
};

/** An assignor for the only member of a group: it gets the partitions that its user named. */
const only = (partitions) => () => ({
  name: "Only",
  version: 0,
  protocol: ({ topics }) => ({
    name: "Only",
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
  assign: async ({ members }) =>
    members.map(({ memberId }) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: 0,
        assignment: byTopic(partitions),
        userData: Buffer.alloc(0),
      }),
    })),
});

export function byTopic(partitions) {
  const topics = {};
  for (const [topic, partition] of partitions) (topics[topic] ??= []).push(partition);
  return topics;
}

const asPairs = (assignment) =>
  Object.entries(assignment)
    .flatMap(([topic, partitions]) => [...partitions].sort((a, b) => a - b).map((partition) => [topic, partition]))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

function recordOf(topic, partition, message) {
  const headers = Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => [name, encoded(value)]),
  );
  const { timestampType, partitionLeaderEpoch } = message.batchContext ?? {};
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    timestamp_type: timestampType === 1 ? "append" : "create",
    key: encoded(message.key),
    value: encoded(message.value),
    headers,
    leader_epoch: partitionLeaderEpoch,
  };
}

export class Consumer {
  #kafka;
  #settings;
  #forget;
  #alone = null;
  #consumer = null;
  #started = null;
  #anew = null;
  #owned = [];
  #paused = new Set();
  #positions = new Map();
  #inbox = new Inbox();

  /** `forget` deletes a group. */
  constructor(kafka, settings, forget) {
    this.#kafka = kafka;
    this.#forget = forget;
    this.#settings = translated({ ...DEFAULTS, ...settings }, SETTINGS);
  }

  get group() {
    return this.#settings.groupId;
  }

  get assignment() {
    return this.#owned;
  }

  get inbox() {
    return this.#inbox;
  }

  /** Subscribe; kafkajs cannot take a subscription back, so another one is another consumer. */
  async subscribe(topics) {
    if (!this.group) throw new Refusal("INVALID_ARGUMENT", "no group");
    await this.#replace(topics, {});
  }

  /** kafkajs has members of groups only: the partitions go to the only member of a group of its own. */
  async assign(partitions) {
    const alone = this.group ? null : `alone-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const topics = Object.keys(byTopic(partitions));
    await this.#replace(topics, { groupId: alone ?? this.group, partitionAssigners: [only(partitions)] });
    this.#alone = alone;
  }

  async #replace(topics, more) {
    await this.#leave();
    const { fromBeginning, autoCommit, autoCommitInterval, ...options } = this.#settings;
    const consumer = this.#kafka.consumer({ ...options, ...more });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#joined(asPairs(payload.memberAssignment)));
    consumer.on(consumer.events.REBALANCING, () => this.#gaveUp());
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) this.#inbox.fail(payload.error);
    });
    this.#consumer = consumer;
    this.#started = null;
    this.#anew = () => this.#replace(topics, more);
    this.#start = async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: topics.map(asTopic), fromBeginning });
      await consumer.run({
        autoCommit,
        autoCommitInterval: autoCommit ? (autoCommitInterval ?? AUTO_COMMIT_MS) : null,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#handOver(payload),
      });
    };
  }

  #start = () => {
    throw new Refusal("INVALID_ARGUMENT", "neither subscribed nor assigned");
  };

  /** Join the group, unless that was done before. */
  async started() {
    await (this.#started ??= this.#start());
    return this.#consumer;
  }

  #joined(partitions) {
    this.#gaveUp(); // it does not always tell that it rejoins
    this.#owned = partitions;
    this.#inbox.tell("assigned", partitions);
  }

  #gaveUp() {
    if (this.#owned.length) this.#inbox.tell("revoked", this.#owned);
    this.#owned = [];
    this.#positions.clear();
  }

  async #handOver({ batch, resolveOffset, heartbeat, isRunning, isStale, commitOffsetsIfNecessary }) {
    const { topic, partition } = batch;
    const place = JSON.stringify([topic, partition]);
    const superseded = () => !isRunning() || isStale() || this.#paused.has(place);
    for (const message of batch.messages) {
      while (!this.#inbox.wants) {
        await this.#inbox.change();
        if (superseded()) return;
        await heartbeat();
        await commitOffsetsIfNecessary();
      }
      if (superseded()) return;
      this.#inbox.put(recordOf(topic, partition, message));
      resolveOffset(message.offset);
      this.#positions.set(place, Number(message.offset) + 1);
    }
    await heartbeat();
  }

  async poll(timeoutMs, count) {
    this.started().catch((error) => {
      this.#started = null; // the next poll tries again
      this.#inbox.fail(error);
    });
    return this.#inbox.poll(timeoutMs, count);
  }

  async seek(offsets) {
    const consumer = await this.started();
    for (const [topic, partition, offset] of offsets) {
      consumer.seek({ topic, partition, offset: String(offset) });
      this.#positions.set(JSON.stringify([topic, partition]), offset);
    }
    this.#inbox.wake();
  }

  async pause(partitions) {
    const consumer = await this.started();
    consumer.pause(Object.entries(byTopic(partitions)).map(([topic, each]) => ({ topic, partitions: each })));
    for (const place of partitions) this.#paused.add(JSON.stringify(place));
    this.#inbox.wake();
  }

  async resume(partitions) {
    const consumer = await this.started();
    consumer.resume(Object.entries(byTopic(partitions)).map(([topic, each]) => ({ topic, partitions: each })));
    for (const place of partitions) this.#paused.delete(JSON.stringify(place));
  }

  /** The next offset of a partition that was read or sought; kafkajs does not tell, so of others nothing is known. */
  position(place) {
    const offset = this.#positions.get(JSON.stringify(place));
    if (offset === undefined) throw unsupported("a position before the first record");
    return offset;
  }

  /** What was polled: the next offset of each partition. */
  get polled() {
    return [...this.#positions].map(([place, offset]) => [...JSON.parse(place), offset]);
  }

  async commit(offsets, metadata) {
    const wanted = offsets.map(([topic, partition, offset]) => ({ topic, partition, offset: String(offset), metadata }));
    try {
      await (await this.started()).commitOffsets(wanted);
    } catch (error) {
      if (this.#alone || !lostItsCoordinator(error)) throw error;
      console.error(error);
      await this.#leave().catch((failure) => console.error(failure));
      await this.#anew();
      await (await this.started()).commitOffsets(wanted);
    }
  }

  async unsubscribe() {
    await this.#leave();
    this.#start = () => {
      throw new Refusal("INVALID_ARGUMENT", "neither subscribed nor assigned");
    };
  }

  async #leave() {
    const consumer = this.#consumer;
    this.#consumer = this.#started = null;
    this.#gaveUp();
    this.#paused.clear();
    this.#inbox.wake();
    await consumer?.disconnect();
    if (this.#alone) await this.#forget(this.#alone).catch((error) => console.error(error));
    this.#alone = null;
  }

  async close(how) {
    if (how === "abandon") throw unsupported("to leave without a word");
    await this.#leave();
  }
}

/** It commits to the coordinator that it found first, also when that node is gone: its user begins anew. */
function lostItsCoordinator(error) {
  for (let each = error; each; each = each.cause) if (each.name === "KafkaJSBrokerNotFound") return true;
  return false;
}

/** A pattern comes as a regular expression of the whole name. */
const asTopic = (topic) => (typeof topic === "string" ? topic : new RegExp(`^(?:${topic.pattern})$`));
