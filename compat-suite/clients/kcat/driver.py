"""kcat, driven by the contract of the suite: a process of it for each thing that is sent, asked or read."""

import re
import subprocess

from asking import Asker
from failures import failures
from reading import Consumer
from sending import Producer
from session import Client, serve

VERSION = re.compile(r"Version (\S+) .*librdkafka (\S+)")


def version():
    words = VERSION.search(subprocess.run(["kcat", "-V"], capture_output=True, text=True, check=True).stdout)
    return f"{words[1]} on librdkafka {words[2]}"


serve(
    Client(
        name="kcat",
        version=version(),
        failures=failures,
        producer=Producer,
        consumer=Consumer,
        administrator=Asker,
    )
)
