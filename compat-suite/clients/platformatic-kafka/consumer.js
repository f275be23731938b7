// The consumer of @platformatic/kafka is a stream, of which a poll reads as much as it wants.
import { Consumer as Plain, FetchIsolationLevels, MessagesStreamFallbackModes } from "@platformatic/kafka";
import { encoded } from "./contract/bytes.mjs";
import { Inbox } from "./contract/inbox.mjs";
import { Refusal, unsupported } from "./contract/refusal.mjs";
import { chosen, translated } from "./contract/settings.mjs";

const AUTO_COMMIT_MS = 5000;
const RESETS = { earliest: "EARLIEST", latest: "LATEST", none: "FAIL" };
const ISOLATION = { read_committed: "READ_COMMITTED", read_uncommitted: "READ_UNCOMMITTED" };
const ASSIGNORS = {
  roundrobin: { protocols: [{ name: "roundrobin", version: 1 }] },
  "cooperative-sticky": { protocols: [{ name: "cooperative-sticky", version: 1 }] },
};
const REMOTE_ASSIGNORS = { uniform: { groupRemoteAssignor: "uniform" }, range: { groupRemoteAssignor: "range" } };

const SETTINGS = {
  group: (value) => ({ groupId: value }),
  instance: (value) => ({ groupInstanceId: value }),
  reset: (value) => ({ fallbackMode: MessagesStreamFallbackModes[chosen("reset", value, RESETS)] }),
  isolation: (value) => ({ isolationLevel: FetchIsolationLevels[chosen("isolation", value, ISOLATION)] }),
  protocol: (value) => ({ groupProtocol: chosen("protocol", value, { classic: "classic", consumer: "consumer" }) }),
  session_timeout_ms: (value) => ({ sessionTimeout: value }),
  heartbeat_ms: (value) => ({ heartbeatInterval: value }),
  rebalance_timeout_ms: (value) => ({ rebalanceTimeout: value }),
  auto_commit: (value) => ({ autoCommit: value }),
  auto_commit_ms: (value) => ({ autoCommitMs: value }),
  min_bytes: (value) => ({ minBytes: value }),
  max_wait_ms: (value) => ({ maxWaitTime: value }),
  max_bytes: (value) => ({ maxBytes: value }),
  partition_max_bytes: (value) => ({ maxBytesPerPartition: value }),
  rack: (value) => ({ clientRack: value }),
  auto_create: (value) => ({ autocreateTopics: value }),
};
const DEFAULTS = { auto_commit: false, reset: "earliest", isolation: "read_uncommitted", auto_create: false };
// The server tells members of the consumer protocol when to beat, and when their session ends.
const CLASSIC = { heartbeat_ms: 300, session_timeout_ms: 10000 };

export function byTopic(partitions) {
  const topics = {};
  for (const [topic, partition] of partitions) (topics[topic] ??= []).push(partition);
  return topics;
}

const pairs = (assignments) =>
  (assignments ?? [])
    .flatMap(({ topic, partitions }) => [...partitions].sort((a, b) => a - b).map((partition) => [topic, partition]))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

const placeOf = ([topic, partition]) => `${topic}:${partition}`;
const without = (some, others) => {
  const places = new Set(others.map(placeOf));
  return some.filter((pair) => !places.has(placeOf(pair)));
};

/** An assignor for the only member of a group: it gets the partitions that its user named. */
const only = (partitions) => (_current, members) =>
  [...members.keys()].map((memberId) => ({
    memberId,
    assignments: new Map(
      Object.entries(byTopic(partitions)).map(([topic, each]) => [topic, { topic, partitions: each }]),
    ),
  }));

const recordOf = ({ topic, partition, offset, timestamp, key, value, headerEntries, leaderEpoch }) => ({
  topic,
  partition,
  offset: Number(offset),
  timestamp: Number(timestamp),
  key: encoded(key),
  value: encoded(value),
  headers: headerEntries.map(([name, content]) => [name.toString(), encoded(content)]),
  leader_epoch: leaderEpoch,
});

export class Consumer {
  #options;
  #settings;
  #forget;
  #alone = null;
  #consumer = null;
  #stream = null;
  #topics = [];
  #started = null;
  #anew = null;
  #how = {};
  #alonePartitions = 0;
  #owned = [];
  #last = new Map();
  #starts = new Map();
  #failed = false;
  #inbox = new Inbox();

  /** `options` are those of all clients; `forget` deletes a group. */
  constructor(options, settings, forget) {
    const classic = settings.protocol !== "consumer";
    const [defaults, assignors] = classic ? [{ ...DEFAULTS, ...CLASSIC }, ASSIGNORS] : [DEFAULTS, REMOTE_ASSIGNORS];
    const table = { ...SETTINGS, assignor: (value) => chosen("assignor", value, assignors) };
    const { autoCommit, autoCommitMs, fallbackMode, ...own } = translated({ ...defaults, ...settings }, table);
    this.#options = { ...options, ...own };
    this.#settings = { fallbackMode, autocommit: autoCommit ? (autoCommitMs ?? AUTO_COMMIT_MS) : false };
    this.#forget = forget;
  }

  get group() {
    return this.#options.groupId;
  }

  /** The consumer of the library, once it is a member. */
  async plain() {
    await (this.#started ??= this.#start());
    return this.#consumer;
  }

  get assignment() {
    this.#notice();
    return this.#owned;
  }

  async subscribe(topics) {
    if (!this.group) throw new Refusal("INVALID_ARGUMENT", "no group");
    await this.#replace(topics, this.group, {});
  }

  /** It has members of groups only: the partitions go to the only member of a group of its own. */
  async assign(partitions) {
    const alone = this.group ? null : `alone-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const topics = Object.keys(byTopic(partitions));
    await this.#replace(topics, alone ?? this.group, { partitionAssigner: only(partitions) });
    this.#alone = alone;
    this.#alonePartitions = partitions.length;
  }

  async #replace(topics, groupId, how) {
    await this.#leave();
    this.#consumer = new Plain({ ...this.#options, groupId });
    this.#consumer.on("consumer:group:join", () => this.#notice());
    this.#topics = topics;
    this.#anew = () => this.#replace(topics, groupId, how);
    this.#how = how;
    this.#start = async () => {
      this.#stream = await this.#read({ mode: "committed", ...how });
    };
  }

  #start = async () => {
    throw new Refusal("INVALID_ARGUMENT", "neither subscribed nor assigned");
  };

  async #read(how) {
    const topics = this.#topics;
    const stream = await this.#consumer.consume({ ...this.#settings, ...how, topics });
    stream.on("readable", () => this.#inbox.wake());
    stream.on("error", (error) => {
      this.#failed ||= stream === this.#stream;
      this.#inbox.fail(error);
    });
    stream.on("offsets", () => {
      for (const [place, offset] of stream.offsetsToFetch) {
        if (!this.#starts.has(place)) this.#starts.set(place, Number(offset));
      }
    });
    return stream;
  }

  /** Tell what has changed in the assignment: it has no listener that hears of more. */
  #notice() {
    const now = pairs(this.#consumer?.assignments);
    const [added, gone] = [without(now, this.#owned), without(this.#owned, now)];
    if (gone.length) this.#inbox.tell("revoked", gone);
    for (const place of gone.map(placeOf)) {
      this.#last.delete(place);
      this.#starts.delete(place);
    }
    if (added.length) this.#inbox.tell("assigned", added);
    this.#owned = now;
  }

  #pull() {
    this.#notice();
    while (this.#inbox.wants) {
      const message = this.#stream?.read() ?? null;
      if (message === null) return;
      this.#last.set(placeOf([message.topic, message.partition]), message);
      this.#inbox.put(recordOf(message));
    }
  }

  async poll(timeoutMs, count) {
    if (this.#failed) await this.#recover();
    this.plain().catch((error) => {
      this.#started = null; // the next poll tries again
      this.#inbox.fail(error);
    });
    return this.#inbox.poll(timeoutMs, count, () => this.#pull());
  }

  /** A stream that failed gives nothing more: its user goes on with another, as another member if there is a group. */
  async #recover() {
    this.#failed = false;
    if (this.#alone) return this.seek([]);
    await this.#leave().catch((error) => console.error(error));
    await this.#anew();
  }

  /** One seeks by reading anew from offsets of all partitions. */
  async seek(offsets) {
    if (this.#alone && !this.#started && offsets.length === this.#alonePartitions) {
      // Not read yet: so it need not look for offsets that it has not committed, which may be an error.
      const from = offsets.map(([topic, partition, offset]) => ({ topic, partition, offset: BigInt(offset) }));
      this.#started = this.#read({ mode: "manual", ...this.#how, offsets: from }).then((stream) => {
        this.#stream = stream;
      });
      for (const [topic, partition, offset] of offsets) this.#starts.set(placeOf([topic, partition]), offset);
    }
    await this.plain();
    if (offsets.every((each) => this.position(each) === each[2])) return;
    const wanted = new Map(offsets.map(([topic, partition, offset]) => [placeOf([topic, partition]), offset]));
    const from = this.assignment.map(([topic, partition]) => {
      const place = placeOf([topic, partition]);
      return { topic, partition, offset: BigInt(wanted.get(place) ?? this.position([topic, partition])) };
    });
    const former = this.#stream;
    this.#stream = await this.#read({ mode: "manual", offsets: from });
    await former.close();
    for (const [place, offset] of wanted) {
      this.#last.delete(place);
      this.#starts.set(place, offset);
    }
  }

  position(pair) {
    const last = this.#last.get(placeOf(pair));
    const offset = last ? Number(last.offset) + 1 : this.#starts.get(placeOf(pair));
    if (offset === undefined) throw unsupported("a position before the first poll");
    return offset;
  }

  /** What was polled: the next offset of each partition. */
  get polled() {
    return [...this.#last.values()].map(({ topic, partition, offset }) => [topic, partition, Number(offset) + 1]);
  }

  /** The messages before these offsets, as a transaction takes them: made up where they were not read. */
  async messagesBefore(offsets) {
    const { groupId, memberId, generationId, coordinatorId } = await this.plain();
    return offsets.map(([topic, partition, offset]) => ({
      topic,
      partition,
      offset: BigInt(offset) - 1n,
      metadata: { consumer: { groupId, memberId, generationId, coordinatorId } },
    }));
  }

  async commit(offsets) {
    const consumer = await this.plain();
    const commits = offsets.map(([topic, partition, offset]) => {
      const leaderEpoch = this.#last.get(placeOf([topic, partition]))?.leaderEpoch ?? -1;
      return { topic, partition, offset: BigInt(offset), leaderEpoch };
    });
    await consumer.commit({ offsets: commits });
  }

  async unsubscribe() {
    await this.#leave();
    this.#start = async () => {
      throw new Refusal("INVALID_ARGUMENT", "neither subscribed nor assigned");
    };
  }

  async #leave() {
    const consumer = this.#consumer;
    await this.#started?.catch(() => {});
    this.#consumer = this.#stream = this.#started = null;
    if (this.#owned.length) this.#inbox.tell("revoked", this.#owned);
    this.#owned = [];
    this.#last.clear();
    this.#starts.clear();
    await consumer?.close(true);
    if (this.#alone) await this.#forget(this.#alone).catch((error) => console.error(error));
    this.#alone = null;
  }

  async close(how) {
    if (how === "abandon") throw unsupported("to leave without a word");
    await this.#leave();
  }
}
