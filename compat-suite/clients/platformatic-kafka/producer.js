// The producer of @platformatic/kafka: a call sends one batch a partition, and tells the offset of the first record.
import { Producer as Plain, ProduceAcks, compatibilityPartitioner, defaultPartitioner } from "@platformatic/kafka";
import { inBatches } from "./contract/batches.mjs";
import { decoded } from "./contract/bytes.mjs";
import { Refusal, errorItem } from "./contract/refusal.mjs";
import { chosen, translated } from "./contract/settings.mjs";
import { CODECS, named } from "./client.js";

const ACKS = { all: ProduceAcks.ALL, 1: ProduceAcks.LEADER, 0: ProduceAcks.NO_RESPONSE };

const SETTINGS = {
  acks: (value) => ({ acks: chosen("acks", value, ACKS) }),
  codec: (value) => ({ compression: chosen("codec", value, CODECS) }),
  idempotent: (value) => ({ idempotent: value }),
  transactional_id: (value) => ({ transactionalId: value, idempotent: true }),
  transaction_timeout_ms: (value) => ({ timeout: value }), // it has one timeout for requests and transactions
  // It counts tries and not the time: here one a second.
  delivery_timeout_ms: (value) => ({ retryDelay: 1000, retries: Math.ceil(value / 1000) }),
  linger_ms: () => ({}), // what one call sends is one batch already, and goes at once
  // It has no limit itself: what one call gives it is cut there.
  max_request_bytes: (value) => ({ batchBytes: value }),
  auto_create: (value) => ({ autocreateTopics: value }),
  in_flight: (value) => ({ maxInflights: value }),
  partitioner: (value) => ({ byKey: chosen("partitioner", value, { murmur2: compatibilityPartitioner }) }),
};
const DEFAULTS = { acks: "all" };

function messageOf({ topic, key, value, partition, headers, timestamp }) {
  // Names are buffers: each is a key of its own, so that they may repeat.
  const entries = (headers ?? []).map(([name, content]) => [Buffer.from(name), decoded(content)]);
  return {
    topic,
    key: decoded(key) ?? undefined,
    value: decoded(value) ?? undefined,
    headers: new Map(entries),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp: BigInt(timestamp) }),
  };
}

export class Producer {
  #producer;
  #acks;
  #batchBytes;
  #turn = 0;
  #chosen = new WeakMap();
  #transaction = null;
  #prepared = null;

  constructor(options, settings) {
    const { acks, batchBytes, byKey = defaultPartitioner, ...own } = translated({ ...DEFAULTS, ...settings }, SETTINGS);
    this.#acks = acks;
    this.#batchBytes = batchBytes;
    const partitioner = (message, key) => this.#choose(message, key, byKey);
    this.#producer = new Plain({ autocreateTopics: true, ...options, ...own, partitioner });
  }

  async send(records, together) {
    const sent = [];
    for (const batch of together ? inBatches(records, this.#batchBytes) : records.map((record) => [record])) {
      sent.push(...(await this.#send(batch)));
    }
    return sent;
  }

  async #send(records) {
    const messages = records.map(messageOf);
    try {
      const answer = await (this.#transaction ?? this.#producer).send({ messages, acks: this.#acks });
      return await this.#placed(messages, answer.offsets ?? []);
    } catch (error) {
      console.error(error);
      return records.map(() => errorItem(error, named));
    }
  }

  /** Where the messages went: the answer has the first offset of each partition. */
  async #placed(messages, offsets) {
    const next = new Map(offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, Number(offset)]));
    const { topics } = await this.#producer.metadata({ topics: [...new Set(messages.map(({ topic }) => topic))] });
    return messages.map((message) => {
      const chosen = message.partition ?? this.#chosen.get(message);
      const partition = chosen % topics.get(message.topic).partitionsCount;
      const place = `${message.topic}/${partition}`;
      if (!next.has(place)) return { partition, offset: -1 };
      const offset = next.get(place);
      next.set(place, offset + 1);
      return { partition, offset };
    });
  }

  /** The client's own rule, written out to remember what it chose: its answers do not tell. */
  #choose(message, key, byKey) {
    const chosen = key ? byKey(message, key) : this.#turn++;
    this.#chosen.set(message, chosen);
    return chosen;
  }

  /** A transactional producer is initialised when its first transaction begins. */
  async init() {
    this.#prepared ??= await this.#producer.beginTransaction();
  }

  async begin() {
    await this.init();
    this.#transaction = this.#prepared;
    this.#prepared = null;
  }

  /** The transaction that is under way. */
  get #begun() {
    if (!this.#transaction) throw new Refusal("INVALID_ARGUMENT", "no transaction has begun");
    return this.#transaction;
  }

  async commit() {
    const transaction = this.#begun;
    this.#transaction = null;
    await transaction.commit();
  }

  async abort() {
    const transaction = this.#begun;
    this.#transaction = null;
    await transaction.abort();
  }

  /** It takes messages that were consumed, and commits the offset after each. */
  async sendOffsets(consumer, messages) {
    await this.#begun.addConsumer(consumer);
    for (const message of messages) await this.#begun.addOffset(message);
  }

  async close() {
    await this.#producer.close(true);
  }
}
