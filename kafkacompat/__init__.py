"""A Kafka-compatible server that any stock Kafka client connects to and works with unchanged."""

__version__ = "0.1.0"
