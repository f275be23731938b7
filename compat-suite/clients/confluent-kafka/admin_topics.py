"""Topics and their partitions."""

import confluent_kafka
from confluent_kafka import KafkaError
from confluent_kafka.admin import NewPartitions, NewTopic
from failures import failures, of_error, results


class Topics:
    def create_topics(self, topics, validate_only=False):
        wanted = [new_topic(each) for each in topics]
        return {"results": results(self._client.create_topics(wanted, validate_only=validate_only))}

    def delete_topics(self, topics):
        return {"results": results(self._client.delete_topics(topics))}

    def create_partitions(self, topics, assignments=None):
        wanted = [
            NewPartitions(name, total, **({"replica_assignment": assignments[name]} if assignments else {}))
            for name, total in topics.items()
        ]
        return {"results": results(self._client.create_partitions(wanted))}

    def list_topics(self, internal=False):
        """It does not tell which topics are internal: those of Kafka are known by their names."""
        names = self._client.list_topics(timeout=10).topics
        return {"topics": sorted(each for each in names if internal or not each.startswith("__"))}

    def describe_topics(self, topics):
        futures = self._client.describe_topics(confluent_kafka.TopicCollection(topics))
        return {"results": {name: failures.attempt(described, each) for name, each in futures.items()}}

    def metadata(self, topics=None):
        """All of it: asking for one topic would create it."""
        found = self._client.list_topics(timeout=10)
        names = found.topics if topics is None else topics
        return {
            "brokers": sorted([each.id, each.host, each.port, None] for each in found.brokers.values()),
            "controller": found.controller_id,
            "topics": {name: listed_topic(found.topics.get(name)) for name in names},
        }


def new_topic(topic):
    if topic.get("assignments"):
        assignments = topic["assignments"]
        return NewTopic(
            topic["name"], len(assignments), replica_assignment=assignments, config=topic.get("configs") or {}
        )
    return NewTopic(
        topic["name"], topic.get("partitions", -1), topic.get("replicas", -1), config=topic.get("configs") or {}
    )


def described(future):
    found = future.result()
    return {
        "id": str(found.topic_id),
        "internal": found.is_internal,
        "partitions": sorted(
            [each.id, each.leader.id if each.leader else -1, node_ids(each.replicas), node_ids(each.isr)]
            for each in found.partitions
        ),
    }


def node_ids(nodes):
    return sorted(each.id for each in nodes)


def listed_topic(topic):
    error = KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART) if topic is None else topic.error
    if error:
        return {"partitions": [], "error": of_error(error).name}
    rows = [[each.id, each.leader, sorted(each.replicas), sorted(each.isrs)] for each in topic.partitions.values()]
    return {"partitions": sorted(rows)}
