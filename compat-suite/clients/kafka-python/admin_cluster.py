"""Brokers, their directories, leaders and replicas, features and the quorum of controllers."""

from collections import defaultdict

from failures import item_of_class, item_of_code, item_of_text
from kafka import TopicPartition
from kafka.admin import UpdateFeatureType
from session import offset_list

ELECTIONS = {"preferred": 0, "unclean": 1}
UPGRADES = {
    "upgrade": UpdateFeatureType.UPGRADE,
    "safe-downgrade": UpdateFeatureType.SAFE_DOWNGRADE,
    "unsafe-downgrade": UpdateFeatureType.UNSAFE_DOWNGRADE,
}


class Cluster:
    def describe_cluster(self):
        found = self._client.describe_cluster()
        return {
            "cluster": found["cluster_id"],
            "controller": found["controller_id"],
            "brokers": sorted(
                [each["broker_id"], each["host"], each["port"], each["rack"]] for each in found["brokers"]
            ),
        }

    def describe_log_dirs(self, brokers=None):
        found = self._client.describe_log_dirs(brokers=brokers)
        rows = [
            [answer["broker"], topic["name"], partition["partition_index"], partition["partition_size"]]
            for answer in found
            for directory in answer["log_dirs"]
            for topic in directory["topics"]
            for partition in topic["partitions"]
        ]
        return {"logs": sorted(rows)}

    def elect_leaders(self, kind="preferred", partitions=None):
        wanted = None
        if partitions is not None:
            wanted = defaultdict(list)
            for topic, partition in partitions:
                wanted[topic].append(partition)
        answer = self._client.elect_leaders(ELECTIONS[kind], wanted, raise_errors=False)
        rows = [
            [topic.topic, each.partition_id, item_of_code(each.error_code, each.error_message)]
            for topic in answer.replica_election_results
            for each in topic.partition_result
        ]
        return {"partitions": sorted(rows, key=lambda row: row[:2])}

    def reassign(self, assignments):
        wanted = {TopicPartition(topic, partition): replicas for topic, partition, replicas in assignments}
        done = self._client.alter_partition_reassignments(wanted)
        return {"partitions": offset_list({place: item_of_class(error) for place, error in done.items()})}

    def list_reassignments(self):
        found = self._client.list_partition_reassignments()
        shown = {
            place: {
                "replicas": each["replicas"],
                "adding": each["adding_replicas"],
                "removing": each["removing_replicas"],
            }
            for place, each in found.items()
        }
        return {"partitions": offset_list(shown)}

    def describe_features(self):
        found = self._client.describe_features()
        return {
            kind: {name: list(each[kind]) for name, each in found.items() if kind in each}
            for kind in ("supported", "finalized")
        }

    def update_features(self, features, how="upgrade"):
        answer = self._client.update_features({name: (UPGRADES[how], level) for name, level in features.items()})
        return {"results": {name: item_of_text(text) for name, text in answer.items()}}

    def describe_quorum(self):
        [topic] = self._client.describe_metadata_quorum()["topics"]
        [found] = topic["partitions"]
        return {
            "leader": found["leader_id"],
            "epoch": found["leader_epoch"],
            "voters": sorted(each["replica_id"] for each in found["current_voters"]),
            "observers": sorted(each["replica_id"] for each in found["observers"]),
        }
