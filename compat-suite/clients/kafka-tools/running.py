"""Kafka's command-line tools, each a program that runs, prints and ends."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from session import Failure
from starting import LOGGING, command

LIMIT_S = 100
TOOLS = "org.apache.kafka.tools."
EXCEPTION = re.compile(r"org\.apache\.kafka\.[\w.]*\.(\w+Exception): ?(.*)")
IRREGULAR = {
    "InvalidTopic": "INVALID_TOPIC_EXCEPTION",
    "TopicExists": "TOPIC_ALREADY_EXISTS",
    "InvalidConfiguration": "INVALID_CONFIG",
    "InvalidPidMapping": "INVALID_PRODUCER_ID_MAPPING",
    "GroupNotEmpty": "NON_EMPTY_GROUP",
    "UnknownServer": "UNKNOWN_SERVER_ERROR",
    "Config": "INVALID_ARGUMENT",
    "Timeout": "TIMED_OUT",
    "Disconnect": "DISCONNECTED",
    "RecordTooLarge": "MESSAGE_TOO_LARGE",
}


def named(text):
    """The failure that an exception in a tool's output names, or None."""
    found = EXCEPTION.search(text)
    if found is None:
        return None
    name = found[1].removesuffix("Exception")
    return Failure(IRREGULAR.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(), found[2].strip())


class Tools:
    """The tools, against one cluster."""

    def __init__(self, start):
        if start.security and start.security.get("protocol", "PLAINTEXT") != "PLAINTEXT":
            raise Failure("UNSUPPORTED", "security")
        self._bootstrap = start.bootstrap
        self._folder = Path(tempfile.mkdtemp(prefix="compat-suite-tools-"))
        (self._folder / "log4j2.properties").write_text(LOGGING)

    def command(self, tool, *words):
        class_name = tool if tool.startswith("kafka.") else TOOLS + tool
        return command(class_name, self._folder, "--bootstrap-server", self._bootstrap, *words)

    def run(self, tool, *words, said=b"", tolerant=False):
        """What the tool printed; unless tolerant, an exception that it shows is the failure, and so is its exit code."""
        try:
            done = subprocess.run(self.command(tool, *words), input=said, capture_output=True, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Failure("TIMED_OUT", tool) from None
        printed, told = done.stdout.decode(), done.stderr.decode()
        failure = None if tolerant else named(told) or named(printed)
        if failure or done.returncode:
            sys.stderr.write(told)
            raise failure or Failure("OTHER", (printed + told).strip()[-500:])
        return printed

    def file(self, name, text):
        path = self._folder / name
        path.write_text(text)
        return str(path)

    def remove(self):
        for path in self._folder.iterdir():
            os.unlink(path)
        self._folder.rmdir()
