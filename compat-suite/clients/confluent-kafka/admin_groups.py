"""Groups and the offsets they have committed."""

import confluent_kafka
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, TopicPartition
from failures import failures, item_of, results
from session import listed, offset_list

STATES = {
    "UNKNOWN": "Unknown",
    "PREPARING_REBALANCING": "PreparingRebalance",
    "COMPLETING_REBALANCING": "CompletingRebalance",
    "STABLE": "Stable",
    "DEAD": "Dead",
    "EMPTY": "Empty",
}


class Groups:
    def list_groups(self, states=None, types=None):
        filters = {}
        if states is not None:
            filters["states"] = {state_of(each) for each in states}
        if types is not None:
            filters["types"] = {confluent_kafka.ConsumerGroupType[each.upper()] for each in types}
        found = self._client.list_consumer_groups(**filters).result()
        for error in found.errors or []:
            raise error
        return {"groups": sorted((listing(each) for each in found.valid), key=lambda each: each["group"])}

    def describe_groups(self, groups):
        futures = self._client.describe_consumer_groups(groups)
        return {"results": {name: failures.attempt(described, each) for name, each in futures.items()}}

    def delete_groups(self, groups):
        return {"results": results(self._client.delete_consumer_groups(groups))}

    def list_group_offsets(self, group, partitions=None):
        wanted = None if partitions is None else [TopicPartition(*each) for each in partitions]
        request = ConsumerGroupTopicPartitions(group, wanted)
        found = self._client.list_consumer_group_offsets([request])[group].result().topic_partitions
        return {"offsets": offset_list({each: committed(each) for each in found})}

    def alter_group_offsets(self, group, offsets):
        request = ConsumerGroupTopicPartitions(group, [TopicPartition(*each) for each in offsets])
        found = self._client.alter_consumer_group_offsets([request])[group].result().topic_partitions
        return {"partitions": offset_list({each: item_of(each.error) for each in found})}


def state_of(name):
    [enumerated] = [each for each, known in STATES.items() if known == name]
    return ConsumerGroupState[enumerated]


def committed(found):
    if found.error:
        return item_of(found.error)
    return (found.offset, getattr(found, "metadata", None) or "") if found.offset >= 0 else None


def kind(group):
    """The type, which older versions do not tell."""
    found = getattr(group, "type", None)
    return None if found is None else found.name.lower()


def listing(group):
    return {"group": group.group_id, "state": STATES.get(group.state.name, group.state.name), "type": kind(group)}


def described(future):
    group = future.result()
    return {
        "state": STATES.get(group.state.name, group.state.name),
        "protocol": group.partition_assignor,
        "type": kind(group),
        "coordinator": group.coordinator.id,
        "members": [member(each) for each in group.members],
    }


def member(found):
    return {
        "member_id": found.member_id,
        "client_id": found.client_id,
        "instance": found.group_instance_id,
        "host": found.host,
        "partitions": listed(found.assignment.topic_partitions if found.assignment else ()),
    }
