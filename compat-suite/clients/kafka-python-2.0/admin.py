"""The administrator of kafka-python 2.0 and 1.4: its answers are often Kafka's own, as tuples."""

from admin_access import Access
from connecting import API_VERSION, options
from failures import failures, item_of_code
from kafka import TopicPartition, errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from session import by_code, offset_list, translated, unsupported


class Administrator(Access):
    def __init__(self, start, settings):
        if API_VERSION is not None:
            raise unsupported("an administrator of a Kafka of that age")
        self._client = KafkaAdminClient(**options(start), **translated(settings, {}))

    def create_topics(self, topics, validate_only=False):
        """It raises at the first topic that fails, so each is asked for alone."""
        wanted = {each["name"]: each for each in topics}

        def one(name):
            self._client.create_topics([new_topic(wanted[name])], validate_only=validate_only)

        return {"results": failures.each(wanted, one)}

    def delete_topics(self, topics):
        """It raises at the first topic that fails, so each is asked for alone."""

        def one(name):
            self._client.delete_topics([name])

        return {"results": failures.each(topics, one)}

    def create_partitions(self, topics, assignments=None):
        """It raises at the first topic that fails, so each is asked for alone."""

        def one(name):
            self._client.create_partitions({name: NewPartitions(topics[name], (assignments or {}).get(name))})

        return {"results": failures.each(topics, one)}

    def list_topics(self, internal=False):
        if internal:
            return {"topics": sorted(self._client.list_topics())}
        return {"topics": sorted(each["topic"] for each in self._client.describe_topics() if not each["is_internal"])}

    def describe_topics(self, topics):
        found = self._client.describe_topics(topics)
        return {"results": {each["topic"]: item_of_code(each["error_code"]) or described(each) for each in found}}

    def metadata(self, topics=None):
        cluster = self.describe_cluster()
        topics = {each["topic"]: listed_topic(each) for each in self._client.describe_topics(topics)}
        return {"brokers": cluster["brokers"], "controller": cluster["controller"], "topics": topics}

    def describe_cluster(self):
        found = self._client.describe_cluster()
        return {
            "cluster": found.get("cluster_id"),
            "controller": found["controller_id"],
            "brokers": sorted(
                [each["node_id"], each["host"], each["port"], each.get("rack")] for each in found["brokers"]
            ),
        }

    def describe_configs(self, resources, names=None):
        return {"configs": [self._described(*each, names) for each in resources]}

    def _described(self, kind, name, names):
        wanted = resource_of(kind, name, None if names is None else dict.fromkeys(names))
        answers = self._client.describe_configs([wanted])
        answer = answers[0] if isinstance(answers, list) else answers
        [[code, message, _, _, entries]] = answer.resources
        return item_of_code(code, message) or {entry[0]: config(entry) for entry in entries}

    def replace_configs(self, resource, set):
        answer = self._client.alter_configs([resource_of(*resource, set)])
        return {"results": {each[3]: item_of_code(each[0], each[1]) for each in answer.resources}}

    def list_groups(self):
        found = [{"group": each[0], "protocol_type": each[1]} for each in self._client.list_consumer_groups()]
        return {"groups": sorted(found, key=lambda each: each["group"])}

    def describe_groups(self, groups):
        """It raises at the first group that fails, so each is asked for alone."""
        return {"results": failures.each(groups, self._described_group)}

    def _described_group(self, name):
        [found] = self._client.describe_consumer_groups([name])
        return group(tuple(found))

    def delete_groups(self, groups):
        found = dict(self._client.delete_consumer_groups(groups))
        return {
            "results": {
                name: None if error is errors.NoError else by_code(error.errno).item() for name, error in found.items()
            }
        }

    def list_group_offsets(self, group, partitions=None):
        wanted = None if partitions is None else [TopicPartition(*each) for each in partitions]
        found = self._client.list_consumer_group_offsets(group, partitions=wanted)
        return {"offsets": offset_list({place: committed(each) for place, each in found.items()})}

    def close(self, how):
        self._client.close()


def resource_of(kind, name, configs):
    if kind.upper() not in ConfigResourceType.__members__:
        raise unsupported(f"resources of type {kind}")
    return ConfigResource(kind, name, configs)


def new_topic(topic):
    configs = topic.get("configs") or {}
    if topic.get("assignments"):
        assignments = dict(enumerate(topic["assignments"]))
        return NewTopic(topic["name"], -1, -1, replica_assignments=assignments, topic_configs=configs)
    return NewTopic(topic["name"], topic.get("partitions", -1), topic.get("replicas", -1), topic_configs=configs)


def layout(topic):
    return sorted(
        [each["partition"], each["leader"], sorted(each["replicas"]), sorted(each["isr"])]
        for each in topic["partitions"]
    )


def described(topic):
    return {"internal": topic["is_internal"], "partitions": layout(topic)}


def listed_topic(topic):
    error = item_of_code(topic["error_code"])
    return {"partitions": layout(topic), **({"error": error["error"]} if error else {})}


def config(entry):
    _, value, read_only, source, sensitive, *_ = entry
    return {"value": value, "read_only": read_only, "sensitive": sensitive, "default": source == 5}


def committed(found):
    return None if found.offset < 0 else (found.offset, found.metadata)


def group(found):
    _, _, state, protocol_type, protocol, members, *_ = found
    return {
        "state": state,
        "protocol": protocol,
        "protocol_type": protocol_type,
        "members": [member(each) for each in members],
    }


def member(found):
    identity, client_id, host, _, assignment, *_ = tuple(found)
    if isinstance(assignment, bytes) and assignment:
        assignment = ConsumerProtocolMemberAssignment.decode(assignment)
    topics = assignment.assignment if assignment else []
    partitions = sorted([topic, partition] for topic, numbers in topics for partition in numbers)
    return {"member_id": identity, "client_id": client_id, "host": host, "partitions": partitions}
