// Every call of kafkajs's administrator.
import kafkajs from "kafkajs";
import { errorItem, unsupported } from "./contract/refusal.mjs";
import { named } from "./client.mjs";
import { byTopic } from "./consumer.mjs";
import * as acls from "./acls.mjs";

const { AssignerProtocol, ConfigResourceTypes } = kafkajs;
const RESOURCES = { topic: ConfigResourceTypes.TOPIC, broker: ConfigResourceTypes.BROKER };
const SOURCES = [
  "UNKNOWN",
  "DYNAMIC_TOPIC_CONFIG",
  "DYNAMIC_BROKER_CONFIG",
  "DYNAMIC_DEFAULT_BROKER_CONFIG",
  "STATIC_BROKER_CONFIG",
  "DEFAULT_CONFIG",
  "DYNAMIC_BROKER_LOGGER_CONFIG",
];

/** Ask for each item by itself, as the calls of kafkajs fail as a whole. */
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
  const wanted = Object.fromEntries(topics.map((topic) => [topic.name, topic]));
  return results(Object.keys(wanted), async (name) => {
    const { partitions, replicas, configs = {}, assignments } = wanted[name];
    const topic = {
      topic: name,
      numPartitions: assignments ? -1 : partitions,
      replicationFactor: assignments ? -1 : replicas,
      replicaAssignment: assignments?.map((each, partition) => ({ partition, replicas: each })),
      configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    };
    const created = await admin.createTopics({ topics: [topic], validateOnly, waitForLeaders: !validateOnly });
    // It answers false, and raises nothing, for a topic that is there already.
    return created ? null : { error: "TOPIC_ALREADY_EXISTS", message: "not created" };
  });
}

async function describeTopics(admin, { topics }) {
  return results(topics, async (name) => {
    const { topics: described } = await admin.fetchTopicMetadata({ topics: [name] });
    return { partitions: partitionsOf(described[0]) };
  });
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const partitionOf = ({ partitionId, leader, replicas, isr }) => [partitionId, leader, sorted(replicas), sorted(isr)];

const partitionsOf = ({ partitions }) => partitions.map(partitionOf).sort(([a], [b]) => a - b);

async function createPartitions(admin, { topics, assignments }) {
  return results(Object.keys(topics), async (topic) => {
    const wanted = { topic, count: topics[topic], assignments: assignments?.[topic] };
    await admin.createPartitions({ topicPartitions: [wanted] });
  });
}

async function deleteRecords(admin, { offsets }) {
  const answers = await eachOf(offsets, async ([topic, partition, offset]) => {
    const asked = { topic, partitions: [{ partition, offset: String(offset) }] };
    await admin.fetchTopicOffsets(topic); // it knows leaders only of topics that it was asked about before
    await admin.deleteTopicRecords(asked);
    return offsetAt(admin, [topic, partition], "earliest"); // it does not tell the low watermark
  });
  return { partitions: offsets.map(([topic, partition], index) => [topic, partition, answers[index]]) };
}

function resourceOf([type, name]) {
  if (!(type in RESOURCES)) throw unsupported(`configs of ${type}`);
  return { type: RESOURCES[type], name };
}

const configOf = ({ configName, configValue, readOnly, isSensitive, isDefault, configSource }) => [
  configName,
  {
    value: configValue,
    source: SOURCES[configSource],
    read_only: readOnly,
    sensitive: isSensitive,
    default: isDefault,
  },
];

async function describeConfigs(admin, { resources, names }) {
  const configs = await eachOf(resources, async (resource) => {
    const asked = { ...resourceOf(resource), configNames: names };
    const answer = await admin.describeConfigs({ resources: [asked], includeSynonyms: false });
    return Object.fromEntries(answer.resources[0].configEntries.map(configOf));
  });
  return { configs };
}

async function replaceConfigs(admin, { resource, set, validate_only: validateOnly = false }) {
  return results([resource[1]], async () => {
    const configEntries = Object.entries(set).map(([name, value]) => ({ name, value: String(value) }));
    await admin.alterConfigs({ validateOnly, resources: [{ ...resourceOf(resource), configEntries }] });
  });
}

async function listGroups(admin, { states, types }) {
  if (states || types) throw unsupported("groups by state or type");
  const { groups } = await admin.listGroups();
  const found = groups.map(({ groupId, protocolType }) => ({ group: groupId, protocol_type: protocolType }));
  return { groups: found.sort((a, b) => (a.group < b.group ? -1 : 1)) };
}

function memberOf({ memberId, clientId, clientHost, memberAssignment }) {
  const { assignment } = AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? { assignment: {} };
  const partitions = Object.entries(assignment).flatMap(([topic, each]) => each.map((partition) => [topic, partition]));
  return { member_id: memberId, client_id: clientId, host: clientHost, partitions };
}

async function describeGroups(admin, { groups }) {
  return results(groups, async (name) => {
    const described = await admin.describeGroups([name]);
    const [{ state, protocol, protocolType, members }] = described.groups;
    return { state, protocol, protocol_type: protocolType, members: members.map(memberOf) };
  });
}

/** Committed offsets as the contract lists them; of all partitions that have some, or of those named. */
export async function committed(admin, groupId, partitions) {
  const topics = partitions ? Object.keys(byTopic(partitions)) : undefined;
  const found = await admin.fetchOffsets({ groupId, topics });
  const all = new Map();
  for (const { topic, partitions: each } of found) {
    for (const { partition, offset, metadata } of each) {
      all.set(JSON.stringify([topic, partition]), Number(offset) < 0 ? [null] : [Number(offset), metadata ?? ""]);
    }
  }
  const asked = partitions ?? [...all.keys()].map((place) => JSON.parse(place));
  const offsets = asked.map((place) => [...place, ...(all.get(JSON.stringify(place)) ?? [null])]);
  return { offsets: partitions ? offsets : offsets.filter(([, , offset]) => offset !== null) };
}

async function alterGroupOffsets(admin, { group, offsets }) {
  const topics = Object.keys(byTopic(offsets));
  const answers = await eachOf(topics, async (topic) => {
    const own = offsets.filter(([name]) => name === topic);
    const partitions = own.map(([, partition, offset]) => ({ partition, offset: String(offset) }));
    await admin.setOffsets({ groupId: group, topic, partitions });
    return null;
  });
  return { partitions: offsets.map(([topic, partition]) => [topic, partition, answers[topics.indexOf(topic)]]) };
}

/** Offsets by time. An offset at the end stands for no record: kafkajs answers it when there is none so late. */
async function offsetAt(admin, [topic, partition], at) {
  const of = (answers) => answers.find((each) => each.partition === partition);
  const ends = of(await admin.fetchTopicOffsets(topic));
  if (!ends) return { error: "UNKNOWN_TOPIC_OR_PARTITION", message: "kafkajs lists no such partition" };
  if (at === "earliest") return Number(ends.low);
  if (at === "latest") return Number(ends.high);
  if (typeof at !== "number") throw unsupported(`offsets at ${at}`);
  const { offset } = of(await admin.fetchTopicOffsetsByTimestamp(topic, at));
  return offset === ends.high ? null : Number(offset);
}

export async function listOffsets(admin, { partitions, at, isolation }) {
  if (isolation) throw unsupported("isolation of offsets");
  if (at === "max-timestamp") throw unsupported("offsets at max-timestamp");
  const offsets = await eachOf(partitions, (place) => offsetAt(admin, place, at));
  return { offsets: partitions.map((place, index) => [...place, offsets[index]]) };
}

export async function describeCluster(admin) {
  const { brokers, controller, clusterId } = await admin.describeCluster();
  const listed = brokers.map(({ nodeId, host, port }) => [nodeId, host, port, null]);
  return { cluster: clusterId, controller, brokers: listed.sort(([a], [b]) => a - b) };
}

async function reassign(admin, { assignments }) {
  if (assignments.some(([, , replicas]) => replicas === null)) throw unsupported("to cancel a reassignment");
  const answers = await eachOf(assignments, async ([topic, partition, replicas]) => {
    await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: [{ partition, replicas }] }] });
    return null;
  });
  return { partitions: assignments.map(([topic, partition], index) => [topic, partition, answers[index]]) };
}

async function listReassignments(admin) {
  const { topics } = await admin.listPartitionReassignments({});
  const of = (name) => (each) => [
    name,
    each.partition,
    { replicas: each.replicas, adding: each.addingReplicas, removing: each.removingReplicas },
  ];
  return { partitions: topics.flatMap(({ name, topic, partitions }) => partitions.map(of(name ?? topic))) };
}

/** Metadata, of one topic after the other, as one unknown topic fails a call for several. */
export async function metadata(admin, { topics }) {
  const { brokers, controller } = await describeCluster(admin);
  const names = topics ?? (await admin.listTopics());
  const described = await eachOf(names, async (name) => {
    const answer = await admin.fetchTopicMetadata({ topics: [name] });
    return { partitions: partitionsOf(answer.topics[0]) };
  });
  const failed = (item) => ("error" in item ? { partitions: [], ...item } : item);
  const found = Object.fromEntries(names.map((name, index) => [name, failed(described[index])]));
  return { brokers, controller, topics: found };
}

const CALLS = {
  "create-topics": createTopics,
  "delete-topics": (admin, { topics }) => results(topics, (name) => admin.deleteTopics({ topics: [name] })),
  "list-topics": async (admin, { internal = false }) => {
    const names = await admin.listTopics();
    return { topics: names.filter((name) => internal || !name.startsWith("__")).sort() };
  },
  "describe-topics": describeTopics,
  "create-partitions": createPartitions,
  "delete-records": deleteRecords,
  "describe-configs": describeConfigs,
  "replace-configs": replaceConfigs,
  "list-groups": listGroups,
  "describe-groups": describeGroups,
  "delete-groups": (admin, { groups }) => results(groups, async (name) => void (await admin.deleteGroups([name]))),
  "list-group-offsets": (admin, { group, partitions }) => committed(admin, group, partitions),
  "alter-group-offsets": alterGroupOffsets,
  "list-offsets": listOffsets,
  "describe-cluster": describeCluster,
  reassign,
  "list-reassignments": listReassignments,
  "create-acls": acls.create,
  "describe-acls": acls.describe,
  "delete-acls": acls.remove,
};

/** The calls, each given the administrator that is open. */
export const calls = (open) => {
  const bound = ([name, call]) => [name, async (request) => call(await open(), request)];
  return Object.fromEntries(Object.entries(CALLS).map(bound));
};

