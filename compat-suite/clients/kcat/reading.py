"""Consuming by kcat: a process for each assigned partition, or one that is the member of a group."""

import queue
import re
import subprocess
import threading

from asking import asked
from failures import failure
from session import Failure, Poller, incoming, translated, unsupported
from starting import command

# A line of numbers, then key and value as they are; headers may hold neither commas nor line ends.
FORMAT = r"%t %p %o %T %K %S %h\n%k%s"
REBALANCE = re.compile(r"^% Group .* rebalanced .*: (assigned|revoked): ?(.*)$")
PARTITION = re.compile(r"(\S+) \[(\d+)\]")
FIRST = {"earliest": "beginning", "latest": "end"}
RESETS = {"earliest": "earliest", "latest": "latest", "none": "error"}
ASSIGNORS = {"range", "roundrobin"}


def classic_only(protocol):
    if protocol != "classic":
        raise unsupported(f"the protocol {protocol}")
    return {}


def assignor(name):
    if name not in ASSIGNORS:
        raise unsupported(f"the assignor {name}")
    return {"partition.assignment.strategy": name}


SETTINGS = {
    "group": "group.id",
    "instance": "group.instance.id",
    "reset": lambda reset: {"auto.offset.reset": RESETS[reset]},
    "isolation": "isolation.level",
    "protocol": classic_only,
    "assignor": assignor,
    "session_timeout_ms": "session.timeout.ms",
    "heartbeat_ms": "heartbeat.interval.ms",
    "rebalance_timeout_ms": "max.poll.interval.ms",
    "auto_commit": "enable.auto.commit",
    "auto_commit_ms": "auto.commit.interval.ms",
    "min_bytes": "fetch.min.bytes",
    "max_wait_ms": "fetch.wait.max.ms",
    "max_bytes": lambda count: {"fetch.max.bytes": count, "message.max.bytes": max(1000, min(count, 1_000_000))},
    "partition_max_bytes": "max.partition.fetch.bytes",
    "rack": "client.rack",
    "check_crcs": "check.crcs",
    "auto_create": "allow.auto.create.topics",
}
DEFAULTS = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "heartbeat.interval.ms": 300,
    "session.timeout.ms": 10_000,
}


class Consumer:
    def __init__(self, start, settings):
        self._start = start
        self._first = FIRST.get((settings or {}).get("reset", "earliest"))
        self._options = DEFAULTS | translated(settings, SETTINGS)
        self._group = self._options.pop("group.id", None)
        self._poller = Poller()
        self._arrived = queue.Queue()
        self._readers = {}
        self._owned = set()
        self._read_to = {}

    def subscribe(self, topics=None, pattern=None):
        if self._group is None:
            raise Failure("INVALID_ARGUMENT", "subscribing needs a group")
        wanted = topics if pattern is None else [f"^({pattern})$"]
        words = command(self._start, "-G", self._options)
        self._readers["group"] = Reader(
            [*words[:2], self._group, *words[2:], "-u", "-f", FORMAT, *wanted], self._arrived
        )

    def assign(self, partitions):
        if self._group is not None or self._first is None:
            raise unsupported("a group or reset none, with assigned partitions")
        self._stop(subprocess.Popen.terminate)
        self._owned = {tuple(each) for each in partitions}
        for topic, partition in partitions:
            self._read(topic, partition, self._first)

    def _read(self, topic, partition, offset):
        words = command(self._start, "-C", self._options)
        words += ["-t", topic, "-p", str(partition), "-o", str(offset), "-u", "-f", FORMAT]
        self._readers[topic, partition] = Reader(words, self._arrived)

    def seek(self, offsets):
        for topic, partition, _ in offsets:
            old = self._readers.pop((topic, partition), None)
            if old is not None:
                old.stop(subprocess.Popen.terminate)
        self._arrived = queue.Queue()
        for topic, partition, offset in offsets:
            self._read(topic, partition, offset)
            self._read_to[topic, partition] = offset

    def poll(self, timeout_ms, count=None):
        return self._poller.collect(self._fetch, timeout_ms, count)

    def _fetch(self, timeout_ms, _at_most):
        try:
            arrived = self._arrived.get(timeout=timeout_ms / 1000) if timeout_ms else self._arrived.get_nowait()
        except queue.Empty:
            return []
        if isinstance(arrived, Failure):
            raise arrived
        if isinstance(arrived, dict):
            self._read_to[arrived["topic"], arrived["partition"]] = arrived["offset"] + 1
            return [arrived]
        kind, partitions = arrived
        self._owned = self._owned | partitions if kind == "assigned" else self._owned - partitions
        self._poller.events.append([kind, sorted([*each] for each in partitions)])
        return []

    def offsets(self, partitions, at):
        rows = []
        for topic, partition in partitions:
            stamp = {"earliest": -2, "latest": -1}.get(at, at)
            if stamp == "max-timestamp":
                raise unsupported(at)
            said = asked([*command(self._start, "-Q"), "-t", f"{topic}:{partition}:{stamp}"])
            offset = int(said.rsplit(" ", 1)[1])
            rows.append([topic, partition, offset if offset >= 0 else None])
        return {"offsets": rows}

    def position(self, partitions):
        return {"offsets": [[*each, self._read_to.get(tuple(each))] for each in partitions]}

    def unsubscribe(self):
        self._stop(subprocess.Popen.terminate)
        self._owned = set()

    def assignment(self):
        return {"partitions": sorted([*each] for each in self._owned)}

    def close(self, how):
        self._stop(subprocess.Popen.kill if how == "abandon" else subprocess.Popen.terminate)

    def _stop(self, by):
        for reader in self._readers.values():
            reader.stop(by)
        self._readers.clear()


class Reader:
    """A process of kcat that reads, and what it says, in a queue: records, changes of the assignment, its failure."""

    def __init__(self, words, arrived):
        self._arrived = arrived
        self._stopped = False
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._read_records, self._read_notes)]
        for thread in self._threads:
            thread.start()

    def _read_records(self):
        stream = self._process.stdout
        while line := stream.readline():
            topic, partition, offset, timestamp, key_size, size, headers = line[:-1].decode().split(" ", 6)
            key, value = (taken(stream, int(each)) for each in (key_size, size))
            self._arrived.put(
                incoming(
                    topic=topic,
                    partition=int(partition),
                    offset=int(offset),
                    timestamp=int(timestamp),
                    key=key,
                    value=value,
                    headers=[header(each) for each in headers.split(",")] if headers else [],
                )
            )

    def _read_notes(self):
        said = []
        for line in self._process.stderr:
            note = line.decode(errors="replace").rstrip()
            match = REBALANCE.match(note)
            if match:
                partitions = {(topic, int(number)) for topic, number in PARTITION.findall(match[2])}
                self._arrived.put((match[1], partitions))
            else:
                said.append(note)
        if self._process.wait() and not self._stopped:
            self._arrived.put(failure("\n".join(said[-5:])))

    def stop(self, by):
        self._stopped = True
        by(self._process)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()


def taken(stream, size):
    """So many bytes; a negative size is null."""
    return None if size < 0 else stream.read(size)


def header(text):
    name, _, value = text.partition("=")
    return name, None if value == "NULL" else value.encode()
