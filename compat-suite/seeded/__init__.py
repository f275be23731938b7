"""Bugs put into our server on purpose: each must turn the card, or the comparison with Kafka, red."""
