"""The cluster and its leaders."""

import confluent_kafka
from confluent_kafka import TopicPartition
from failures import item_of
from session import offset_list


class Cluster:
    def describe_cluster(self):
        found = self._client.describe_cluster().result()
        return {
            "cluster": found.cluster_id,
            "controller": found.controller.id if found.controller else None,
            "brokers": sorted([each.id, each.host, each.port, each.rack] for each in found.nodes),
        }

    def elect_leaders(self, kind="preferred", partitions=None):
        wanted = None if partitions is None else [TopicPartition(*each) for each in partitions]
        found = self._client.elect_leaders(confluent_kafka.ElectionType[kind.upper()], wanted).result()
        return {"partitions": offset_list({place: item_of(error) for place, error in found.items()})}
