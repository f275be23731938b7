"""aiokafka's administrator. Its answers are often Kafka's own, as tuples."""

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from connecting import options
from failures import attempt, item_of_code
from session import offset_list, translated, unsupported


async def open_administrator(start, settings):
    client = AIOKafkaAdminClient(**options(start), **({"request_timeout_ms": 15_000} | translated(settings, {})))
    await client.start()
    return Administrator(client)


class Administrator:
    def __init__(self, client):
        self._client = client

    async def create_topics(self, topics, validate_only=False):
        answer = await self._client.create_topics([new_topic(each) for each in topics], validate_only=validate_only)
        return {"results": {name: item_of_code(code, *rest) for name, code, *rest in answer.topic_errors}}

    async def delete_topics(self, topics):
        answer = await self._client.delete_topics(topics)
        return {"results": {name: item_of_code(code) for name, code in answer.topic_error_codes}}

    async def list_topics(self, internal=False):
        if internal:
            return {"topics": sorted(await self._client.list_topics())}
        found = await self._client.describe_topics()
        return {"topics": sorted(each["topic"] for each in found if not each["is_internal"])}

    async def describe_topics(self, topics):
        found = await self._client.describe_topics(topics)
        return {"results": {each["topic"]: item_of_code(each["error_code"]) or described(each) for each in found}}

    async def metadata(self, topics=None):
        cluster = await self._client.describe_cluster()
        found = await self._client.describe_topics(topics)
        return {
            "brokers": sorted(
                [each["node_id"], each["host"], each["port"], each.get("rack")] for each in cluster["brokers"]
            ),
            "controller": cluster["controller_id"],
            "topics": {each["topic"]: listed_topic(each) for each in found},
        }

    async def create_partitions(self, topics, assignments=None):
        """It raises at the first topic that fails, so each is asked for alone."""
        return {
            "results": {
                name: await attempt(self._create_partitions(name, total, (assignments or {}).get(name)))
                for name, total in topics.items()
            }
        }

    async def _create_partitions(self, name, total, assignments):
        await self._client.create_partitions({name: NewPartitions(total, assignments)})

    async def delete_records(self, offsets):
        """It raises at the first partition that fails, so each is asked for alone."""
        rows = {
            TopicPartition(*place): await attempt(self._delete_records(place, offset)) for *place, offset in offsets
        }
        return {"partitions": offset_list(rows)}

    async def _delete_records(self, place, offset):
        wanted = TopicPartition(*place)
        return (await self._client.delete_records({wanted: RecordsToDelete(offset)}))[wanted]

    async def describe_configs(self, resources, names=None):
        return {"configs": [await self._described(*each, names) for each in resources]}

    async def _described(self, kind, name, names):
        wanted = resource_of(kind, name, None if names is None else dict.fromkeys(names))
        [answer] = await self._client.describe_configs([wanted])
        [[code, message, _, _, entries]] = answer.resources
        return item_of_code(code, message) or {entry[0]: config(entry) for entry in entries}

    async def replace_configs(self, resource, set):
        kind, name = resource
        answers = await self._client.alter_configs([resource_of(kind, name, set)])
        found = [each for answer in answers for each in answer.resources]
        return {"results": {each[3]: item_of_code(each[0], each[1]) for each in found}}

    async def list_groups(self):
        found = await self._client.list_consumer_groups()
        return {
            "groups": sorted(({"group": each[0], "protocol_type": each[1]} for each in found), key=lambda g: g["group"])
        }

    async def describe_groups(self, groups):
        answers = await self._client.describe_consumer_groups(groups)
        return {
            "results": {each[1]: item_of_code(each[0]) or group(each) for answer in answers for each in answer.groups}
        }

    async def list_group_offsets(self, group, partitions=None):
        wanted = None if partitions is None else [TopicPartition(*each) for each in partitions]
        found = await self._client.list_consumer_group_offsets(group, partitions=wanted)
        return {"offsets": offset_list({place: committed(each) for place, each in found.items()})}

    async def describe_cluster(self):
        found = await self._client.describe_cluster()
        return {
            "cluster": found.get("cluster_id"),
            "controller": found["controller_id"],
            "brokers": sorted(
                [each["node_id"], each["host"], each["port"], each.get("rack")] for each in found["brokers"]
            ),
        }

    async def close(self, how):
        await self._client.close()


def resource_of(kind, name, configs):
    if kind.upper() not in ConfigResourceType.__members__:
        raise unsupported(f"resources of type {kind}")
    return ConfigResource(kind, name, configs)


def new_topic(topic):
    configs = topic.get("configs") or {}
    if topic.get("assignments"):
        return NewTopic(
            topic["name"], -1, -1, replica_assignments=dict(enumerate(topic["assignments"])), topic_configs=configs
        )
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
    identity, *_, client_id, host, _, assignment = found
    partitions = []
    if assignment:
        decoded = ConsumerProtocolMemberAssignment.decode(assignment)
        partitions = sorted([topic, partition] for topic, numbers in decoded.assignment for partition in numbers)
    return {"member_id": identity, "client_id": client_id, "host": host, "partitions": partitions}
