"""Kafka's settings as one typed table."""
