"""confluent-kafka, and librdkafka beneath it, driven by the contract of the suite."""

import confluent_kafka
from admin import Administrator
from consumer import open_consumer
from failures import failures
from producer import Producer
from session import Client, serve

serve(
    Client(
        name="librdkafka",
        version=confluent_kafka.libversion()[0],
        failures=failures,
        producer=Producer,
        consumer=open_consumer,
        administrator=Administrator,
    )
)
