// Every call of the administrator of @platformatic/kafka.
import {
  ConfigResourceTypes,
  ConfigSources,
  FetchIsolationLevels,
  IncrementalAlterConfigOperationTypes as Operations,
  ListOffsetTimestamps,
} from "@platformatic/kafka";
import { errorItem, unsupported } from "./contract/refusal.mjs";
import { chosen } from "./contract/settings.mjs";
import { named } from "./client.js";
import { byTopic } from "./consumer.js";
import * as acls from "./acls.js";
import * as quotas from "./quotas.js";

const RESOURCES = {
  topic: ConfigResourceTypes.TOPIC,
  broker: ConfigResourceTypes.BROKER,
  group: ConfigResourceTypes.GROUP,
};
const GROUP_TYPES = ["classic", "consumer", "share", "streams"];
const ISOLATION = {
  read_committed: FetchIsolationLevels.READ_COMMITTED,
  read_uncommitted: FetchIsolationLevels.READ_UNCOMMITTED,
};
const TIMES = {
  earliest: ListOffsetTimestamps.EARLIEST,
  latest: ListOffsetTimestamps.LATEST,
  "max-timestamp": ListOffsetTimestamps.MAX,
};

/** Ask for each item by itself, as the calls fail as a whole. */
async function eachOf(items, ask) {
  const answers = [];
  for (const item of items) {
    answers.push(
      await ask(item).catch((error) => {
        console.error(error);
        return errorItem(error, named);
      }),
    );
  }
  return answers;
}

async function results(names, ask) {
  const answers = await eachOf(names, async (name) => (await ask(name)) ?? null);
  return { results: Object.fromEntries(names.map((name, index) => [name, answers[index]])) };
}

async function createTopics(admin, { topics, validate_only: validateOnly = false }) {
  if (validateOnly) throw unsupported("validate_only");
  const wanted = Object.fromEntries(topics.map((topic) => [topic.name, topic]));
  return results(Object.keys(wanted), async (name) => {
    const { partitions, replicas, configs = {}, assignments } = wanted[name];
    const manual = assignments?.map((brokers, partition) => ({ partition, brokers }));
    const topic = manual ? { topic: name, assignments: manual } : { topic: name, partitions, replicas };
    const entries = Object.entries(configs).map(([key, value]) => ({ name: key, value: String(value) }));
    await admin.createTopics({ topics: [topic], configs: entries });
  });
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const partitionsOf = ({ partitions }) =>
  partitions.map(({ leader, replicas, isr }, partition) => [partition, leader, sorted(replicas), sorted(isr)]);

async function describeTopics(admin, { topics }) {
  return results(topics, async (name) => {
    const found = await admin.metadata({ topics: [name], forceUpdate: true });
    const topic = found.topics.get(name);
    return { id: topic.id, partitions: partitionsOf(topic) };
  });
}

async function createPartitions(admin, { topics, assignments }) {
  return results(Object.keys(topics), async (name) => {
    const manual = assignments?.[name]?.map((brokerIds) => ({ brokerIds })) ?? null;
    await admin.createPartitions({ topics: [{ name, count: topics[name], assignments: manual }] });
  });
}

async function deleteRecords(admin, { offsets }) {
  const answers = await eachOf(offsets, async ([name, partition, offset]) => {
    const topics = [{ name, partitions: [{ partition, offset: BigInt(offset) }] }];
    const [topic] = await admin.deleteRecords({ topics });
    return Number(topic.partitions[0].lowWatermark);
  });
  return { partitions: offsets.map(([topic, partition], index) => [topic, partition, answers[index]]) };
}

const resourceOf = ([type, name]) => ({ resourceType: chosen("configs of", type, RESOURCES), resourceName: name });
const sourceOf = (value) => Object.keys(ConfigSources).find((name) => ConfigSources[name] === value);

const configOf = ({ name, value, configSource, readOnly, isSensitive }) => [
  name,
  {
    value,
    source: sourceOf(configSource),
    read_only: readOnly,
    sensitive: isSensitive,
    default: configSource === ConfigSources.DEFAULT_CONFIG,
  },
];

async function describeConfigs(admin, { resources, names }) {
  const configs = await eachOf(resources, async (resource) => {
    const asked = { ...resourceOf(resource), configurationKeys: names ?? null };
    const [answer] = await admin.describeConfigs({ resources: [asked] });
    return Object.fromEntries(answer.configs.map(configOf));
  });
  return { configs };
}

async function alterConfigs(admin, request) {
  const changes = [
    ...Object.entries(request.set ?? {}).map(([name, value]) => [name, Operations.SET, value]),
    ...(request.delete ?? []).map((name) => [name, Operations.DELETE]),
    ...Object.entries(request.append ?? {}).map(([name, value]) => [name, Operations.APPEND, value]),
    ...Object.entries(request.subtract ?? {}).map(([name, value]) => [name, Operations.SUBTRACT, value]),
  ];
  const configs = changes.map(([name, configOperation, value]) =>
    value === undefined ? { name, configOperation } : { name, configOperation, value: String(value) },
  );
  return results([request.resource[1]], async () => {
    await admin.incrementalAlterConfigs({ resources: [{ ...resourceOf(request.resource), configs }] });
  });
}

async function replaceConfigs(admin, { resource, set }) {
  const configs = Object.entries(set).map(([name, value]) => ({ name, value: String(value) }));
  return results([resource[1]], async () => {
    await admin.alterConfigs({ resources: [{ ...resourceOf(resource), configs }] });
  });
}

async function listGroups(admin, { states, types = GROUP_TYPES }) {
  const found = await admin.listGroups(states ? { states, types } : { types });
  const groups = [...found.values()].map(({ id, state, groupType, protocolType }) => ({
    group: id,
    protocol_type: protocolType,
    state,
    type: groupType,
  }));
  return { groups: groups.sort((a, b) => (a.group < b.group ? -1 : 1)) };
}

const memberOf = ({ id, groupInstanceId, clientId, clientHost, assignments }) => ({
  member_id: id,
  client_id: clientId,
  instance: groupInstanceId,
  host: clientHost,
  partitions: [...(assignments?.values() ?? [])].flatMap(({ topic, partitions }) =>
    sorted(partitions).map((partition) => [topic, partition]),
  ),
});

async function describeGroup(admin, name) {
  const groups = await admin.describeGroups({ groups: [name] });
  return groups.get(name);
}

async function describeGroups(admin, { groups }) {
  return results(groups, async (name) => {
    const { state, protocol, protocolType, members } = await describeGroup(admin, name);
    return { state, protocol, protocol_type: protocolType, members: [...members.values()].map(memberOf) };
  });
}

/** It removes members by their ids. */
async function removeMembers(admin, { group, instances }) {
  const { members } = await describeGroup(admin, group);
  const wanted = [...members.values()].filter(({ groupInstanceId }) => instances?.includes(groupInstanceId));
  const ids = wanted.map(({ id }) => ({ memberId: id }));
  await admin.removeMembersFromConsumerGroup({ groupId: group, members: instances ? ids : null });
}

const indexed = (partitions) =>
  Object.entries(byTopic(partitions)).map(([name, partitionIndexes]) => ({ name, partitionIndexes }));

/** Committed offsets as the contract lists them; of all partitions that have some, or of those named. */
export async function committed(admin, groupId, partitions) {
  const asked = partitions ? [{ groupId, topics: indexed(partitions) }] : [groupId];
  const [{ topics }] = await admin.listConsumerGroupOffsets({ groups: asked });
  const offsets = topics.flatMap(({ name, partitions: each }) =>
    each.map(({ partitionIndex, committedOffset, metadata }) =>
      committedOffset < 0n
        ? [name, partitionIndex, null]
        : [name, partitionIndex, Number(committedOffset), metadata ?? ""],
    ),
  );
  const order = ([topicA, a], [topicB, b]) => (topicA === topicB ? a - b : topicA < topicB ? -1 : 1);
  return { offsets: offsets.sort(order).filter(([, , offset]) => partitions || offset !== null) };
}

async function alterGroupOffsets(admin, { group, offsets }) {
  const answers = await eachOf(offsets, async ([name, partition, offset]) => {
    const topics = [{ name, partitionOffsets: [{ partition, offset: BigInt(offset) }] }];
    await admin.alterConsumerGroupOffsets({ groupId: group, topics });
    return null;
  });
  return { partitions: offsets.map(([topic, partition], index) => [topic, partition, answers[index]]) };
}

async function deleteGroupOffsets(admin, { group, partitions }) {
  const answers = await eachOf(partitions, async (pair) => {
    await admin.deleteConsumerGroupOffsets({ groupId: group, topics: indexed([pair]) });
    return null;
  });
  return { partitions: partitions.map((pair, index) => [...pair, answers[index]]) };
}

export async function listOffsets(admin, { partitions, at, isolation }) {
  const timestamp = typeof at === "number" ? BigInt(at) : chosen("offsets at", at, TIMES);
  const isolationLevel = isolation ? chosen("isolation", isolation, ISOLATION) : undefined;
  const offsets = await eachOf(partitions, async ([name, partitionIndex]) => {
    const topics = [{ name, partitions: [{ partitionIndex, timestamp }] }];
    const [topic] = await admin.listOffsets(isolation ? { topics, isolationLevel } : { topics });
    const found = topic.partitions[0];
    return found.offset < 0n ? [null] : [Number(found.offset), Number(found.timestamp)];
  });
  return { offsets: partitions.map((pair, index) => [...pair, ...[offsets[index]].flat()]) };
}

const brokersOf = ({ brokers }) =>
  [...brokers].map(([id, { host, port, rack }]) => [id, host, port, rack ?? null]).sort(([a], [b]) => a - b);

export async function describeCluster(admin) {
  const found = await admin.metadata({ topics: [], forceUpdate: true });
  return { cluster: found.id, controller: found.controllerId, brokers: brokersOf(found) };
}

export async function metadata(admin, { topics }) {
  const { brokers, controller } = await describeCluster(admin);
  const names = topics ?? (await admin.listTopics({ includeInternals: true }));
  const described = await eachOf(names, async (name) => {
    const found = await admin.metadata({ topics: [name], forceUpdate: true });
    return { partitions: partitionsOf(found.topics.get(name)) };
  });
  const failed = (item) => ("error" in item ? { partitions: [], ...item } : item);
  const found = Object.fromEntries(names.map((name, index) => [name, failed(described[index])]));
  return { brokers, controller, topics: found };
}

/** It asks all brokers for partitions that are named. */
async function describeLogDirs(admin, { brokers }) {
  const names = await admin.listTopics({ includeInternals: true });
  const { topics } = await admin.metadata({ topics: names, forceUpdate: true });
  const there = names.filter((name) => topics.get(name));
  const asked = there.map((name) => ({ name, partitions: [...Array(topics.get(name).partitionsCount).keys()] }));
  const described = await admin.describeLogDirs({ topics: asked });
  const rows = ({ broker, results: dirs }) =>
    dirs.flatMap((dir) =>
      dir.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, partitionSize }) => [broker, name, partitionIndex, Number(partitionSize)]),
      ),
    );
  return { logs: described.filter(({ broker }) => brokers.includes(broker)).flatMap(rows) };
}

const CALLS = {
  "create-topics": createTopics,
  "delete-topics": (admin, { topics }) => results(topics, (name) => admin.deleteTopics({ topics: [name] })),
  "list-topics": async (admin, { internal = false }) => {
    const names = await admin.listTopics({ includeInternals: internal });
    return { topics: names.sort() };
  },
  "describe-topics": describeTopics,
  "create-partitions": createPartitions,
  "delete-records": deleteRecords,
  "describe-configs": describeConfigs,
  "alter-configs": alterConfigs,
  "replace-configs": replaceConfigs,
  "list-groups": listGroups,
  "describe-groups": describeGroups,
  "delete-groups": (admin, { groups }) => results(groups, async (name) => void (await admin.deleteGroups({ groups: [name] }))),
  "remove-members": removeMembers,
  "list-group-offsets": (admin, { group, partitions }) => committed(admin, group, partitions),
  "alter-group-offsets": alterGroupOffsets,
  "delete-group-offsets": deleteGroupOffsets,
  "list-offsets": listOffsets,
  "describe-cluster": describeCluster,
  "describe-log-dirs": describeLogDirs,
  "create-acls": acls.create,
  "describe-acls": acls.describe,
  "delete-acls": acls.remove,
  "describe-quotas": quotas.describe,
  "alter-quotas": quotas.alter,
};

/** The calls, each given the administrator that is open. */
export const calls = (open) => {
  const bound = ([name, call]) => [name, async (request) => call(await open(), request)];
  return Object.fromEntries(Object.entries(CALLS).map(bound));
};
