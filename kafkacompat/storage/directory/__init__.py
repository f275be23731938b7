"""The directory engine: logs that survive, in Kafka's own files."""
