"""Kafka's command-line tools, driven by the contract of the suite."""

import subprocess

from administering import Administrator
from consoles import Consumer, Producer
from session import Client, Failures, serve
from starting import libraries
from tool import run_tool


def version():
    names = subprocess.run(["ls", libraries()], check=True, capture_output=True, text=True).stdout.split()
    found = next(name for name in names if name.startswith("kafka-tools-") and "api" not in name)
    return found.removeprefix("kafka-tools-").removesuffix(".jar")


serve(
    Client(
        name="kafka-tools",
        version=version(),
        failures=Failures(lambda error: None),
        producer=Producer,
        consumer=Consumer,
        administrator=Administrator,
        verbs={"tool": run_tool},
    )
)
