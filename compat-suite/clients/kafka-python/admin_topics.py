"""Topics and their partitions."""

from failures import item_of_code


class Topics:
    def create_topics(self, topics, validate_only=False):
        wanted = {each["name"]: topic_options(each) for each in topics}
        answer = self._client.create_topics(wanted, validate_only=validate_only, raise_errors=False)
        return {"results": {each["name"]: item_of(each) for each in answer["topics"]}}

    def delete_topics(self, topics):
        answer = self._client.delete_topics(topics, raise_errors=False)
        return {"results": {each["name"]: item_of(each) for each in answer["topics"]}}

    def list_topics(self, internal=False):
        if internal:
            return {"topics": sorted(self._client.list_topics())}
        return {"topics": sorted(each["name"] for each in self._client.describe_topics() if not each["is_internal"])}

    def describe_topics(self, topics):
        return {
            "results": {each["name"]: item_of(each) or described(each) for each in self._client.describe_topics(topics)}
        }

    def metadata(self, topics=None):
        cluster = self._client.describe_cluster()
        found = self._client.describe_topics(topics)
        return {
            "brokers": [[each["broker_id"], each["host"], each["port"], each["rack"]] for each in cluster["brokers"]],
            "controller": cluster["controller_id"],
            "topics": {
                each["name"]: {
                    "partitions": layout(each),
                    **({"error": item_of(each)["error"]} if item_of(each) else {}),
                }
                for each in found
            },
        }

    def create_partitions(self, topics, assignments=None):
        wanted = {
            name: {"count": total, "assignments": assignments[name]} if assignments and name in assignments else total
            for name, total in topics.items()
        }
        answer = self._client.create_partitions(wanted, raise_errors=False)
        return {"results": {each.name: item_of_code(each.error_code, each.error_message) for each in answer.results}}


def topic_options(topic):
    """A topic in kafka-python's words; what is not said is left to the server."""
    words = {"partitions": "num_partitions", "replicas": "replication_factor", "configs": "configs"}
    wanted = {words[name]: value for name, value in topic.items() if name in words}
    if topic.get("assignments"):
        wanted["assignments"] = dict(enumerate(topic["assignments"]))
    return wanted


def item_of(answer):
    return item_of_code(answer["error_code"], answer.get("error_message"))


def layout(topic):
    rows = [
        [each["partition_index"], each["leader_id"], sorted(each["replica_nodes"]), sorted(each["isr_nodes"])]
        for each in topic["partitions"]
    ]
    return sorted(rows)


def described(topic):
    return {"id": str(topic["topic_id"]), "internal": topic["is_internal"], "partitions": layout(topic)}
