"""What kcat tells about a cluster: its -L."""

import json
import subprocess

from failures import failure
from session import translated
from starting import command

PATIENCE_S = 20


class Asker:
    def __init__(self, start, settings):
        translated(settings, {})
        self._start = start

    def metadata(self, topics=None):
        """All of it: asking for one topic would create it."""
        found = json.loads(asked(command(self._start, "-L") + ["-J"]))
        known = {each["topic"]: each for each in found["topics"]}
        names = known if topics is None else topics
        return {
            "brokers": sorted([each["id"], *host_and_port(each["name"]), None] for each in found["brokers"]),
            "controller": found["controllerid"],
            "topics": {name: listed_topic(known.get(name)) for name in names},
        }

    def close(self, how):
        """There is nothing that stays open."""


def asked(words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if done.returncode:
        raise failure(done.stderr)
    return done.stdout


def host_and_port(address):
    host, _, port = address.rpartition(":")
    return host, int(port)


def listed_topic(topic):
    if topic is None:
        return {"partitions": [], "error": "UNKNOWN_TOPIC_OR_PARTITION"}
    rows = [
        [each["partition"], each["leader"], ids(each["replicas"]), ids(each["isrs"])] for each in topic["partitions"]
    ]
    return {"partitions": sorted(rows)}


def ids(replicas):
    return sorted(each["id"] for each in replicas)
