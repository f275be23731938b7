// kafkajs's producer: it sends what one call gives it as one batch a partition, however large that gets, and tells the
// offset of the first. So what is more than a batch may be is given to it in several calls.
import kafkajs from "kafkajs";
import { inBatches } from "./contract/batches.mjs";
import { decoded } from "./contract/bytes.mjs";
import { Refusal, errorItem, unsupported } from "./contract/refusal.mjs";
import { chosen, translated } from "./contract/settings.mjs";
import { CODECS, named } from "./client.mjs";

const ACKS = { all: -1, 1: 1, 0: 0 };
const { DefaultPartitioner } = kafkajs.Partitioners;

// `sending` are arguments of each send, the others are options of the producer.
const SETTINGS = {
  acks: (value) => ({ acks: chosen("acks", value, ACKS) }),
  codec: (value) => ({ compression: chosen("codec", value, CODECS) }),
  idempotent: (value) => ({ idempotent: value }),
  transactional_id: (value) => ({ transactionalId: value, idempotent: true, maxInFlightRequests: 1 }),
  transaction_timeout_ms: (value) => ({ transactionTimeout: value }),
  // It counts tries and not the time: here about one a second.
  delivery_timeout_ms: (value) => ({ retry: { maxRetryTime: 1000, retries: Math.ceil(value / 1000) } }),
  linger_ms: () => ({}), // what one call sends is one batch already, and goes at once
  // It has no limit itself: what one call gives it is cut there.
  max_request_bytes: (value) => ({ batchBytes: value }),
  auto_create: (value) => ({ allowAutoTopicCreation: value }),
  in_flight: (value) => ({ maxInFlightRequests: value }),
  partitioner: (value) => chosen("partitioner", value, { murmur2: {} }), // the default one is Java's
};

/** kafkajs's headers are an object: names that repeat are a list, and other names cannot come between them. */
function headersOf(pairs) {
  const headers = {};
  pairs.forEach(([name, value], index) => {
    const repeats = name in headers;
    if (repeats && pairs[index - 1][0] !== name) throw unsupported("headers in this order");
    headers[name] = repeats ? [headers[name], decoded(value)].flat() : decoded(value);
  });
  return headers;
}

function messageOf({ key, value, partition, headers, timestamp }) {
  return {
    key: decoded(key),
    value: decoded(value),
    partition,
    headers: headers ? headersOf(headers) : undefined,
    timestamp: timestamp === undefined ? undefined : String(timestamp),
  };
}

export class Producer {
  #producer;
  #transaction = null;
  #prepared = null;
  #sending;
  #batchBytes;
  #partitions = new WeakMap();

  constructor(connecting, settings) {
    const { acks, compression, batchBytes, ...options } = translated(settings, SETTINGS);
    if (options.idempotent) options.maxInFlightRequests ??= 1;
    this.#sending = { acks, compression };
    this.#batchBytes = batchBytes;
    // What a producer is told to try does not count for its connections; and a record that is given up leaves its
    // number in the sequence to the next one, which the server then takes for the same.
    const kafka = connecting(options.retry);
    this.#producer = kafka.producer({ ...options, createPartitioner: () => this.#noting(DefaultPartitioner()) });
  }

  /** Remember which partition the client's partitioner chose: its answers do not tell. */
  #noting(partitioner) {
    return (choice) => {
      const partition = partitioner(choice);
      this.#partitions.set(choice.message, partition);
      return partition;
    };
  }

  async connect() {
    await this.#producer.connect();
  }

  async send(records, together) {
    await this.connect();
    const sent = [];
    for (const batch of together ? inBatches(records, this.#batchBytes) : records.map((record) => [record])) {
      sent.push(...(await this.#sendBatch(batch)));
    }
    return sent;
  }

  async #sendBatch(records) {
    const messages = records.map(messageOf);
    const topics = [...new Set(records.map(({ topic }) => topic))];
    const topicMessages = topics.map((topic) => ({
      topic,
      messages: messages.filter((_, index) => records[index].topic === topic),
    }));
    try {
      const answers = await (this.#transaction ?? this.#producer).sendBatch({ ...this.#sending, topicMessages });
      const next = new Map(answers.map((answer) => [`${answer.topicName}/${answer.partition}`, answer]));
      return messages.map((message, index) => this.#sent(next, records[index].topic, message));
    } catch (error) {
      console.error(error);
      return records.map(() => errorItem(error, named));
    }
  }

  #sent(next, topic, message) {
    const partition = this.#partitions.get(message);
    const answer = next.get(`${topic}/${partition}`);
    if (!answer && this.#sending.acks === 0) return { partition, offset: -1 };
    // It forgets, without a word, what is for a partition that it does not know.
    if (!answer) return { error: "OTHER", message: "kafkajs did not send it" };
    const offset = Number(answer.baseOffset);
    answer.baseOffset = offset + 1;
    const appended = Number(answer.logAppendTime);
    return appended >= 0 ? { partition, offset, timestamp: appended } : { partition, offset };
  }

  /** A transactional producer is initialised when it makes its first transaction. */
  async init() {
    await this.connect();
    this.#prepared ??= await this.#producer.transaction();
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

  /** kafkajs knows the group of the offsets by its name alone. */
  async sendOffsets(consumerGroupId, topics) {
    await this.#begun.sendOffsets({ consumerGroupId, topics });
  }

  async close() {
    await this.#producer.disconnect();
  }
}
