"""Bytes to values and values to bytes: frames, messages, record batches, errors."""
