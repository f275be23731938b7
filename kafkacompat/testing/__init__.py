"""A broker for a test to hold.

with Broker(topics=["orders:3"]) as broker:
producer = KafkaProducer(bootstrap_servers=broker.bootstrap_servers)
"""

from __future__ import annotations

from kafkacompat.testing.broker import AsyncBroker, Broker

__all__ = ["AsyncBroker", "Broker"]
