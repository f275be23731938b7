"""kafka-python 2.0 and 1.4, driven by the contract of the suite."""

import vendored  # noqa: F401 - before kafka

import kafka
from admin import Administrator
from consumer import Consumer
from failures import failures
from producer import Producer
from session import Client, serve

serve(
    Client(
        name="kafka-python",
        version=kafka.__version__,
        failures=failures,
        producer=Producer,
        consumer=Consumer,
        administrator=Administrator,
    )
)
