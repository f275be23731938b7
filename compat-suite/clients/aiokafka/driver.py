"""aiokafka, driven by the contract of the suite."""

import aiokafka
from admin import open_administrator
from consumer import open_consumer
from failures import failures
from producer import open_producer
from session import Client, serve

serve(
    Client(
        name="aiokafka",
        version=aiokafka.__version__,
        failures=failures,
        producer=open_producer,
        consumer=open_consumer,
        administrator=open_administrator,
    )
)
