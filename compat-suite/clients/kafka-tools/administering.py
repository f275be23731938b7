"""The calls of `admin` that a tool can do: what it prints, as answers."""

import json
import re

from running import Tools, named
from session import Failure, unsupported

GROUPS = "consumer.group.ConsumerGroupCommand"
PARTITION = re.compile(r"\tTopic: \S+\tPartition: (\d+)\tLeader: (\S+)\tReplicas: (\S*)\tIsr: (\S*)")
SETTING = re.compile(r"^  (\S+?)=(.*?) sensitive=(true|false) synonyms=\{(\w+)?", re.MULTILINE)


def numbers(text):
    return [int(word) for word in text.split(",") if word]


def attempt(function, *arguments):
    """What the function returns, or an error item."""
    try:
        return function(*arguments)
    except Failure as failure:
        return failure.item()


class Administrator:
    def __init__(self, start, settings):
        if settings:
            raise unsupported("settings of the tools")
        self._tools = Tools(start)

    def close(self, how):
        self._tools.remove()

    # Topics

    def create_topics(self, topics, validate_only=False):
        if validate_only:
            raise unsupported("validate_only")
        return {"results": {each["name"]: attempt(self._create, each) for each in topics}}

    def _create(self, topic):
        words = ["--create", "--topic", topic["name"]]
        if "assignments" in topic:
            words += ["--replica-assignment", ",".join(":".join(map(str, row)) for row in topic["assignments"])]
        if "partitions" in topic:
            words += ["--partitions", str(topic["partitions"])]
        if "replicas" in topic:
            words += ["--replication-factor", str(topic["replicas"])]
        for name, value in topic.get("configs", {}).items():
            words += ["--config", f"{name}={value}"]
        self._tools.run("TopicCommand", *words)

    def delete_topics(self, topics):
        return {"results": {name: attempt(self._delete, name) for name in topics}}

    def _delete(self, name):
        self._topic("--delete", name)

    def _topic(self, action, name, *words):
        """One topic; the tool looks for it first, and says in words of its own when it is not there."""
        try:
            return self._tools.run("TopicCommand", action, "--topic", name.replace(".", r"\."), *words)
        except Failure as failure:
            if "does not exist as expected" in failure.message:
                raise Failure("UNKNOWN_TOPIC_OR_PARTITION", failure.message) from failure
            raise

    def list_topics(self, internal=False):
        names = self._tools.run("TopicCommand", "--list", *([] if internal else ["--exclude-internal"])).split()
        return {"topics": sorted(names)}

    def describe_topics(self, topics):
        return {"results": {name: attempt(self._described, name) for name in topics}}

    def _described(self, name):
        printed = self._topic("--describe", name)
        partitions = [
            [int(number), int(leader) if leader.isdigit() else -1, numbers(replicas), numbers(isr)]
            for number, leader, replicas, isr in PARTITION.findall(printed)
        ]
        identity = re.search(r"TopicId: (\S+)", printed)
        return {"id": identity[1], "internal": name.startswith("__"), "partitions": partitions}

    def create_partitions(self, topics):
        return {"results": {name: attempt(self._grow, name, total) for name, total in topics.items()}}

    def _grow(self, name, total):
        self._topic("--alter", name, "--partitions", str(total))

    def list_offsets(self, partitions, at):
        names = ",".join(f"{topic}:{number}" for topic, number in partitions)
        printed = self._tools.run("GetOffsetShell", "--topic-partitions", names, "--time", str(at))
        found = dict(line.rsplit(":", 1) for line in printed.split())
        offsets = {(topic, number): found.get(f"{topic}:{number}") or None for topic, number in partitions}
        return {"offsets": [[*each, offset if offset is None else int(offset)] for each, offset in offsets.items()]}

    def delete_records(self, offsets):
        rows = [{"topic": topic, "partition": number, "offset": offset} for topic, number, offset in offsets]
        path = self._tools.file("records.json", json.dumps({"version": 1, "partitions": rows}))
        printed = self._tools.run("DeleteRecordsCommand", "--offset-json-file", path, tolerant=True)
        told = dict(re.findall(r"^partition: (\S+)\t(.*)$", printed, re.MULTILINE))
        return {"partitions": [[topic, number, mark(told[f"{topic}-{number}"])] for topic, number, _ in offsets]}

    # Settings

    def describe_configs(self, resources, names=None):
        return {"configs": [attempt(self._settings, kind, name, names) for kind, name in resources]}

    def _settings(self, kind, name, names):
        printed = self._tools.run(
            "kafka.admin.ConfigCommand", "--describe", "--all", "--entity-type", f"{kind}s", "--entity-name", name
        )
        return {
            key: {
                "value": None if value == "null" else value,
                "sensitive": sensitive == "true",
                "default": (source or "DEFAULT_CONFIG") == "DEFAULT_CONFIG",
            }
            for key, value, sensitive, source in SETTING.findall(printed)
            if not names or key in names
        }

    def alter_configs(self, resource, set=None, delete=None):  # noqa: A002 - the contract's name
        kind, name = resource
        words = ["--alter", "--entity-type", f"{kind}s", "--entity-name", name]
        if set:
            words += ["--add-config", ",".join(f"{key}=[{value}]" for key, value in set.items())]
        if delete:
            words += ["--delete-config", ",".join(delete)]
        return {"results": {name: attempt(self._alter, words)}}

    def _alter(self, words):
        self._tools.run("kafka.admin.ConfigCommand", *words)

    # Groups

    def list_groups(self):
        rows = self._tools.run(GROUPS, "--list", "--state").splitlines()[1:]
        groups = [row.split() for row in rows if row.strip()]
        return {"groups": sorted(({"group": row[0], "state": row[-1]} for row in groups), key=lambda row: row["group"])}

    def delete_groups(self, groups):
        return {"results": {group: attempt(self._delete_group, group) for group in groups}}

    def _delete_group(self, group):
        self._tools.run(GROUPS, "--delete", "--group", group)

    def list_group_offsets(self, group):
        printed = self._tools.run(GROUPS, "--describe", "--offsets", "--group", group)
        rows = [line.split() for line in printed.splitlines() if line.startswith(group)]
        return {"offsets": sorted([row[1], int(row[2]), int(row[3])] for row in rows if row[3].isdigit())}

    def alter_group_offsets(self, group, offsets):
        lines = "".join(f'"{topic}",{number},{offset}\n' for topic, number, offset in offsets)
        path = self._tools.file("offsets.csv", lines)
        self._tools.run(GROUPS, "--reset-offsets", "--from-file", path, "--group", group, "--execute")
        return {"partitions": [[topic, number, None] for topic, number, _ in offsets]}

    # The cluster

    def describe_features(self):
        printed = self._tools.run("FeatureCommand", "describe")
        pattern = r"Feature: (\S+)\s+SupportedMinVersion: (.+?)\s\s+SupportedMaxVersion: (.+?)\s\s+FinalizedVersionLevel: (.+?)\s\s"
        rows = re.findall(pattern, printed)
        return {
            "supported": {name: [level(least), level(most)] for name, least, most, _ in rows},
            "finalized": {name: [level(at), level(at)] for name, _, _, at in rows if level(at)},
        }

    def describe_quorum(self):
        printed = self._tools.run("MetadataQuorumCommand", "describe", "--status")
        told = dict(re.findall(r"^(\w+): +(.*)$", printed, re.MULTILINE))
        return {
            "leader": int(told["LeaderId"]),
            "epoch": int(told["LeaderEpoch"]),
            "voters": replicas(told["CurrentVoters"]),
            "observers": replicas(told["CurrentObservers"]),
        }

    def describe_log_dirs(self, brokers):
        printed = self._tools.run("LogDirsCommand", "--describe", "--broker-list", ",".join(map(str, brokers)))
        told = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
        logs = [
            [broker["broker"], *partition_of(each["partition"]), each["size"]]
            for broker in told["brokers"]
            for folder in broker["logDirs"]
            for each in folder["partitions"]
        ]
        return {"logs": sorted(logs)}

    def list_transactions(self):
        rows = [line.split() for line in self._tools.run("TransactionsCommand", "list").splitlines()[1:]]
        told = [{"id": row[0], "producer_id": int(row[2]), "state": row[3]} for row in rows if row]
        return {"transactions": sorted(told, key=lambda row: row["id"])}


def mark(text):
    """What the tool says of one partition: `low_watermark: 3`, or an error."""
    failure = named(text)
    return failure.item() if failure else int(text.rpartition(" ")[2])


def level(text):
    """A number; metadata versions have names, save those that this tool is too old to know."""
    number = text.removeprefix("UNKNOWN ")
    return int(number) if number.lstrip("-").isdigit() else number


def replicas(text):
    """The ids, from a list of numbers (as before 3.9) or of objects."""
    return [each["id"] if isinstance(each, dict) else each for each in json.loads(text)]


def partition_of(text):
    topic, _, number = text.rpartition("-")
    return topic, int(number)
