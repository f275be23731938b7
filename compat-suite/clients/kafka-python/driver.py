"""kafka-python, driven by the contract of the suite."""

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
